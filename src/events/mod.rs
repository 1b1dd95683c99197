//! The event log: append, read after a cursor, wait. A topic is a log with a sequence that starts at 1 in each epoch.
//! Live wake-ups are hints; what counts is what [`EventLog::read_after`] returns.

mod bells;
mod cursor;
mod in_process;
mod redis;

pub use self::redis::{RedisLog, connection as redis_connection};
use async_trait::async_trait;
pub use bells::Bell;
pub use cursor::Cursor;
pub use in_process::InProcess;
use tokio::sync::watch;

use crate::error::Result;

/// Names one log. A new epoch starts an empty log and closes the older ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// `submission:<uuid>`, `user:<uuid>`.
    pub name: String,
    /// The generation of a submission; 0 where there is only one.
    pub epoch: u64,
}

#[derive(Clone, Debug)]
pub struct LoggedEvent {
    pub seq: u64,
    /// JSON of the domain's event.
    pub payload: std::sync::Arc<str>,
}

/// Events kept of one topic; older ones are trimmed. More than a run can have: what it prints is put together (`worker`).
pub const EVENTS_PER_TOPIC_MAX: usize = 8192;

/// What became of events that were appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// They are in the log, or were before.
    Stored,
    /// Nothing was stored: the log ends with `last` (0: it holds nothing), and what came between was lost. Whoever still has that appends
    /// it again first.
    Lost { last: u64 },
}

/// What a reader finds after its place.
#[derive(Debug)]
pub enum Tail {
    /// Contiguous from the asked place on; empty when there is nothing newer.
    Events(Vec<LoggedEvent>),
    /// The log goes on, and no longer reaches back to the asked place.
    Trimmed,
    /// There is no such log, or it ends before the asked place: it has not begun, or was lost.
    Unknown,
}

/// Errors are UNAVAILABLE where the log is elsewhere and does not answer.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Adds events, numbered without a hole, and rings. Those that are there already are left as they are. An older epoch than the
    /// log's is a fault; a newer one closes the old.
    async fn append(&self, topic: &Topic, events: &[LoggedEvent]) -> Result<Appended>;
    /// Events with a sequence greater than `after`, at most `max`.
    async fn read_after(&self, topic: &Topic, after: u64, max: usize) -> Result<Tail>;
    /// Changes whenever something may be new in any epoch of the topic's name. A hint: read afterwards.
    fn watch(&self, topic_name: &str) -> watch::Receiver<u64>;
    /// What keeps it, as traces name it.
    fn system(&self) -> &'static str;
    /// Rings the watchers of a topic, in every process, without an event: for state that is read elsewhere.
    fn ring(&self, topic_name: &str);
}
