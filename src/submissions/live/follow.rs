//! A subscriber's eye on one submission: a snapshot or a cursor, then everything newer in order, then live, then the end.
//! What cannot be continued is a [`Update::Reset`] followed at once by a snapshot, never a silent gap.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};

use super::{Event, Line, Snapshot, Submission, decode, epoch, progress, topic_name};
use crate::{
    auth::Viewer,
    clock::Clock,
    db::{Db, ids::SubmissionId},
    error::{Code, Result},
    events::{Cursor, EventLog, LoggedEvent, Tail, Topic},
    submissions::{self, QueuePlace, types::Status},
};

/// How long a follower trusts the bell before it looks at the row: also the shortest time between two queue positions.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a log may be missing, or not answer, before a stream starts again from a snapshot: longer than a worker needs to write a
/// lost one again.
const PATIENCE: Duration = Duration::from_secs(4);
/// Events taken from the log at a time.
const BATCH: usize = 256;

/// Why a stream starts again from a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// The submission is run again under a new generation.
    NewGeneration,
    /// The log no longer reaches back to the cursor.
    Trimmed,
}

#[derive(Clone, Debug)]
pub enum Update {
    Snapshot(Box<Snapshot>),
    QueuePosition(QueuePlace),
    Event(Event),
    /// The end, with the submission as it is stored.
    Finished(Box<Snapshot>),
    Reset(ResetCause),
}

/// One thing to tell a subscriber, and where the stream stands after it.
#[derive(Clone, Debug)]
pub struct Item {
    pub cursor: Cursor,
    pub at: DateTime<Utc>,
    pub update: Update,
    /// Of what is told from the log.
    pub publication: Option<Publication>,
}

/// When an event was published, and by which span, as W3C writes it.
#[derive(Clone, Debug)]
pub struct Publication {
    pub at: DateTime<Utc>,
    pub traceparent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    epoch: u64,
    seq: u64,
}

/// What a look into the log found.
enum Read {
    Events(Vec<LoggedEvent>),
    Trimmed,
    Unknown,
    /// It does not answer.
    Away,
}

pub struct Follower {
    db: Db,
    events: Arc<dyn EventLog>,
    clock: Clock,
    line: Arc<Line>,
    viewer: Viewer,
    id: SubmissionId,
    bell: watch::Receiver<u64>,
    place: Option<Place>,
    told: Option<QueuePlace>,
    /// Since when the log has not had what must be there.
    missing_since: Option<Instant>,
    ready: VecDeque<Item>,
    ended: bool,
}

impl Follower {
    /// NOT_FOUND for what the viewer may not read, BAD_USER_INPUT for a cursor of something else.
    pub async fn start(app: &crate::app::App, viewer: &Viewer, id: SubmissionId, after: Option<&str>) -> Result<Self> {
        let name = topic_name(id);
        let mut follower = Self {
            db: app.db.clone(),
            events: Arc::clone(&app.events),
            clock: app.clock.clone(),
            line: Arc::clone(&app.queue_line),
            viewer: viewer.clone(),
            id,
            // Before anything is read, so that what happens in between rings.
            bell: app.events.watch(&name),
            place: None,
            told: None,
            missing_since: None,
            ready: VecDeque::new(),
            ended: false,
        };
        let row = follower.row().await?;
        match after {
            // A log that does not answer is waited for, here as later.
            None => match follower.snapshot().await {
                Err(error) if error.code() == Code::Unavailable => {}
                snapshot => snapshot?,
            },
            Some(text) => {
                let cursor = Cursor::decode(text, &name)?;
                follower.place = Some(Place { epoch: cursor.epoch, seq: cursor.seq });
                if cursor.epoch != epoch(&row) || row.status == Status::Finished {
                    follower.look().await?;
                }
            }
        }
        Ok(follower)
    }

    /// Whether it cannot go on from its cursor.
    #[must_use]
    pub fn begins_anew(&self) -> bool {
        self.ready.front().is_some_and(|item| matches!(item.update, Update::Reset(_)))
    }

    /// Its cursor, unless there is something to be told at once.
    #[must_use]
    pub fn stands_at(&self) -> Option<Cursor> {
        self.place.filter(|_| self.ready.is_empty()).map(|place| self.cursor(place))
    }

    /// The next update; None after the end. While the database is away it waits: an error would end a stream that a moment's patience
    /// can go on with.
    pub async fn next(&mut self) -> Option<Result<Item>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            if self.ended {
                return None;
            }
            let (place, told) = (self.place, self.told);
            match self.advance().await {
                Ok(()) => {}
                Err(error) if error.code() == Code::Unavailable => {
                    // What was half told is told again, from the same place.
                    self.ready.clear();
                    (self.place, self.told, self.ended) = (place, told, false);
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
    }

    async fn row(&self) -> Result<Submission> {
        let mut conn = self.db.conn().await?;
        submissions::read(&mut conn, &self.viewer, self.id).await
    }

    async fn advance(&mut self) -> Result<()> {
        let Some(place) = self.place else { return self.snapshot().await };
        self.bell.mark_unchanged();
        match self.read(place).await? {
            Read::Events(events) if events.is_empty() => self.missing_since = None,
            Read::Events(events) => {
                self.missing_since = None;
                for event in events {
                    let logged = decode(&event)?;
                    let place = Place { epoch: place.epoch, seq: event.seq };
                    let publication = Some(Publication { at: logged.at, traceparent: logged.traceparent });
                    if matches!(logged.event, Event::Finished { .. }) {
                        self.finish().await?;
                    } else {
                        self.tell(place, logged.at, Update::Event(logged.event));
                    }
                    if let Some(item) = self.ready.back_mut() {
                        item.publication = publication;
                    }
                    if self.ended {
                        return Ok(());
                    }
                }
                return Ok(());
            }
            Read::Trimmed | Read::Unknown | Read::Away => {
                self.look().await?;
                if !self.ready.is_empty() || self.ended {
                    return Ok(());
                }
            }
        }
        if timeout(LOOK_EVERY, self.bell.changed()).await.is_err() {
            self.look().await?;
        }
        Ok(())
    }

    async fn read(&self, place: Place) -> Result<Read> {
        let topic = Topic { name: topic_name(self.id), epoch: place.epoch };
        match self.events.read_after(&topic, place.seq, BATCH).await {
            Ok(Tail::Events(events)) => Ok(Read::Events(events)),
            Ok(Tail::Trimmed) => Ok(Read::Trimmed),
            Ok(Tail::Unknown) => Ok(Read::Unknown),
            Err(error) if error.code() == Code::Unavailable => Ok(Read::Away),
            Err(error) => Err(error),
        }
    }

    /// Whether to wait still for what is missing.
    fn is_patient(&mut self) -> bool {
        self.missing_since.get_or_insert_with(Instant::now).elapsed() < PATIENCE
    }

    /// Compares the place with the row: the truth when the log says nothing.
    async fn look(&mut self) -> Result<()> {
        let now = self.clock.now();
        if let Some(place) = self.place.filter(|place| place.seq == 0)
            && let Some((epoch, found)) = self.line.place(&self.db, now, self.id).await?
            && epoch == place.epoch
        {
            // It waits as it did: that costs the database nothing, however many look.
            self.tell_queue_place(place, found);
            return Ok(());
        }
        let row = self.row().await?;
        let Some(place) = self.place else { return self.snapshot().await };
        if place.epoch != epoch(&row) {
            self.tell(place, self.clock.now(), Update::Reset(ResetCause::NewGeneration));
            return self.snapshot().await;
        }
        match row.status {
            // Too new for the line that all share; the next look finds it there.
            Status::Queued => Ok(()),
            Status::Running => self.look_at_running(place, &row).await,
            Status::Finished => self.look_at_finished(place, &row).await,
        }
    }

    async fn look_at_running(&mut self, place: Place, row: &Submission) -> Result<()> {
        let gone = match self.read(place).await? {
            Read::Events(_) | Read::Away => false,
            Read::Trimmed => true,
            // A log that has not begun is no gap. One that has and was lost is written again by its worker, who may have died too.
            Read::Unknown => (place.seq > 0 || progress(&self.events, row).await?.seq > 0) && !self.is_patient(),
        };
        if gone {
            self.tell(place, self.clock.now(), Update::Reset(ResetCause::Trimmed));
            self.snapshot().await?;
        }
        Ok(())
    }

    async fn look_at_finished(&mut self, place: Place, row: &Submission) -> Result<()> {
        let last = row.final_seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(1);
        if place.seq >= last {
            self.ended = true;
            return Ok(());
        }
        match self.read(place).await? {
            Read::Events(events) if !events.is_empty() => return Ok(()),
            // It comes back, perhaps, or its worker is about to complete it; the end is known all the same.
            Read::Away | Read::Events(_) if place.seq + 1 < last && self.is_patient() => return Ok(()),
            Read::Events(_) | Read::Trimmed | Read::Unknown | Read::Away => {}
        }
        if place.seq + 1 == last {
            return self.finish().await;
        }
        self.tell(place, self.clock.now(), Update::Reset(ResetCause::Trimmed));
        self.snapshot().await
    }

    fn tell_queue_place(&mut self, place: Place, found: QueuePlace) {
        if self.told.is_none_or(|told| told.position != found.position) {
            self.told = Some(found);
            self.tell(place, self.clock.now(), Update::QueuePosition(found));
        }
    }

    async fn snapshot(&mut self) -> Result<()> {
        let row = self.row().await?;
        let now = self.clock.now();
        match row.status {
            Status::Finished => {
                let last = row.final_seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(1);
                let place = Place { epoch: epoch(&row), seq: last.saturating_sub(1) };
                let snapshot = self.show(row, None, place);
                self.tell(place, now, Update::Snapshot(Box::new(snapshot)));
                self.finish().await
            }
            Status::Queued => {
                let place = Place { epoch: epoch(&row), seq: 0 };
                let mut conn = self.db.conn().await?;
                self.told = submissions::queue_places(&mut conn, now, &[self.id]).await?.remove(&self.id);
                drop(conn);
                let snapshot = self.show(row, None, place);
                self.tell(place, now, Update::Snapshot(Box::new(snapshot)));
                Ok(())
            }
            Status::Running => {
                let so_far = progress(&self.events, &row).await?;
                if so_far.finished {
                    return self.finish_from_the_start().await;
                }
                let place = Place { epoch: epoch(&row), seq: so_far.seq };
                let snapshot = self.show(row, Some(so_far), place);
                self.tell(place, now, Update::Snapshot(Box::new(snapshot)));
                Ok(())
            }
        }
    }

    /// The row was read just before it ended: it is stored by now, since the terminal event follows the commit.
    async fn finish_from_the_start(&mut self) -> Result<()> {
        let row = self.row().await?;
        if row.status == Status::Finished {
            return Box::pin(self.snapshot()).await;
        }
        // Claimed anew in between; the next look finds the new generation.
        self.place = Some(Place { epoch: epoch(&row), seq: 0 });
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        let row = self.row().await?;
        let last = row.final_seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(1);
        let place = Place { epoch: epoch(&row), seq: last };
        let at = row.finished_at.unwrap_or_else(|| self.clock.now());
        let snapshot = self.show(row, None, place);
        self.tell(place, at, Update::Finished(Box::new(snapshot)));
        self.ended = true;
        Ok(())
    }

    fn show(&self, row: Submission, so_far: Option<super::Progress>, place: Place) -> Snapshot {
        Snapshot { place: self.told, progress: so_far.map(Arc::new), cursor: self.cursor(place), row }
    }

    fn cursor(&self, place: Place) -> Cursor {
        Cursor { topic_name: topic_name(self.id), epoch: place.epoch, seq: place.seq }
    }

    fn tell(&mut self, place: Place, at: DateTime<Utc>, update: Update) {
        self.place = Some(place);
        let cursor = self.cursor(place);
        self.ready.push_back(Item { cursor, at, update, publication: None });
    }
}
