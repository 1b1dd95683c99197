//! A leaderboard as a stream: a snapshot, then each place that changed, at most once a second.
//!
//! Followers of one board share what is read of it ([`super::shared`]). Nothing of it is kept for long: places are compared with those
//! told before. So a stream is never gone on with from a client's cursor; it is reset, and a snapshot follows.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Entry, Period, ScopeName, View, check_scope,
    shared::{Board, State},
};
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
pub(super) const TOPIC: &str = "boards";
/// A board is told of at most so often.
pub(super) const TELL_EVERY: Duration = Duration::from_secs(1);
/// How long a follower trusts the bell before it looks by itself: a period ends without a ring.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Places of a snapshot, and those that are followed beside the viewer's own.
pub const PLACES: i64 = 50;

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
    /// Whose place is their own here; nobody's in what all are told alike.
    pub seen_by: UserId,
}

/// Where a follower begins.
#[derive(Clone, Copy, Debug)]
pub enum From<'a> {
    Snapshot,
    /// A client's cursor: with a reset.
    Cursor(&'a str),
    /// Where this follower's stream has come to already: without one, where that can be.
    Place(&'a Cursor),
}

/// With whom the rest of a stream is shared.
#[derive(Clone, Debug)]
pub enum With {
    Nobody,
    /// The viewer's other streams.
    Viewer,
    /// All who have no place of their own, until it is cancelled.
    Everyone(Arc<CancellationToken>),
}

pub struct Follower {
    app: App,
    viewer: UserId,
    scope: ScopeName,
    period: Period,
    topic_name: String,
    board: Arc<Board>,
    epoch: u64,
    seq: u64,
    /// Of one without a place of their own: cancelled when they get one.
    unplaced: Option<Arc<CancellationToken>>,
    bell: watch::Receiver<u64>,
    read_at: Instant,
    ready: VecDeque<Item>,
    failed: bool,
}

impl Follower {
    /// NOT_FOUND for a scope that the viewer does not see, BAD_USER_INPUT for a cursor of another stream.
    pub async fn start(app: &App, viewer: UserId, (scope, period): (ScopeName, Period), from: From<'_>) -> Result<Self> {
        let topic_name = format!("board:{scope:?}:{}", period.as_str());
        // Before anything is read, so that what happens in between rings.
        let bell = Arc::clone(&app.events).watch(TOPIC);
        if let From::Cursor(text) = from {
            Cursor::decode(text, &topic_name)?;
        }
        let mut conn = app.db.conn().await?;
        let found = check_scope(&mut conn, viewer, scope.clone()).await?;
        let (board, ready) = (app.boards.board(found, period, None), VecDeque::new());
        let (epoch, seq, unplaced, read_at) = (0, 0, None, Instant::now());
        let mut follower =
            Self { app: app.clone(), viewer, scope, period, topic_name, board, epoch, seq, unplaced, bell, read_at, ready, failed: false };
        match from {
            From::Snapshot => follower.begin(&mut conn).await?,
            From::Cursor(_) => {
                follower.tell(Update::Reset);
                follower.begin(&mut conn).await?;
            }
            From::Place(place) => {
                (follower.epoch, follower.seq) = (place.epoch, place.seq);
                follower.go_on(&mut conn).await?;
            }
        }
        Ok(follower)
    }

    /// With whom what follows is shared.
    #[must_use]
    pub fn shared_with(&self) -> With {
        match &self.unplaced {
            Some(unplaced) => With::Everyone(unplaced.clone()),
            None if self.board.is_shared => With::Viewer,
            None => With::Nobody,
        }
    }

    /// Its cursor, unless there is something to be told at once.
    #[must_use]
    pub fn stands_at(&self) -> Option<Cursor> {
        self.ready.is_empty().then(|| self.cursor())
    }

    /// The next update: for all who share the stream alike, or for the viewer alone, whatever it is when it is read. An error ends it.
    pub async fn next(&mut self, is_shared: impl Fn() -> bool) -> Option<Result<Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.failed {
                return None;
            }
            let _rung_or_due = timeout(LOOK_EVERY, self.bell.changed()).await;
            sleep_until(self.read_at + TELL_EVERY).await;
            if let Err(error) = self.look(is_shared()).await {
                self.failed = true;
                return Some(Err(error));
            }
        }
    }

    /// Begins with a snapshot: with all others while the viewer has no place of their own.
    async fn begin(&mut self, conn: &mut Conn) -> Result<()> {
        let scope = self.board.scope;
        let board = self.app.boards.board(scope, self.period, None);
        let rung = self.rung();
        if !board.is_of_members() {
            let mut state = board.state.lock().await;
            board.look(&self.app, conn, &mut state, rung).await?;
            if !board.has_place(conn, &state, self.viewer).await? {
                self.unplaced = Some(state.watch_for(self.viewer));
                self.snapshot(&state, state.view.clone());
                drop(state);
                self.board = board;
                return Ok(());
            }
        }
        self.unplaced = None;
        self.board = self.app.boards.board(scope, self.period, Some(self.viewer));
        let board = self.board.clone();
        let mut state = board.state.lock().await;
        let whole = board.look_whole(&self.app, conn, &mut state, rung).await?;
        self.snapshot(&state, whole);
        Ok(())
    }

    /// Goes on from its place, on the board that all share or on the viewer's own; with a reset where that is not known any more.
    async fn go_on(&mut self, conn: &mut Conn) -> Result<()> {
        let (scope, period, rung) = (self.board.scope, self.period, self.rung());
        let own = self.app.boards.board(scope, period, Some(self.viewer));
        if own.state.lock().await.reaches_back_to(self.epoch, self.seq) {
            return self.go_on_from(own, conn, rung).await;
        }
        let board = self.app.boards.board(scope, period, None);
        let mut state = board.state.lock().await;
        if state.reaches_back_to(self.epoch, self.seq) {
            board.look(&self.app, conn, &mut state, rung).await?;
            if !board.has_place(conn, &state, self.viewer).await? {
                self.unplaced = Some(state.watch_for(self.viewer));
                self.tell_newer(&state);
                return Ok(());
            }
            if let Some(before) = state.before(self.epoch, self.seq) {
                return self.go_on_from(Board::of_one(scope, period, self.viewer, before), conn, rung).await;
            }
        }
        drop(state);
        self.tell(Update::Reset);
        self.begin(conn).await
    }

    /// Goes on with what is newer on a board that knows its place.
    async fn go_on_from(&mut self, board: Arc<Board>, conn: &mut Conn, rung: u64) -> Result<()> {
        (self.unplaced, self.board) = (None, board.clone());
        let mut state = board.state.lock().await;
        board.look(&self.app, conn, &mut state, rung).await?;
        self.tell_newer(&state);
        Ok(())
    }

    fn rung(&mut self) -> u64 {
        *self.bell.borrow_and_update()
    }

    /// Reads the board and tells what is new.
    async fn look(&mut self, is_shared: bool) -> Result<()> {
        let rung = self.rung();
        self.read_at = Instant::now();
        let app = self.app.clone();
        let mut conn = app.db.conn().await?;
        check_scope(&mut conn, self.viewer, self.scope.clone()).await?;
        let board = self.board.clone();
        let mut state = board.state.lock().await;
        board.look(&app, &mut conn, &mut state, rung).await?;
        if !is_shared && self.unplaced.as_ref().is_some_and(|unplaced| unplaced.is_cancelled()) {
            // They have a place now, and are told of it as of others: on a board of their own that goes on from here.
            let Some(before) = state.before(self.epoch, self.seq) else {
                drop(state);
                self.tell(Update::Reset);
                return self.begin(&mut conn).await;
            };
            drop(state);
            return self.go_on_from(Board::of_one(board.scope, board.period, self.viewer, before), &mut conn, rung).await;
        }
        if state.reaches_back_to(self.epoch, self.seq) {
            self.tell_newer(&state);
            return Ok(());
        }
        self.tell(Update::Reset);
        let view = match board.viewer {
            Some(_) => board.look_whole(&app, &mut conn, &mut state, rung).await?,
            None => state.view.clone(),
        };
        self.snapshot(&state, view);
        Ok(())
    }

    fn tell_newer(&mut self, state: &State) {
        let newer: Vec<(u64, DateTime<Utc>, Entry)> = state.newer(self.seq).cloned().collect();
        for (seq, at, entry) in newer {
            self.seq = seq;
            self.tell_at(at, Update::Changed(entry));
        }
    }

    fn snapshot(&mut self, state: &State, view: View) {
        (self.epoch, self.seq) = (state.epoch, state.seq);
        self.tell(Update::Snapshot(Box::new(view)));
    }

    fn tell(&mut self, update: Update) {
        self.tell_at(self.app.clock.now(), update);
    }

    fn tell_at(&mut self, at: DateTime<Utc>, update: Update) {
        let seen_by = self.board.viewer.unwrap_or(UserId::from_uuid(uuid::Uuid::nil()));
        self.ready.push_back(Item { cursor: self.cursor(), at, update, seen_by });
    }

    fn cursor(&self) -> Cursor {
        Cursor { topic_name: self.topic_name.clone(), epoch: self.epoch, seq: self.seq }
    }
}
