//! How many operations run at the same time. More than that wait a moment, and more than those are refused at once: a server that takes
//! everything answers nobody.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{
    config::Limits,
    error::{Error, Result},
};

pub struct Admission {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Sizes of the two.
    max: (usize, usize),
    wait: Duration,
}

/// Held while an operation runs.
pub struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Admission {
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let semaphore = |count| Arc::new(Semaphore::new(count));
        let max = (limits.operations_max, limits.operations_waiting_max);
        Self { running: semaphore(max.0), waiting: semaphore(max.1), max, wait: limits.admission_wait }
    }

    /// How many run, and how many wait.
    #[must_use]
    pub fn status(&self) -> (usize, usize) {
        let taken = |max: usize, semaphore: &Semaphore| max.saturating_sub(semaphore.available_permits());
        (taken(self.max.0, &self.running), taken(self.max.1, &self.waiting))
    }

    /// UNAVAILABLE, to be asked again in a second, when too many run and wait.
    pub async fn enter(&self) -> Result<Place> {
        if let Ok(permit) = Arc::clone(&self.running).try_acquire_owned() {
            return Ok(Place { _permit: Some(permit) });
        }
        let busy = || Error::unavailable("The server has more to do than it can; ask again in a moment.");
        let _chair = self.waiting.try_acquire().map_err(|_| busy())?;
        let permit = timeout(self.wait, Arc::clone(&self.running).acquire_owned()).await.map_err(|_| busy())?;
        // The semaphore is never closed.
        Ok(Place { _permit: permit.ok() })
    }
}
