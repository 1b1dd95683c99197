//! The roles of the binary: what each starts, in which order, and how it ends.
//!
//! `serve` is all of them in one process with a private Postgres and the in-process event log; `api`, `worker` and `scheduler` run
//! apart and need a database and an event log that they can share.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use tokio::{net::TcpListener, signal::unix::SignalKind};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    accounts,
    app::App,
    clock::Clock,
    config::Config,
    curriculum,
    db::{self, embedded::Embedded},
    error::{Error, Result},
    http, progress, reports,
    sandbox::{Pool, PoolSettings, Sandbox},
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
pub async fn run(role: Role, config: Config) -> anyhow::Result<()> {
    if role != Role::Everything {
        bail!(
            "the roles api, worker and scheduler run apart only with a DATABASE_URL and a REDIS_URL that they share, and this build has the \
             in-process event log alone; use `serve`"
        );
    }
    let shutdown = CancellationToken::new();
    let (url, embedded) = database(&config).await?;
    for migration in db::migrate(&url).await.map_err(Error::into_anyhow)? {
        tracing::info!(migration, "migrated");
    }
    let app = App::build(config, &url, Clock::system()).map_err(Error::into_anyhow)?;
    let tasks = TaskTracker::new();
    if role.schedules() {
        publish_seeds(&app).await?;
        tasks.spawn(schedule(app.clone(), shutdown.clone()));
    }
    tasks.spawn(progress::outbox::publish(app.clone(), shutdown.clone()));
    // The API answers while the first cells become warm; what is submitted meanwhile waits in the queue.
    let serving = serve(role, &app, &tasks, shutdown.clone()).await?;
    let sandbox = if role.works() { Some(work(&app, &tasks, shutdown.clone()).await?) } else { None };
    wait_for_signal(&shutdown).await?;
    tracing::info!("draining");
    shutdown.cancel();
    if let Some(serving) = serving {
        serving.await.context("the server did not end well")?.map_err(Error::into_anyhow)?;
    }
    tasks.close();
    tasks.wait().await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    app.db.close();
    // One that ran before us stays for those who share it.
    if let Some(embedded) = embedded.filter(|embedded| embedded.started_here && app.config.database.stop_embedded) {
        embedded.stop().await?;
    }
    tracing::info!("stopped");
    Ok(())
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
    app.db.close();
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
    if !role.serves() {
        return Ok(None);
    }
    let address = app.config.http.address;
    let listener = TcpListener::bind(address).await.with_context(|| format!("{address} cannot be listened on; set HOST or PORT"))?;
    let address = listener.local_addr()?;
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
    let worker = Worker { app: app.clone(), sandbox: Arc::new(pool.clone()), worker_id: worker_id() };
    tasks.spawn(worker::run(worker, shutdown));
    Ok(pool)
}

/// A name that no other process has at the same time: the host's, and a random part.
fn worker_id() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    format!("{host}-{}-{:08x}", std::process::id(), rand::random::<u32>())
}

/// The clockwork: expired leases, what is past its retention, and report cards of months that have ended.
async fn schedule(app: App, shutdown: CancellationToken) {
    let forgetting = async {
        loop {
            let forgotten = async {
                Ok::<_, Error>(progress::outbox::forget(&app).await? + accounts::forget(&app).await? + submissions::forget(&app).await?)
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
    let both = shutdown.run_until_cancelled(async { tokio::join!(forgetting, reporting) });
    tokio::join!(worker::reap(app.clone(), shutdown.clone()), both);
}

async fn wait_for_signal(shutdown: &CancellationToken) -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        () = shutdown.cancelled() => {}
    }
    Ok(())
}
