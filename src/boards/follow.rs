//! A leaderboard as a stream: a snapshot, then each place that changed, at most once a second.
//!
//! Followers of one board share one read of it for each ring of the bell, and each adds its own place. Nothing of it is kept: places are compared with those told before. So a stream is never gone on with from a cursor; it is reset, and a
//! snapshot follows.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};

use moka::future::Cache;

use super::{Ask, Entry, Period, Scope, ScopeName, View, check_scope, own_entry, view};
use crate::{
    app::App,
    db::{
        Conn,
        ids::{TypedId, UserId},
    },
    error::Result,
    events::{Cursor, EventLog},
};

/// The bell of all boards.
const TOPIC: &str = "boards";
/// A board is told of at most so often.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long a follower trusts the bell before it looks by itself: a period ends without a ring.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Places of a snapshot, and those that are followed beside the viewer's own.
pub const PLACES: i64 = 50;

/// Reads of boards that followers share for a moment.
const SHARED_MAX: u64 = 1_000;

/// The reads that followers share: of each board, one for each ring.
pub struct Boards {
    reads: Cache<(Scope, Period, u64), Arc<View>>,
    /// Held, so that the bell counts on while nobody follows, and no count comes twice.
    _bell: watch::Receiver<u64>,
}

impl Boards {
    #[must_use]
    pub fn new(events: &dyn EventLog) -> Self {
        let reads = Cache::builder().max_capacity(SHARED_MAX).time_to_live(TELL_EVERY).build();
        Self { reads, _bell: events.watch(TOPIC) }
    }

    /// A board as it was read after the bell had rung so often.
    async fn read(&self, conn: &mut Conn, now: DateTime<Utc>, (scope, period): (Scope, Period), rung: u64) -> Result<Arc<View>> {
        let nobody = UserId::from_uuid(uuid::Uuid::nil());
        let ask = Ask { scope, period, past: None, limit: PLACES };
        let reading = async { view(conn, now, nobody, ask).await.map(Arc::new) };
        self.reads.try_get_with((scope, period, rung), reading).await.map_err(|error| (*error).clone())
    }
}

/// Tells followers that a board may have changed.
pub fn ring(events: &dyn EventLog) {
    events.ring(TOPIC);
}

#[derive(Clone, Debug)]
pub enum Update {
    /// A cursor was given, and there is nothing to go on with; a snapshot follows.
    Reset,
    Snapshot(Box<View>),
    Changed(Entry),
}

#[derive(Clone, Debug)]
pub struct Item {
    pub cursor: Cursor,
    pub at: DateTime<Utc>,
    pub update: Update,
}

pub struct Follower {
    app: App,
    viewer: UserId,
    scope: ScopeName,
    period: Period,
    topic_name: String,
    epoch: u64,
    seq: u64,
    bell: watch::Receiver<u64>,
    told: Option<View>,
    read_at: Instant,
    ready: VecDeque<Item>,
    failed: bool,
}

impl Follower {
    /// NOT_FOUND for a scope that the viewer does not see, BAD_USER_INPUT for a cursor of another stream.
    pub async fn start(app: &App, viewer: UserId, (scope, period): (ScopeName, Period), after: Option<&str>) -> Result<Self> {
        let topic_name = format!("board:{scope:?}:{}", period.as_str());
        // Before anything is read, so that what happens in between rings.
        let bell = Arc::clone(&app.events).watch(TOPIC);
        let epoch = u64::try_from(app.clock.now().timestamp_micros()).unwrap_or(0);
        let (ready, told, read_at) = (VecDeque::new(), None, Instant::now());
        let mut follower =
            Self { app: app.clone(), viewer, scope, period, topic_name, epoch, seq: 0, bell, told, read_at, ready, failed: false };
        if let Some(after) = after {
            Cursor::decode(after, &follower.topic_name)?;
            follower.tell(Update::Reset);
        }
        follower.look().await?;
        Ok(follower)
    }

    /// The next update. An error ends the stream.
    pub async fn next(&mut self) -> Option<Result<Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.failed {
                return None;
            }
            let _rung_or_due = timeout(LOOK_EVERY, self.bell.changed()).await;
            sleep_until(self.read_at + TELL_EVERY).await;
            if let Err(error) = self.look().await {
                self.failed = true;
                return Some(Err(error));
            }
        }
    }

    /// Reads the board and tells what is new.
    async fn look(&mut self) -> Result<()> {
        let rung = *self.bell.borrow_and_update();
        self.read_at = Instant::now();
        let now = self.app.clock.now();
        let mut conn = self.app.db.conn().await?;
        let scope = check_scope(&mut conn, self.viewer, self.scope.clone()).await?;
        if let Some(before) = self.told.take_if(|told| told.starts_on == self.period.starts_on(now)) {
            let shared = self.app.boards.read(&mut conn, now, (scope, self.period), rung).await?;
            let own = own_entry(&mut conn, self.viewer, &shared).await?;
            drop(conn);
            let after = View { own, ..View::clone(&shared) };
            for entry in changed(&before, &after) {
                self.tell(Update::Changed(entry));
            }
            self.told = Some(after);
            return Ok(());
        }
        if self.told.is_some() {
            self.tell(Update::Reset);
        }
        let ask = Ask { scope, period: self.period, past: None, limit: PLACES };
        let whole = view(&mut conn, now, self.viewer, ask).await?;
        self.tell(Update::Snapshot(Box::new(whole.clone())));
        self.told = Some(whole);
        Ok(())
    }

    fn tell(&mut self, update: Update) {
        if matches!(update, Update::Changed(_)) {
            self.seq += 1;
        }
        let cursor = Cursor { topic_name: self.topic_name.clone(), epoch: self.epoch, seq: self.seq };
        self.ready.push_back(Item { cursor, at: self.app.clock.now(), update });
    }
}

/// The places that are not as they were told, the best first; the viewer's own too where it is not on the page.
fn changed(before: &View, now: &View) -> Vec<Entry> {
    let told: HashMap<UserId, (i64, i64)> =
        before.entries.iter().chain(&before.own).map(|entry| (entry.key.user_id, (entry.rank, entry.key.xp))).collect();
    let own = now.own.iter().filter(|own| !now.entries.iter().any(|entry| entry.key.user_id == own.key.user_id));
    let places = now.entries.iter().chain(own);
    places.filter(|entry| told.get(&entry.key.user_id) != Some(&(entry.rank, entry.key.xp))).cloned().collect()
}
