//! The event log: append, read after a cursor, wait. A topic is a log with a sequence that starts at 1 in each epoch.
//! Live wake-ups are hints; what counts is what [`EventLog::read_after`] returns.

mod cursor;
mod in_process;

use async_trait::async_trait;
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

/// What a reader finds after its place.
#[derive(Debug)]
pub enum Tail {
    /// Contiguous from the asked place on; empty when there is nothing newer.
    Events(Vec<LoggedEvent>),
    /// The log does not reach back to the asked place, or is not known here.
    Gone,
}

#[async_trait]
pub trait EventLog: Send + Sync {
    /// Adds an event; `event.seq` must be the next one. A second append of the same sequence is ignored, a hole is an error.
    async fn append(&self, topic: &Topic, event: LoggedEvent) -> Result<()>;
    /// Events with a sequence greater than `after`, at most `max`.
    async fn read_after(&self, topic: &Topic, after: u64, max: usize) -> Result<Tail>;
    /// Changes whenever something may be new in any epoch of the topic's name. A hint: read afterwards.
    fn watch(&self, topic_name: &str) -> watch::Receiver<u64>;
    /// Rings the watchers of a topic without an event, for state that is read elsewhere.
    fn ring(&self, topic_name: &str);
}
