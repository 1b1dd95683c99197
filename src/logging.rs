//! Structured logs on standard error: text in development, JSON lines in production. Errors among them are told to Sentry too.

use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    config::Config,
    telemetry::{self, Reports},
};

/// Call once, before anything is logged. What is returned is to be kept until the end.
pub fn start(config: &Config) -> anyhow::Result<Option<Reports>> {
    let reports = Reports::start(config)?;
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if config.development { lines.compact().boxed() } else { lines.json().boxed() };
    let log = tracing_subscriber::registry().with(lines.with_filter(filter));
    log.with(reports.as_ref().map(Reports::layer)).init();
    telemetry::report_panics();
    Ok(reports)
}
