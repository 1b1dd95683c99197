//! A learner's own topic as a stream: a snapshot or a cursor, then everything newer from Postgres, then live, without an end.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{sync::watch, time::timeout};

use super::{
    learner_events::{LearnerEvent, topic_name},
    store,
};
use crate::{
    app::App,
    clock::Clock,
    db::{Db, ids::UserId},
    error::{Code, Error, Result},
    events::Cursor,
};

/// How long a follower trusts the bell before it looks by itself.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long it waits for a database that is away.
const RETRY_AFTER: Duration = Duration::from_secs(1);
const BATCH: i64 = 100;

#[derive(Clone, Debug)]
pub enum Update {
    Snapshot,
    Event(LearnerEvent),
    /// Events since the cursor are past their retention; a snapshot follows.
    Trimmed,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub cursor: Cursor,
    pub at: DateTime<Utc>,
    pub update: Update,
}

pub struct Follower {
    db: Db,
    clock: Clock,
    user_id: UserId,
    bell: watch::Receiver<u64>,
    seq: i64,
    ready: VecDeque<Item>,
    failed: bool,
}

impl Follower {
    /// BAD_USER_INPUT for a cursor of another topic.
    pub async fn start(app: &App, user_id: UserId, after: Option<&str>) -> Result<Self> {
        let name = topic_name(user_id);
        // Before anything is read, so that what happens in between rings.
        let bell = Arc::clone(&app.events).watch(&name);
        let mut follower =
            Self { db: app.db.clone(), clock: app.clock.clone(), user_id, bell, seq: 0, ready: VecDeque::new(), failed: false };
        let mut conn = app.db.conn().await?;
        let last = store::last_event_seq(&mut conn, user_id).await?;
        match after {
            None => follower.snapshot(last),
            Some(text) => {
                let seq = Cursor::decode(text, &name)?.seq;
                follower.seq = i64::try_from(seq).map_err(|_| Error::bad_input("The cursor is malformed."))?;
                if follower.seq > last {
                    return Err(Error::bad_input("The cursor is ahead of the stream; leave it out to start with a snapshot."));
                }
                let newer = store::events_after(&mut conn, user_id, follower.seq, 1).await?;
                if follower.seq < last && newer.first().is_none_or(|(seq, ..)| *seq != follower.seq + 1) {
                    follower.tell(follower.seq, follower.clock.now(), Update::Trimmed);
                    follower.snapshot(last);
                }
            }
        }
        Ok(follower)
    }

    /// Whether it cannot go on from its cursor.
    #[must_use]
    pub fn begins_anew(&self) -> bool {
        self.ready.front().is_some_and(|item| matches!(item.update, Update::Trimmed))
    }

    /// Its cursor, unless there is something to be told at once.
    #[must_use]
    pub fn stands_at(&self) -> Option<Cursor> {
        self.ready.is_empty().then(|| self.cursor())
    }

    fn cursor(&self) -> Cursor {
        Cursor { topic_name: topic_name(self.user_id), epoch: 0, seq: u64::try_from(self.seq).unwrap_or(0) }
    }

    /// The next update. While the database is away it waits; any other error ends the stream.
    pub async fn next(&mut self) -> Option<Result<Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.failed {
                return None;
            }
            match self.advance().await {
                Ok(()) => {}
                Err(error) if error.code() == Code::Unavailable => tokio::time::sleep(RETRY_AFTER).await,
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }

    async fn advance(&mut self) -> Result<()> {
        self.bell.mark_unchanged();
        let mut conn = self.db.conn().await?;
        let rows = store::events_after(&mut conn, self.user_id, self.seq, BATCH).await?;
        if rows.first().is_some_and(|(seq, ..)| *seq != self.seq + 1) {
            let last = store::last_event_seq(&mut conn, self.user_id).await?;
            self.tell(self.seq, self.clock.now(), Update::Trimmed);
            self.snapshot(last);
            return Ok(());
        }
        drop(conn);
        if rows.is_empty() {
            let _rung_or_due = timeout(LOOK_EVERY, self.bell.changed()).await;
            return Ok(());
        }
        for (seq, payload, at) in rows {
            self.tell(seq, at, Update::Event(serde_json::from_value(payload)?));
        }
        Ok(())
    }

    fn snapshot(&mut self, last: i64) {
        self.tell(last, self.clock.now(), Update::Snapshot);
    }

    fn tell(&mut self, seq: i64, at: DateTime<Utc>, update: Update) {
        self.seq = seq;
        let cursor = self.cursor();
        self.ready.push_back(Item { cursor, at, update });
    }
}
