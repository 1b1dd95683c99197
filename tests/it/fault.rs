//! Nothing is lost, paid twice or stuck, and no subscriber is told less than everything, while the process that serves and works is
//! killed again and again, cells lose their agents, and the database restarts without a checkpoint.
//!
//! What breaks when is counted in ends that subscribers have heard of, and never in time. The seed and the number of submissions
//! are settings: `FAULT_SEED`, `FAULT_SUBMISSIONS`. `FAULT_ENGINE=kill` also kills the container engine of this machine a few times and
//! starts it again, for a machine where nobody else needs it. `FAULT_RESUME_MS_MAX` is how long after its lease a run may be held by the dead.

pub mod api;
mod cycles;
pub mod learner;
mod leases;
pub mod platform;
pub mod subscriber;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use nix::sys::signal::Signal;
use rand::{prelude::*, rngs::StdRng};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::timeout,
};

use self::{
    api::Api,
    learner::{Learner, Sent},
    platform::Platform,
    subscriber::{Ear, Log, Pulse},
};

const SUBMISSIONS: usize = 300;
const SEED: u64 = 20_240_611;
/// Of this many submissions one is followed.
const FOLLOWED_ONE_IN: usize = 3;
/// A guard against a standstill only.
const DEADLINE_A_SUBMISSION: Duration = Duration::from_secs(6);

const SETTINGS: &[(&str, &str)] = &[
    ("WTS_LEASE_MS", "3000"),
    ("WTS_HEARTBEAT_MS", "1000"),
    ("WTS_POOL_FLOOR", "2"),
    ("WTS_POOL_CEILING", "4"),
    ("WTS_ARGON2_MEMORY_KIB", "8"),
    ("WTS_ARGON2_ITERATIONS", "1"),
    // Everybody comes from one address.
    ("WTS_COST_CAPACITY", "1000000000"),
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
    ("WTS_SIGNING_KEY", "a key of the tests, at least 32 bytes long"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    Server,
    /// The first process of a cell, with all that it runs.
    Agent,
    /// As `pg_ctl restart -m immediate`.
    Database,
    /// As when the machine loses its power, but for the disk.
    Both,
    /// The container engine.
    Engine,
}

/// One in fifty submissions, in this mix; each that is allowed at least once.
const BREAKS: [Break; 10] = [
    Break::Server,
    Break::Agent,
    Break::Both,
    Break::Database,
    Break::Agent,
    Break::Server,
    Break::Agent,
    Break::Server,
    Break::Agent,
    Break::Server,
];
/// Of this many breaks one is the engine's, where it may be killed.
const ENGINE_ONE_IN: usize = 40;

/// What breaks, after how many heard ends.
fn script(rng: &mut StdRng, submissions: usize) -> Vec<(usize, Break)> {
    let count = (submissions / 50).max(4);
    let mut breaks: Vec<Break> = BREAKS.iter().copied().cycle().take(count).collect();
    if text_setting("FAULT_ENGINE").is_some_and(|what| what == "kill") {
        breaks.extend(std::iter::repeat_n(Break::Engine, count.div_ceil(ENGINE_ONE_IN)));
    }
    // Each followed submission tells of its end, so that every place is reached; the last tenth is left to recover in.
    let ends = submissions / FOLLOWED_ONE_IN;
    let mut script: Vec<(usize, Break)> = breaks.into_iter().map(|what| (rng.random_range(1..=ends * 9 / 10), what)).collect();
    script.sort_by_key(|(place, _)| *place);
    script
}

#[expect(clippy::disallowed_methods, reason = "what may break is the caller's of the test, not the program's")]
fn text_setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "how long and how random is the caller's of the test, not the program's")]
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_loses_nothing_and_pays_nothing_twice() {
    let submissions = usize::try_from(setting("FAULT_SUBMISSIONS", SUBMISSIONS as u64)).unwrap();
    let deadline = DEADLINE_A_SUBMISSION * u32::try_from(submissions).unwrap().max(100);
    let rng = StdRng::seed_from_u64(setting("FAULT_SEED", SEED));
    timeout(deadline, scenario(rng, submissions)).await.expect("it stands still");
}

async fn scenario(mut rng: StdRng, submissions: usize) {
    let mut platform = Platform::prepare(SETTINGS).await;
    platform.start_server();
    let api = Api::new(vec![platform.url()]);
    let pulse: Pulse = Arc::new(watch::channel(0).0);
    let learners = learner::enrol(&mut rng, &api, submissions).await;
    let address = platform.address;
    let ear = |learner: &Learner| Ear { addresses: vec![address], token: learner.token(), pulse: pulse.clone() };

    let mut xp_followers = JoinSet::new();
    for learner in learners.iter().filter(|learner| learner.xp() > learner::QUIZ_XP).step_by(FOLLOWED_ONE_IN) {
        xp_followers.spawn(subscriber::follow_xp(ear(learner), learner.xp()));
    }
    // Each has its snapshot before there is anything to tell.
    pulse.subscribe().wait_for(|heard| *heard >= xp_followers.len()).await.unwrap();
    pulse.send_replace(0);

    let (done, finished) = oneshot::channel();
    let mut breaking = JoinSet::new();
    let held_too_long = leases::watch(platform.database_url(), platform.address);
    breaking.spawn(break_things(platform, script(&mut rng, submissions), pulse.subscribe(), finished));
    let (sent, logs) = work(&learners, ear, FOLLOWED_ONE_IN, |_| {}).await;
    assert_eq!(sent.len(), submissions);
    let ids: BTreeSet<&str> = sent.iter().map(|sent| sent.id.as_str()).collect();
    assert_eq!(ids.len(), submissions, "two requests were answered with one submission");
    for sent in &sent {
        sent.audit().await;
    }
    while let Some(followed) = xp_followers.join_next().await {
        followed.unwrap();
    }
    for learner in &learners {
        assert_eq!(learner.xp_told().await, learner.xp(), "XP is what the rules give, once");
    }
    done.send(()).unwrap();
    let (mut platform, broken) = breaking.join_next().await.unwrap().unwrap();
    report(&api, &logs, &broken);
    held_too_long.end().await.report(text_setting("FAULT_RESUME_MS_MAX").map(|text| text.parse().unwrap()));
    assert!(platform.stop_server().await.success());
    assert_eq!(platform.cells(), Vec::<String>::new(), "cells were left behind");
}

/// Sends everything, tells of each that was accepted, and follows one of so many to the end.
pub async fn work(
    learners: &[Learner],
    ear: impl Fn(&Learner) -> Ear,
    followed_one_in: usize,
    mut tell: impl FnMut(&Sent),
) -> (Vec<Sent>, Vec<Log>) {
    let (accepted, mut arriving) = mpsc::unbounded_channel();
    let (mut sending, mut following) = (JoinSet::new(), JoinSet::new());
    for learner in learners {
        sending.spawn(learner.clone().send_all(accepted.clone()));
    }
    drop(accepted);
    let mut all = Vec::new();
    while let Some(sent) = arriving.recv().await {
        tell(&sent);
        if all.len() % followed_one_in == 0 {
            following.spawn(subscriber::follow(ear(&sent.learner), sent.id.clone()));
        }
        all.push(sent);
    }
    // Whoever panicked says why.
    sending.join_all().await;
    (all, following.join_all().await)
}

/// How often each thing was broken, and the server had ended by itself.
#[derive(Default)]
struct Broken {
    counts: BTreeMap<Break, usize>,
    ended_alone: usize,
}

/// Breaks what the script says until it is told that all is done, and starts again what has ended, as a supervisor does.
async fn break_things(
    mut platform: Platform,
    script: Vec<(usize, Break)>,
    mut heard: watch::Receiver<usize>,
    mut finished: oneshot::Receiver<()>,
) -> (Platform, Broken) {
    let mut broken = Broken::default();
    let mut script = script.into_iter().peekable();
    loop {
        let place = script.peek().map(|(place, _)| *place);
        let due = async {
            match place {
                Some(place) => drop(heard.wait_for(|heard| *heard >= place).await.unwrap()),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {
                if let Some((_, what)) = script.next() {
                    break_one(&mut platform, what).await;
                    *broken.counts.entry(what).or_default() += 1;
                }
            }
            _ = platform.server_ended() => {
                broken.ended_alone += 1;
                platform.start_server();
            }
            _ = &mut finished => break,
        }
    }
    assert!(script.peek().is_none(), "not everything was broken");
    (platform, broken)
}

async fn break_one(platform: &mut Platform, what: Break) {
    match what {
        Break::Server => {
            platform.kill_server().await;
            platform.start_server();
        }
        Break::Agent => platform.kill_an_agent(),
        Break::Engine => platform.kill_engine(),
        Break::Database => {
            platform.kill_database(Signal::SIGQUIT);
            platform.start_database().await;
        }
        Break::Both => {
            platform.kill_database(Signal::SIGKILL);
            platform.kill_server().await;
            platform.start_server();
        }
    }
}

fn report(api: &Api, logs: &[Log], broken: &Broken) {
    let resets: usize = logs.iter().map(|log| log.resets).sum();
    let breaks: usize = logs.iter().map(|log| log.breaks).sum();
    let obstacles = api.tally.lock().unwrap();
    println!(
        "followed {} submissions over {breaks} breaks and {resets} resets; broken: {:?}; the server ended {} times by itself",
        logs.len(),
        broken.counts,
        broken.ended_alone
    );
    println!("answers that were asked for again: {obstacles:?}");
}
