//! The roles apart, two of each that serve or work, over one Postgres and one Redis: whichever of them is killed, frozen, restarted or
//! flushed, nothing is lost, and every subscriber goes on at another server without a hole or a repetition.
//!
//! `NODES_SUBMISSIONS` is how many are sent; each is followed twice, by a subscriber of ours and by stock Apollo Client.

mod apollo;
mod database;

use std::{
    collections::BTreeSet,
    fs::File,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    sync::{oneshot, watch},
    task::JoinSet,
    time::timeout,
};
use weak_to_strong::db::embedded::Embedded;

use crate::{
    fault::{
        self,
        api::{Api, pace},
        learner,
        platform::{cells, is_running},
        subscriber::{Ear, Pulse},
    },
    support::{app::DEADLINE, postgres::Database, redis::Redis},
};

const SUBMISSIONS: u64 = 200;
/// Longer than a lease, and than anybody waits for a connection.
const DATABASE_PAUSE: Duration = Duration::from_secs(10);
/// Lines of a log that a failed test shows.
const LOG_LINES_SHOWN: usize = 40;

const SETTINGS: &[(&str, &str)] = &[
    ("WTS_LEASE_MS", "3000"),
    ("WTS_HEARTBEAT_MS", "1000"),
    ("WTS_POOL_FLOOR", "2"),
    ("WTS_POOL_CEILING", "3"),
    ("WTS_ARGON2_MEMORY_KIB", "8"),
    ("WTS_ARGON2_ITERATIONS", "1"),
    // Everybody comes from one address.
    ("WTS_COST_CAPACITY", "1000000000"),
    ("WTS_ANONYMOUS_SOCKETS_PER_ADDRESS", "100000"),
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
    ("WTS_DRAIN_SECONDS", "5"),
    ("WTS_DATABASE_CONNECTIONS", "8"),
    ("WTS_SIGNING_KEY", "a key of the tests, at least 32 bytes long"),
];

/// One process of a role.
struct Node {
    role: &'static str,
    address: SocketAddr,
    settings: Vec<(String, String)>,
    log: PathBuf,
    process: Option<Child>,
}

impl Node {
    fn new(role: &'static str, number: usize, shared: &[(String, String)], folder: &std::path::Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        let own = [
            ("PORT", address.port().to_string()),
            ("WTS_DATA_DIR", folder.join(format!("{role}-{number}")).display().to_string()),
            ("WTS_SANDBOX_LABEL", label(number)),
            // Cells of two workers on one engine share no uid.
            ("WTS_SUBJECT_UID_BASE", (400_000 + 100_000 * number).to_string()),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let settings = shared.iter().cloned().chain(own).collect();
        Self { role, address, settings, log: folder.join(format!("{role}-{number}.log")), process: None }
    }

    fn start(&mut self) {
        let log = File::options().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_weak-to-strong"));
        command.arg(self.role).current_dir(env!("CARGO_MANIFEST_DIR")).envs(self.settings.iter().cloned());
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
        self.process = Some(command.spawn().unwrap());
    }

    fn signal(&self, signal: Signal) {
        let pid = self.process.as_ref().and_then(Child::id).expect("it does not run");
        kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal).unwrap();
    }

    async fn kill_and_start(&mut self) {
        self.process.take().expect("it does not run").kill().await.unwrap();
        self.start();
    }

    /// One that ended by itself, as when the database was away while it started, is started again, as a supervisor does.
    fn supervise(&mut self) {
        let ended = self.process.as_mut().is_some_and(|process| process.try_wait().unwrap().is_some());
        if ended {
            self.start();
        }
    }

    /// As a deployment does.
    async fn stop(&mut self) {
        self.signal(Signal::SIGTERM);
        let ended = timeout(2 * DEADLINE, self.process.as_mut().unwrap().wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("{} does not stop: {}", self.role, self.log_tail())).unwrap();
        assert!(ended.success(), "{}: {ended}: {}", self.role, self.log_tail());
        self.process = None;
    }

    /// What it says of its readiness when it first answers at all.
    async fn first_answer(&self) -> Value {
        let url = format!("http://{}/health/ready", self.address);
        let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
        let mut pace = pace();
        loop {
            if let Ok(answer) = http.get(&url).send().await {
                return answer.json().await.unwrap();
            }
            pace.tick().await;
        }
    }

    async fn ready(&self) {
        let url = format!("http://{}/health/ready", self.address);
        let answering = async {
            let mut pace = pace();
            let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
            while !http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                pace.tick().await;
            }
        };
        timeout(2 * DEADLINE, answering).await.unwrap_or_else(|_| panic!("{} is not ready: {}", self.role, self.log_tail()));
    }

    fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

/// What all nodes of a deployment have in common.
fn settings(database_url: &str, redis: &Redis) -> Vec<(String, String)> {
    let of_this_run = [("DATABASE_URL", database_url.to_owned()), ("REDIS_URL", redis.url())];
    let all = SETTINGS.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(of_this_run);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn label(number: usize) -> String {
    format!("nodes-{}-{number}", std::process::id())
}

/// Everything that a deployment on several machines has, on this one.
struct Nodes {
    apis: [Node; 2],
    workers: [Node; 2],
    scheduler: Node,
    redis: Redis,
    database: Embedded,
    folder: tempfile::TempDir,
}

impl Nodes {
    async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("weak-to-strong-").tempdir().unwrap();
        let database = Embedded::start(folder.path()).await.unwrap();
        database.ensure_database("weak_to_strong").await.unwrap();
        let redis = Redis::start().await;
        let shared = settings(&database.url("weak_to_strong"), &redis);
        let node = |role, number| Node::new(role, number, &shared, folder.path());
        let mut nodes = Self {
            apis: [node("api", 0), node("api", 1)],
            workers: [node("worker", 2), node("worker", 3)],
            scheduler: node("scheduler", 4),
            redis,
            database,
            folder,
        };
        // All at once, over an empty database: one of them migrates it, and the others wait.
        for node in nodes.all() {
            node.start();
        }
        for node in nodes.all() {
            node.ready().await;
        }
        nodes
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Node> {
        self.apis.iter_mut().chain(&mut self.workers).chain([&mut self.scheduler])
    }

    async fn break_one(&mut self, what: Break) {
        match what {
            Break::KillApi(number) => self.apis[number].kill_and_start().await,
            Break::KillWorker(number) => self.workers[number].kill_and_start().await,
            Break::KillScheduler => self.scheduler.kill_and_start().await,
            Break::CutOffWorker(number) => self.workers[number].signal(Signal::SIGSTOP),
            Break::Rejoin(number) => self.workers[number].signal(Signal::SIGCONT),
            Break::FlushRedis => self.redis.flush().await,
            Break::KillRedis => self.redis.kill().await,
            Break::StartRedis => self.redis.start_again().await,
            Break::RestartDatabase => {
                let postmaster = database::postmaster(&self.database);
                kill(postmaster, Signal::SIGQUIT).unwrap();
                // One that has not seen the signal yet would be taken for the one to go on with.
                while is_running(postmaster.as_raw()) {
                    tokio::task::yield_now().await;
                }
                let again = async {
                    let mut pace = pace();
                    while Embedded::start(self.folder.path()).await.is_err() {
                        pace.tick().await;
                    }
                };
                timeout(DEADLINE, again).await.expect("the database does not start again");
            }
            Break::PauseDatabase => {
                let paused = database::Paused::new(&self.database);
                let _over = timeout(DATABASE_PAUSE, supervise_until(self, std::future::pending::<()>())).await;
                drop(paused);
            }
            Break::RollingRestart => {
                for node in self.apis.iter_mut().chain(&mut self.workers) {
                    node.stop().await;
                    node.start();
                    node.ready().await;
                }
            }
        }
    }

    async fn stop(mut self) {
        for node in self.all() {
            node.stop().await;
        }
        // The engine goes on removing what a killed worker had asked it to.
        let swept = async {
            let mut pace = pace();
            while [2, 3].iter().any(|number| !cells(&label(*number)).is_empty()) {
                pace.tick().await;
            }
        };
        timeout(DEADLINE, swept).await.expect("cells were left behind");
        self.database.stop().await.unwrap();
    }
}

#[derive(Clone, Copy, Debug)]
enum Break {
    KillApi(usize),
    KillWorker(usize),
    KillScheduler,
    /// It goes on believing that it holds its runs.
    CutOffWorker(usize),
    Rejoin(usize),
    FlushRedis,
    KillRedis,
    StartRedis,
    RestartDatabase,
    PauseDatabase,
    RollingRestart,
}

/// In this order, each when another share of the subscribers has heard its end.
const BREAKS: [Break; 14] = [
    Break::KillApi(0),
    Break::FlushRedis,
    Break::CutOffWorker(0),
    Break::KillApi(1),
    Break::Rejoin(0),
    Break::KillWorker(1),
    Break::KillRedis,
    Break::StartRedis,
    Break::KillScheduler,
    Break::PauseDatabase,
    Break::RestartDatabase,
    Break::FlushRedis,
    Break::RollingRestart,
    Break::KillWorker(0),
];

#[tokio::test]
async fn a_worker_is_ready_when_it_has_cells() {
    let (database, redis) = (Database::fresh().await, Redis::start().await);
    let folder = tempfile::Builder::new().prefix("weak-to-strong-").tempdir().unwrap();
    let mut worker = Node::new("worker", 5, &settings(&database.url, &redis), folder.path());
    worker.start();
    // Also before it has a single one it answers for them.
    let first = timeout(2 * DEADLINE, worker.first_answer()).await.unwrap_or_else(|_| panic!("it is silent: {}", worker.log_tail()));
    assert!(first["probes"]["sandbox"].is_object(), "{first}");
    worker.ready().await;
    assert!(!cells(&label(5)).is_empty(), "it is ready without a cell");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_apart_lose_nothing_whichever_of_them_breaks() {
    let submissions = usize::try_from(fault::setting("NODES_SUBMISSIONS", SUBMISSIONS)).unwrap();
    let deadline = DEADLINE * u32::try_from(submissions.div_ceil(10)).unwrap().max(10);
    timeout(deadline, scenario(submissions)).await.expect("it stands still");
}

async fn scenario(submissions: usize) {
    let nodes = Nodes::start().await;
    let addresses = nodes.apis.each_ref().map(|node| node.address);
    let api = Api::new(addresses.map(|address| format!("http://{address}/graphql")).to_vec());
    let pulse: Pulse = Arc::new(watch::channel(0).0);
    let mut rng = StdRng::seed_from_u64(fault::setting("NODES_SEED", 7));
    let learners = learner::enrol(&mut rng, &api, submissions).await;
    let ear = |learner: &learner::Learner| Ear { addresses: addresses.to_vec(), token: learner.token(), pulse: pulse.clone() };
    let mut breaking = JoinSet::new();
    let (done, finished) = oneshot::channel();
    breaking.spawn(break_things(nodes, submissions, pulse.subscribe(), finished));
    let apollo = apollo::Followers::start(&addresses);
    let (sent, logs) = fault::work(&learners, ear, 1, |sent| apollo.follow(&sent.id, &sent.learner.token())).await;
    let ids: BTreeSet<&str> = sent.iter().map(|sent| sent.id.as_str()).collect();
    assert_eq!(ids.len(), submissions, "two requests were answered with one submission");
    for sent in &sent {
        sent.audit().await;
    }
    for learner in &learners {
        assert_eq!(learner.xp_told().await, learner.xp(), "XP is what the rules give, once");
    }
    let resets: usize = logs.iter().map(|log| log.resets).sum();
    let broken: usize = logs.iter().map(|log| log.breaks).sum();
    println!("followed {} submissions over {broken} broken connections and {resets} resets", logs.len());
    println!("with Apollo Client: {}", apollo.end().await);
    println!("answers that were asked for again: {:?}", api.tally.lock().unwrap());
    done.send(()).unwrap();
    let mut nodes = breaking.join_next().await.unwrap().unwrap();
    for node in nodes.all() {
        node.ready().await;
    }
    nodes.stop().await;
}

async fn break_things(mut nodes: Nodes, submissions: usize, mut heard: watch::Receiver<usize>, finished: oneshot::Receiver<()>) -> Nodes {
    for (number, what) in BREAKS.into_iter().enumerate() {
        let place = submissions * (number + 1) / (BREAKS.len() + 2);
        let reached = async { drop(heard.wait_for(|heard| *heard >= place).await.unwrap()) };
        supervise_until(&mut nodes, reached).await;
        nodes.break_one(what).await;
    }
    supervise_until(&mut nodes, finished).await.unwrap();
    nodes
}

async fn supervise_until<T>(nodes: &mut Nodes, done: impl Future<Output = T>) -> T {
    let (mut done, mut pace) = (std::pin::pin!(done), pace());
    loop {
        tokio::select! {
            done = &mut done => return done,
            _ = pace.tick() => nodes.all().for_each(Node::supervise),
        }
    }
}
