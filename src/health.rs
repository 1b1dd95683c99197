//! Whether this process can do its work: named probes that each role registers, and whether it is draining.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::{BoxFuture, join_all};
use tokio_util::sync::CancellationToken;

/// A probe that takes longer has failed.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

type Probe = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// Cheap to clone; clones share everything.
#[derive(Clone, Default)]
pub struct Health {
    probes: Arc<Mutex<Vec<(&'static str, Probe)>>>,
    draining: CancellationToken,
}

/// What a probe found.
pub struct Finding {
    pub name: &'static str,
    /// None when all is well; otherwise why not, for the people who run this.
    pub problem: Option<String>,
}

impl Health {
    /// Adds a probe, or replaces the one of that name. It runs each time somebody asks for readiness.
    pub fn register<F>(&self, name: &'static str, probe: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let mut probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner);
        probes.retain(|(known, _)| *known != name);
        probes.push((name, Arc::new(move || Box::pin(probe()))));
    }

    /// Runs all probes at the same time.
    pub async fn check(&self) -> Vec<Finding> {
        let probes = self.probes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        join_all(probes.into_iter().map(|(name, probe)| async move {
            let problem = match tokio::time::timeout(PROBE_TIMEOUT, probe()).await {
                Ok(found) => found.err(),
                Err(_) => Some(format!("no answer within {} ms", PROBE_TIMEOUT.as_millis())),
            };
            Finding { name, problem }
        }))
        .await
    }

    /// From now on this process takes no new work; a second call does nothing.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Cancelled when draining starts.
    #[must_use]
    pub fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }
}
