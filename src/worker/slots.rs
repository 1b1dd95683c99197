//! The places of a worker, and who may not have all of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::submissions::{Class, queue::Claimed};

/// Runs at the same time. One slot is always for learners: rejudges and imports leave it alone. Programs that somebody types into
/// wait for people most of their time, so they have at most half of the slots.
pub struct Slots {
    free: Arc<Semaphore>,
    count: usize,
    taken: Arc<Taken>,
}

#[derive(Default)]
struct Taken {
    bulk: AtomicUsize,
    typed: AtomicUsize,
}

/// One place, free again when dropped.
pub struct Slot {
    _permit: Option<OwnedSemaphorePermit>,
    taken: Arc<Taken>,
    bulk: bool,
    typed: bool,
}

impl Slots {
    pub fn new(count: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(count)), count, taken: Arc::default() }
    }

    /// Waits for a free one.
    pub async fn take(&self) -> Slot {
        // The semaphore is never closed.
        let permit: Result<_, AcquireError> = Arc::clone(&self.free).acquire_owned().await;
        Slot { _permit: permit.ok(), taken: Arc::clone(&self.taken), bulk: false, typed: false }
    }

    /// Whether bulk work has all that it may have.
    pub fn are_for_learners_only(&self) -> bool {
        self.count > 1 && self.taken.bulk.load(Ordering::SeqCst) + 1 >= self.count
    }

    /// Whether programs that somebody types into have all that they may have.
    pub fn are_for_untyped_only(&self) -> bool {
        self.taken.typed.load(Ordering::SeqCst) >= (self.count / 2).max(1)
    }
}

impl Slot {
    /// What it is taken for, until it is free again.
    #[must_use]
    pub fn holds(mut self, claimed: &Claimed) -> Self {
        self.bulk = claimed.class >= Class::Rejudge.rank();
        self.typed = claimed.stdin_open;
        self.taken.bulk.fetch_add(usize::from(self.bulk), Ordering::SeqCst);
        self.taken.typed.fetch_add(usize::from(self.typed), Ordering::SeqCst);
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.taken.bulk.fetch_sub(usize::from(self.bulk), Ordering::SeqCst);
        self.taken.typed.fetch_sub(usize::from(self.typed), Ordering::SeqCst);
    }
}
