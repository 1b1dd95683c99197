//! The roles of the binary: what each starts, in which order, and how it ends.
//!
//! `serve` is all of them in one process, with a private Postgres and the in-process event log unless it is told of others; `api`,
//! `worker` and `scheduler` run apart, any number of each, over a database and a Redis that they share. Each answers for its health.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accounts,
    app::App,
    boards,
    clock::Clock,
    config::Config,
    curriculum,
    db::{self, embedded::Embedded},
    error::{Error, Result},
    http, jobs, privacy, progress, reports,
    sandbox::{Pool, PoolMetrics, PoolSettings, Sandbox},
    submissions,
    worker::{self, Worker},
};

/// The database that the embedded Postgres holds.
const DATABASE: &str = "weak_to_strong";
/// How often what is past its retention is looked for.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// How often months that have ended are looked for.
const REPORT_EVERY: Duration = Duration::from_secs(600);

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// API, worker and scheduler in one process.
    Everything,
    Api,
    Worker,
    Scheduler,
}

impl Role {
    /// As collectors of traces know it.
    const fn service_name(self) -> &'static str {
        match self {
            Self::Everything => "weak-to-strong",
            Self::Api => "weak-to-strong-api",
            Self::Worker => "weak-to-strong-worker",
            Self::Scheduler => "weak-to-strong-scheduler",
        }
    }

    const fn serves(self) -> bool {
        matches!(self, Self::Everything | Self::Api)
    }

    const fn works(self) -> bool {
        matches!(self, Self::Everything | Self::Worker)
    }

    const fn schedules(self) -> bool {
        matches!(self, Self::Everything | Self::Scheduler)
    }
}

/// Runs a role until SIGTERM or SIGINT, then drains it.
pub async fn run(role: Role, mut config: Config) -> anyhow::Result<()> {
    config.telemetry.service_name.get_or_insert_with(|| role.service_name().to_owned());
    if role != Role::Everything {
        config.check_shared()?;
    }
    if role.serves() {
        config.check_certificate_key()?;
    }
    let signals = Signals::listen()?;
    let (url, embedded) = database(&config).await?;
    let stop_embedded = config.database.stop_embedded;
    let ended = Box::pin(run_on(&url, role, config, signals)).await;
    // One that ran before us stays for those who share it.
    if let Some(embedded) = embedded.filter(|embedded| embedded.started_here && stop_embedded) {
        embedded.stop().await?;
    }
    tracing::info!("stopped");
    ended
}

/// The role over its database. A signal ends it at any moment, also while it starts.
async fn run_on(url: &str, role: Role, config: Config, signals: Signals) -> anyhow::Result<()> {
    let (shutdown, tasks) = (CancellationToken::new(), TaskTracker::new());
    let stopping = shutdown.clone();
    tasks.spawn(async move { stopping.run_until_cancelled(signals.received()).await.map(|()| stopping.cancel()) });
    let migrated = db::migrate(url).await.map_err(Error::into_anyhow);
    for migration in migrated.context("the database could not be reached or brought to the newest schema; DATABASE_URL says where it is")? {
        tracing::info!(migration, "migrated");
    }
    let app = App::build(config, url, Clock::system()).map_err(Error::into_anyhow)?;
    let started = shutdown.run_until_cancelled(start(role, &app, &tasks, shutdown.clone())).await;
    let (serving, sandbox) = match started {
        Some(Ok(started)) => started,
        Some(Err(error)) => {
            shutdown.cancel();
            tasks.close();
            tasks.wait().await;
            return Err(error);
        }
        None => (None, None),
    };
    shutdown.cancelled().await;
    tracing::info!("draining");
    if let Some(serving) = serving {
        serving.await.context("the server did not end well")?.map_err(Error::into_anyhow)?;
    }
    tasks.close();
    tasks.wait().await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    app.traces.stop().await;
    app.close();
    Ok(())
}

async fn start(role: Role, app: &App, tasks: &TaskTracker, shutdown: CancellationToken) -> anyhow::Result<(Option<Serving>, Option<Pool>)> {
    if role.schedules() {
        publish_seeds(app).await?;
        tasks.spawn(schedule(app.clone(), shutdown.clone()));
    }
    if role == Role::Worker {
        // Whoever rolls workers waits for one before the next: it is ready when it can take a run. The pool's own probe replaces this.
        app.health.register("sandbox", || async { Err("the first cells are not warm yet".to_owned()) });
    }
    tasks.spawn(progress::outbox::publish(app.clone(), shutdown.clone()));
    // The API answers while the first cells become warm; what is submitted meanwhile waits in the queue.
    let serving = serve(role, app, tasks, shutdown.clone()).await?;
    let sandbox = if role.works() { Some(work(app, tasks, shutdown).await?) } else { None };
    Ok((serving, sandbox))
}

/// The configured database, or the private one of this machine, started or adopted.
pub async fn database(config: &Config) -> anyhow::Result<(String, Option<Embedded>)> {
    if let Some(url) = &config.database.url {
        return Ok((url.clone(), None));
    }
    let embedded = Embedded::start(&config.data_dir).await?;
    embedded.ensure_database(DATABASE).await?;
    tracing::info!(home = %embedded.home().display(), "no DATABASE_URL: using the private Postgres of this machine");
    Ok((embedded.url(DATABASE), Some(embedded)))
}

/// Gives an account the role ADMIN: how the first admin of a new platform comes to be.
pub async fn grant_admin(config: Config, email: &str) -> anyhow::Result<()> {
    let (url, embedded) = database(&config).await?;
    let app = App::build(config, &url, Clock::system()).map_err(Error::into_anyhow)?;
    let granted = accounts::grant_admin(&app.db, email).await.map_err(Error::into_anyhow);
    app.close();
    if let Some(embedded) = embedded.filter(|embedded| embedded.started_here) {
        embedded.stop().await?;
    }
    granted?;
    println!("{email} is an admin now.");
    Ok(())
}

async fn publish_seeds(app: &App) -> anyhow::Result<()> {
    let report = curriculum::publish_dir(app, &app.config.seeds_dir).await.map_err(Error::into_anyhow)?;
    tracing::info!("the curriculum: {report}");
    Ok(())
}

type Serving = tokio::task::JoinHandle<Result<()>>;

async fn serve(role: Role, app: &App, tasks: &TaskTracker, shutdown: CancellationToken) -> anyhow::Result<Option<Serving>> {
    let address = app.config.http.address;
    let listener = TcpListener::bind(address).await.with_context(|| format!("{address} cannot be listened on; set HOST or PORT"))?;
    let address = listener.local_addr()?;
    if !role.serves() {
        println!("Health     http://{address}/health/ready");
        return Ok(Some(tasks.spawn(http::serve_operations(app.clone(), listener, shutdown))));
    }
    let demo = accounts::demo::ensure_demo_accounts(app).await.map_err(Error::into_anyhow)?;
    println!("GraphiQL   http://{address}/graphiql");
    println!("GraphQL    http://{address}/graphql (POST, GET, event streams, websocket)");
    println!("Health     http://{address}/health/ready");
    for account in demo {
        println!("Demo       {} / {}", account.email, account.password);
    }
    Ok(Some(tasks.spawn(http::serve(app.clone(), listener, shutdown))))
}

async fn work(app: &App, tasks: &TaskTracker, shutdown: CancellationToken) -> anyhow::Result<Pool> {
    let settings = PoolSettings::of(&app.config.sandbox);
    let pool = Pool::start(&app.config.sandbox, settings, app.clock.now()).await.context("the sandbox did not start")?;
    let probed = pool.clone();
    app.health.register("sandbox", move || {
        let pool = probed.clone();
        async move { pool.health().await.map_err(|fault| fault.to_string()) }
    });
    app.metrics.registry.register(Box::new(PoolMetrics::new(Arc::new(pool.clone()))?))?;
    let worker = Worker { app: app.for_work(), sandbox: Arc::new(pool.clone()), worker_id: worker_id() };
    tasks.spawn(worker::run(worker, shutdown));
    Ok(pool)
}

/// A name that no other process has at the same time: the host's, and a random part.
fn worker_id() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{host}-{}-{:08x}", std::process::id(), rand::random::<u32>())
}

/// The clockwork: expired leases, days and months that have ended, and what is past its retention.
async fn schedule(app: App, shutdown: CancellationToken) {
    let forgetting = async {
        loop {
            let forgotten = async {
                let progress =
                    progress::outbox::forget(&app).await? + progress::notifications::forget(&app).await? + boards::forget(&app).await?;
                Ok::<_, Error>(progress + accounts::forget(&app).await? + submissions::forget(&app).await? + privacy::forget(&app).await?)
            };
            match forgotten.await {
                Ok(rows) => tracing::debug!(rows, "deleted what is past its retention"),
                Err(error) => tracing::warn!(error = %error.into_anyhow(), "what is past its retention could not be deleted"),
            }
            tokio::time::sleep(FORGET_EVERY).await;
        }
    };
    let reporting = async {
        loop {
            match reports::issue_due(&app).await {
                Ok(0) => {}
                Ok(issued) => tracing::info!(issued, "issued report cards"),
                Err(error) => tracing::warn!(error = %error.into_anyhow(), "report cards could not be issued"),
            }
            tokio::time::sleep(REPORT_EVERY).await;
        }
    };
    let forgetting = shutdown.run_until_cancelled(async { tokio::join!(forgetting, reporting) });
    let background = jobs::run(app.db.clone(), app.clock.clone(), app.jobs_bell.clone(), handlers(&app), shutdown.clone());
    let streaks = progress::streaks::watch(app.clone(), shutdown.clone());
    tokio::join!(worker::reap(app.for_work(), shutdown.clone()), background, streaks, forgetting);
}

/// What is done for each kind of background job.
#[must_use]
pub fn handlers(app: &App) -> jobs::Handlers {
    let (rejudging, exporting) = (app.clone(), app.clone());
    jobs::Handlers::default()
        .with(submissions::rejudges::JOB, move |payload| {
            let app = rejudging.clone();
            async move { submissions::rejudges::step(&app, app.clock.now(), payload).await }
        })
        .with(privacy::JOB, move |payload| {
            let app = exporting.clone();
            async move { privacy::step(&app, payload).await }
        })
}

/// Heard from the beginning, so that a start can be interrupted too.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
