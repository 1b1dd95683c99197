//! The time as a parameter: the only reader of the system's clock.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};

/// Cheap to clone; all clones show the same time.
#[derive(Clone)]
pub struct Clock {
    /// Milliseconds added to the system's time; tests move it, nothing else does.
    shift_ms: Arc<AtomicI64>,
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self { shift_ms: Arc::new(AtomicI64::new(0)) }
    }

    /// Now, cut to the microsecond, which is what Postgres keeps.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = Utc::now() + TimeDelta::milliseconds(self.shift_ms.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves this clock and its clones forward.
    pub fn advance(&self, by: TimeDelta) {
        self.shift_ms.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}
