//! What followers of one board share: one reading of it for each ring, and one numbering of its changes. All who have no place of their
//! own on it are told the same, under the same numbers; whoever has one is told of that too, on a board of their own.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex as SyncMutex, PoisonError, Weak},
};

use chrono::{DateTime, Utc};
use moka::future::Cache;
use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    Ask, Entry, Period, Scope, View,
    follow::{PLACES, TELL_EVERY, TOPIC},
    own_entry, people_with_places, view,
};
use crate::{
    app::App,
    db::{
        Conn,
        ids::{TypedId, UserId},
    },
    error::Result,
    events::EventLog,
};

/// Reads of boards that followers share for a moment.
const SHARED_MAX: u64 = 1_000;
/// Changes that are kept for followers who come to them later.
const CHANGES_MAX: usize = 512;
/// Views that are kept as they were before a look.
const VIEWS_MAX: usize = 4;
/// Boards at which those that nobody follows are looked for, at the least.
const BOARDS_SWEPT_AT: usize = 256;

type Of = (Scope, Period, Option<UserId>);

/// The boards that are followed in this process, and the reads that they share: of each board, one for each ring.
pub struct Boards {
    reads: Cache<(Scope, Period, u64), Arc<View>>,
    followed: SyncMutex<(HashMap<Of, Weak<Board>>, usize)>,
    /// Held, so that the bell counts on while nobody follows, and no count comes twice.
    _bell: watch::Receiver<u64>,
}

impl Boards {
    #[must_use]
    pub fn new(events: &dyn EventLog) -> Self {
        let reads = Cache::builder().max_capacity(SHARED_MAX).time_to_live(TELL_EVERY).build();
        Self { reads, followed: SyncMutex::default(), _bell: events.watch(TOPIC) }
    }

    /// A board as it was read after the bell had rung so often.
    async fn read(&self, conn: &mut Conn, now: DateTime<Utc>, (scope, period): (Scope, Period), rung: u64) -> Result<Arc<View>> {
        let nobody = UserId::from_uuid(uuid::Uuid::nil());
        let ask = Ask { scope, period, past: None, limit: PLACES };
        let reading = async { view(conn, now, nobody, ask).await.map(Arc::new) };
        self.reads.try_get_with((scope, period, rung), reading).await.map_err(|error| (*error).clone())
    }

    /// The board of all who have no place on it, or that of a viewer.
    pub(super) fn board(&self, scope: Scope, period: Period, viewer: Option<UserId>) -> Arc<Board> {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let (boards, sweep_at) = &mut *followed;
        if let Some(board) = boards.get(&(scope, period, viewer)).and_then(Weak::upgrade) {
            return board;
        }
        if boards.len() >= (*sweep_at).max(BOARDS_SWEPT_AT) {
            boards.retain(|_, board| board.strong_count() > 0);
            *sweep_at = 2 * boards.len();
        }
        let board = Arc::new(Board { scope, period, viewer, is_shared: true, state: Mutex::new(State::unread(period)) });
        boards.insert((scope, period, viewer), Arc::downgrade(&board));
        board
    }
}

/// A board as it is told to one kind of followers.
pub(super) struct Board {
    pub scope: Scope,
    pub period: Period,
    /// Whose own place is told of too.
    pub viewer: Option<UserId>,
    /// Whether others may find it.
    pub is_shared: bool,
    pub state: Mutex<State>,
}

impl Board {
    /// Of one follower alone, who has come so far elsewhere.
    pub(super) fn of_one(scope: Scope, period: Period, viewer: UserId, state: State) -> Arc<Self> {
        Arc::new(Self { scope, period, viewer: Some(viewer), is_shared: false, state: Mutex::new(state) })
    }

    /// Whether it is for its members alone, and each may lose it by themselves.
    pub(super) fn is_of_members(&self) -> bool {
        matches!(self.scope, Scope::Squad(_))
    }

    /// Whether the viewer stands on it; to be asked under the lock and after a look, so that a place got later is found by the next.
    pub(super) async fn has_place(&self, conn: &mut Conn, state: &State, viewer: UserId) -> Result<bool> {
        if state.view.entries.iter().any(|entry| entry.key.user_id == viewer) {
            return Ok(true);
        }
        Ok(!people_with_places(conn, &state.view, &[viewer]).await?.is_empty())
    }

    /// Reads it, unless that was done since the bell rang and within the second.
    pub(super) async fn look(&self, app: &App, conn: &mut Conn, state: &mut State, rung: u64) -> Result<()> {
        if state.looked.is_some_and(|(at, heard)| heard == rung && at.elapsed() < TELL_EVERY) {
            return Ok(());
        }
        let (began, now) = (Instant::now(), app.clock.now());
        let page = app.boards.read(conn, now, (self.scope, self.period), rung).await?;
        let own = if let Some(viewer) = self.viewer {
            own_entry(conn, viewer, &page).await?
        } else {
            state.part_with_placed(conn, &page).await?;
            None
        };
        state.advance(now, View { own, ..View::clone(&page) });
        state.looked = Some((began, rung));
        Ok(())
    }

    /// The same with what only a snapshot shows of the viewer's own place.
    pub(super) async fn look_whole(&self, app: &App, conn: &mut Conn, state: &mut State, rung: u64) -> Result<View> {
        let (began, now) = (Instant::now(), app.clock.now());
        let viewer = self.viewer.unwrap_or(UserId::from_uuid(uuid::Uuid::nil()));
        let whole = view(conn, now, viewer, Ask { scope: self.scope, period: self.period, past: None, limit: PLACES }).await?;
        state.advance(now, whole.clone());
        state.looked = Some((began, rung));
        Ok(whole)
    }
}

/// What was told of a board so far.
pub(super) struct State {
    /// Begins anew with each period.
    pub epoch: u64,
    /// Of the newest change.
    pub seq: u64,
    pub view: View,
    /// When it was read, and how often the bell had rung.
    looked: Option<(Instant, u64)>,
    changes: VecDeque<(u64, DateTime<Utc>, Entry)>,
    /// Number and view before the newest looks.
    before: VecDeque<(u64, View)>,
    /// Followers without a place of their own, to be told when they get one.
    unplaced: HashMap<UserId, Weak<CancellationToken>>,
}

impl State {
    fn unread(period: Period) -> Self {
        let view = View {
            scope: Scope::Everyone,
            period,
            starts_on: chrono::NaiveDate::MIN,
            ends_at: None,
            learners: 0,
            entries: Vec::new(),
            own: None,
            neighbours: Vec::new(),
        };
        Self::at(0, 0, view)
    }

    fn at(epoch: u64, seq: u64, view: View) -> Self {
        Self { epoch, seq, view, looked: None, changes: VecDeque::new(), before: VecDeque::new(), unplaced: HashMap::new() }
    }

    /// Cancelled when this viewer gets a place.
    pub(super) fn watch_for(&mut self, viewer: UserId) -> Arc<CancellationToken> {
        if let Some(token) = self.unplaced.get(&viewer).and_then(Weak::upgrade) {
            return token;
        }
        let token = Arc::new(CancellationToken::new());
        self.unplaced.insert(viewer, Arc::downgrade(&token));
        token
    }

    /// Those who have got a place are told apart from here on; before the change is told to anybody.
    async fn part_with_placed(&mut self, conn: &mut Conn, page: &View) -> Result<()> {
        self.unplaced.retain(|_, token| token.strong_count() > 0);
        let people: Vec<UserId> = self.unplaced.keys().copied().collect();
        for placed in people_with_places(conn, page, &people).await? {
            if let Some(token) = self.unplaced.remove(&placed).and_then(|token| token.upgrade()) {
                token.cancel();
            }
        }
        Ok(())
    }

    fn advance(&mut self, now: DateTime<Utc>, after: View) {
        if self.view.starts_on != after.starts_on {
            let epoch = u64::try_from(now.timestamp_micros()).unwrap_or(0).max(self.epoch + 1);
            let unplaced = std::mem::take(&mut self.unplaced);
            *self = Self { unplaced, ..Self::at(epoch, 0, after) };
            return;
        }
        let told = std::mem::replace(&mut self.view, after);
        let changed = changed(&told, &self.view);
        self.before.push_back((self.seq, told));
        if self.before.len() > VIEWS_MAX {
            self.before.pop_front();
        }
        for entry in changed {
            self.seq += 1;
            self.changes.push_back((self.seq, now, entry));
            if self.changes.len() > CHANGES_MAX {
                self.changes.pop_front();
            }
        }
    }

    /// Whether everything since is known here.
    pub(super) fn reaches_back_to(&self, epoch: u64, seq: u64) -> bool {
        epoch == self.epoch && (seq == self.seq || self.changes.front().is_some_and(|(first, ..)| *first <= seq + 1 && seq < self.seq))
    }

    pub(super) fn newer(&self, than: u64) -> impl Iterator<Item = &(u64, DateTime<Utc>, Entry)> {
        self.changes.iter().filter(move |(seq, ..)| *seq > than)
    }

    /// As it was at this number, to go on from there apart from others.
    pub(super) fn before(&self, epoch: u64, seq: u64) -> Option<Self> {
        let found = self.before.iter().rev().find(|(number, _)| epoch == self.epoch && *number == seq);
        found.map(|(_, view)| Self::at(epoch, seq, view.clone()))
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
