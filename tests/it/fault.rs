//! Nothing is lost, paid twice or stuck, and no subscriber is told less than everything, while the process that serves and works is
//! killed again and again and its database restarts without a checkpoint.
//!
//! What breaks when is counted in events that subscribers have heard, and never in time. The seed and the number of submissions
//! are settings: `FAULT_SEED`, `FAULT_SUBMISSIONS`.

mod api;
mod learner;
pub mod platform;
mod subscriber;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

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
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
    ("WTS_SIGNING_KEY", "a key of the tests, at least 32 bytes long"),
];

#[derive(Clone, Copy, Debug)]
enum Break {
    Server,
    /// As `pg_ctl restart -m immediate`.
    Database,
    /// As when the machine loses its power, but for the disk.
    Both,
}

/// What breaks, after how many heard events.
fn script(rng: &mut StdRng, submissions: usize) -> Vec<(usize, Break)> {
    let kills = (submissions / 50).max(1);
    let breaks = std::iter::repeat_n(Break::Server, kills - 1).chain([Break::Both, Break::Database]);
    // Each followed submission tells at least of a snapshot and of its end, so that every place is reached.
    let events = 2 * submissions / FOLLOWED_ONE_IN;
    let mut script: Vec<(usize, Break)> = breaks.map(|what| (rng.random_range(1..events), what)).collect();
    script.sort_by_key(|(place, _)| *place);
    script
}

#[expect(clippy::disallowed_methods, reason = "how long and how random is the caller's of the test, not the program's")]
fn setting(name: &str, default: u64) -> u64 {
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
    let api = Api::new(platform.url());
    let pulse: Pulse = Arc::new(watch::channel(0).0);
    let learners = learner::enrol(&mut rng, &api, submissions).await;
    let address = platform.address;
    let ear = |learner: &Learner| Ear { address, token: learner.token(), pulse: pulse.clone() };

    let mut xp_followers = JoinSet::new();
    for learner in learners.iter().filter(|learner| learner.xp() > 0).step_by(FOLLOWED_ONE_IN) {
        xp_followers.spawn(subscriber::follow_xp(ear(learner), learner.xp()));
    }
    // Each has its snapshot before there is anything to tell.
    pulse.subscribe().wait_for(|heard| *heard >= xp_followers.len()).await.unwrap();
    pulse.send_replace(0);

    let (done, finished) = oneshot::channel();
    let mut breaking = JoinSet::new();
    breaking.spawn(break_things(platform, script(&mut rng, submissions), pulse.subscribe(), finished));
    let (sent, logs) = work(&learners, ear).await;
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
    let (mut platform, ended_alone) = breaking.join_next().await.unwrap().unwrap();
    report(&api, &logs, ended_alone);
    assert!(platform.stop_server().await.success());
    assert_eq!(platform.cells(), Vec::<String>::new(), "cells were left behind");
}

/// Sends everything and follows a share of it to the end.
async fn work(learners: &[Learner], ear: impl Fn(&Learner) -> Ear) -> (Vec<Sent>, Vec<Log>) {
    let (accepted, mut arriving) = mpsc::unbounded_channel();
    let (mut sending, mut following) = (JoinSet::new(), JoinSet::new());
    for learner in learners {
        sending.spawn(learner.clone().send_all(accepted.clone()));
    }
    drop(accepted);
    let mut all = Vec::new();
    while let Some(sent) = arriving.recv().await {
        if all.len() % FOLLOWED_ONE_IN == 0 {
            following.spawn(subscriber::follow(ear(&sent.learner), sent.id.clone()));
        }
        all.push(sent);
    }
    // Whoever panicked says why.
    sending.join_all().await;
    (all, following.join_all().await)
}

/// Breaks what the script says until it is told that all is done, and starts again what has ended, as a supervisor does. Answers how
/// often the server had ended by itself.
async fn break_things(
    mut platform: Platform,
    script: Vec<(usize, Break)>,
    mut heard: watch::Receiver<usize>,
    mut finished: oneshot::Receiver<()>,
) -> (Platform, usize) {
    let mut ended_alone = 0;
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
                }
            }
            _ = platform.server_ended() => {
                ended_alone += 1;
                platform.start_server();
            }
            _ = &mut finished => break,
        }
    }
    assert!(script.peek().is_none(), "not everything was broken");
    (platform, ended_alone)
}

async fn break_one(platform: &mut Platform, what: Break) {
    match what {
        Break::Server => {
            platform.kill_server().await;
            platform.start_server();
        }
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

fn report(api: &Api, logs: &[Log], ended_alone: usize) {
    let resets: usize = logs.iter().map(|log| log.resets).sum();
    let breaks: usize = logs.iter().map(|log| log.breaks).sum();
    let obstacles = api.tally.lock().unwrap();
    println!(
        "followed {} submissions over {breaks} breaks and {resets} resets; the server ended {ended_alone} times by itself",
        logs.len()
    );
    println!("answers that were asked for again: {obstacles:?}");
}
