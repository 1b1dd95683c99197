//! What each subcommand runs, from the settings to an orderly end.

use anyhow::Context;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db::{self, embedded::Embedded},
    error::Error,
    http,
};

/// The database that the embedded server holds for us.
const EMBEDDED_DATABASE: &str = "weak_to_strong";

/// Everything in one process, until SIGINT or SIGTERM.
pub async fn serve() -> anyhow::Result<()> {
    let config = Config::from_env()?;
    log_to_stderr(config.development);
    let (database_url, embedded) = if let Some(url) = &config.database.url {
        (url.clone(), None)
    } else {
        let embedded = Embedded::start(&config.data_dir).await?;
        tracing::info!(home = %embedded.home().display(), "no DATABASE_URL: a private Postgres runs");
        embedded.ensure_database(EMBEDDED_DATABASE).await?;
        (embedded.url(EMBEDDED_DATABASE), Some(embedded))
    };
    let applied = db::migrate(&database_url).await.map_err(Error::into_anyhow)?;
    tracing::info!(count = applied.len(), "migrations applied");
    let address = config.http.address;
    let app = App::build(config, &database_url, Clock::system()).map_err(Error::into_anyhow)?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    tracing::info!("listening on http://{}", listener.local_addr()?);

    let shutdown = CancellationToken::new();
    let signal = shutdown.clone();
    let served = tokio::select! {
        served = http::serve(app.clone(), listener, shutdown) => served,
        // Resolves only with the server: the signal begins the drain, and a second one ends the process.
        served = async {
            told_to_stop().await;
            tracing::info!("stopping");
            signal.cancel();
            told_to_stop().await;
            Ok(())
        } => served,
    };
    app.db.close();
    // One that ran before us stays for those who share it.
    if let Some(embedded) = embedded.filter(|embedded| embedded.started_here) {
        embedded.stop().await?;
    }
    served.map_err(Error::into_anyhow)
}

/// `RUST_LOG` chooses what is logged; JSON lines outside development.
fn log_to_stderr(development: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    if development { registry.with(lines).init() } else { registry.with(lines.json()).init() }
}

async fn told_to_stop() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}
