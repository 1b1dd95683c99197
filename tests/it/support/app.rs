//! The real server on a port of its own, with a database of its own and a clock that moves when told.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use weak_to_strong::{
    accounts,
    app::App,
    clock::Clock,
    config::Config,
    db::Checkout,
    error::Error,
    http, jobs, progress,
    sandbox::{PoolMetrics, Sandbox},
    serve,
    worker::{self, Worker},
};

use super::{
    cells::{self, Cells},
    client::Client,
    postgres::Database,
};

/// How long anything may take before the test fails.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Fields are dropped in this order: the server before the database.
pub struct TestApp {
    /// Move it with `app.clock.advance(..)`.
    pub clock: Clock,
    /// The server's own state, for what has no public door.
    pub app: App,
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    server: JoinSet<()>,
    http: reqwest::Client,
    people: AtomicUsize,
    cells: Option<Cells>,
    _database: Database,
    _data: tempfile::TempDir,
}

/// What differs from the usual server.
#[derive(Default)]
pub struct Builder {
    changes: Vec<Change>,
    works: Works,
}

/// Who takes what is submitted.
#[derive(Default)]
enum Works {
    #[default]
    Nobody,
    /// The real worker with the real cells.
    InCells,
    /// The real worker with another sandbox.
    In(Arc<dyn Sandbox>),
}

type Change = Box<dyn FnOnce(&mut Config)>;

impl Builder {
    /// With other settings.
    pub fn config(mut self, change: impl FnOnce(&mut Config) + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// With the real worker and real cells, at most two.
    pub fn worker(mut self) -> Self {
        self.works = Works::InCells;
        self
    }

    /// With the real worker, which runs things here.
    pub fn sandbox(mut self, sandbox: Arc<dyn Sandbox>) -> Self {
        self.works = Works::In(sandbox);
        self
    }

    pub async fn start(self) -> TestApp {
        let data = tempfile::tempdir().unwrap();
        let mut config = config(data.path());
        for change in self.changes {
            change(&mut config);
        }
        let database = Database::fresh().await;
        let clock = Clock::system();
        let app = App::build(config, &database.url, clock.clone()).map_err(Error::into_anyhow).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let serving = http::serve(app.clone(), listener, shutdown.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { serving.await.map_err(Error::into_anyhow).unwrap() });
        let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
        server.spawn(progress::outbox::publish(app.clone(), shutdown.clone()));
        let people = AtomicUsize::new(0);
        let mut started = TestApp { clock, app, address, shutdown, server, http, people, cells: None, _database: database, _data: data };
        match self.works {
            Works::Nobody => {}
            Works::In(sandbox) => started.work_in(sandbox),
            Works::InCells => started.work_in_cells().await,
        }
        started
    }
}

/// The shipped settings, but cheap hashes, little waiting, and nothing that the machine's environment says.
fn config(data_dir: &std::path::Path) -> Config {
    let mut config = Config::from_env().unwrap();
    config.development = true;
    data_dir.clone_into(&mut config.data_dir);
    config.seeds_dir = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds").into();
    config.database.url = None;
    config.realtime.redis_url = None;
    config.database.connections_max = 8;
    config.auth.signing_key = Some("a key of the tests, at least 32 bytes long".to_owned());
    config.auth.argon2_memory_kib = 8;
    config.auth.argon2_iterations = 1;
    config.auth.session_cache_ttl = Duration::from_millis(20);
    config.http.drain = Duration::from_secs(2);
    config.worker.slots = cells::CELLS_MAX;
    config.worker.poll = Duration::from_millis(100);
    config
}

impl TestApp {
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    pub fn builder() -> Builder {
        Builder::default()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client with time-outs and nothing else.
    pub fn http(&self) -> reqwest::Client {
        self.http.clone()
    }

    /// What anybody's browser gets.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    /// A connection to arrange what no operation arranges; never to act or to look.
    pub async fn conn(&self) -> Checkout {
        self.app.db.conn().await.map_err(Error::into_anyhow).unwrap()
    }

    /// Moves the clock to the next noon (UTC), so that no day ends in the middle of a test. Before anybody signs in.
    pub fn noon(&self) {
        let now = self.clock.now();
        let noon = (now.date_naive() + chrono::Days::new(1)).and_hms_opt(12, 0, 0).unwrap().and_utc();
        self.clock.advance(noon - now);
    }

    /// Somebody who is not logged in.
    pub fn anonymous(&self) -> Client {
        Client::anonymous(self.http.clone(), self.url("/graphql"))
    }

    /// Somebody new of this name, registered through the API.
    pub async fn learner(&self, name: &str) -> Client {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let email = format!("{}-{number}@example.org", name.to_lowercase().replace(' ', "-"));
        let input = json!({"email": email, "password": super::client::PASSWORD, "displayName": name, "timeZone": "Europe/Berlin"});
        let data = self.anonymous().query(include_str!("../../../graphql/accounts/Register.graphql"), json!({"input": input})).await;
        self.anonymous().signed_in(&data["register"])
    }

    /// Somebody new who runs the platform; the first admin is made from the command line, and so is this one.
    pub async fn admin(&self) -> Client {
        let admin = self.learner("Root").await;
        accounts::grant_admin(&self.app.db, &admin.email).await.map_err(Error::into_anyhow).unwrap();
        admin
    }

    /// Starts a worker that runs things in this sandbox, and who puts back what lost workers left.
    pub fn work_in(&mut self, sandbox: Arc<dyn Sandbox>) {
        // A second sandbox of the same server is shown as the first.
        let _ = self.app.metrics.registry.register(Box::new(PoolMetrics::new(Arc::clone(&sandbox)).unwrap()));
        let worker = Worker { app: self.app.for_work(), sandbox, worker_id: "the test's".to_owned() };
        self.server.spawn(worker::run(worker, self.shutdown.clone()));
        self.server.spawn(worker::reap(self.app.clone(), self.shutdown.clone()));
        self.run_jobs();
    }

    /// Starts who does the background jobs.
    pub fn run_jobs(&mut self) {
        let App { db, clock, jobs_bell, .. } = self.app.clone();
        self.server.spawn(jobs::run(db, clock, jobs_bell, serve::handlers(&self.app), self.shutdown.clone()));
    }

    /// The same in real cells.
    pub async fn work_in_cells(&mut self) {
        let cells = Cells::start().await;
        self.work_in(Arc::new(cells.pool.clone()));
        self.cells = Some(cells);
    }

    /// Stops the server as a deployment does, and checks that it gave everything back.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        let all = async {
            while let Some(ended) = self.server.join_next().await {
                ended.unwrap();
            }
        };
        tokio::time::timeout(DEADLINE, all).await.expect("the server does not stop");
        if let Some(cells) = self.cells.take() {
            cells.stop().await;
        }
        assert_eq!(self.app.db.status().busy, 0, "connections are still checked out");
    }
}
