//! Structured logs on standard error: text in development, JSON lines in production.

use tracing_subscriber::EnvFilter;

use crate::config::Config;

/// Call once, before anything is logged.
pub fn start(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.development {
        logs.compact().init();
    } else {
        logs.json().init();
    }
}
