//! A submission as it happens: the events of its log, the worker's pen ([`RunLog`]) and the subscriber's eye ([`Follower`]).
//!
//! One log a (submission, generation), numbered from 1, written by the holder of that generation alone. Being queued is
//! state and not an event, so a waiting submission already counts as the first place of its next generation.

mod follow;
mod line;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
pub use follow::{Follower, Item, Publication, ResetCause, Update};
pub use line::Line;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::{
    CheckStatus, QueuePlace, Submission, SubmissionCheck,
    types::{Status, Verdict},
};
use crate::{
    db::ids::{SubmissionId, TypedId},
    error::{Code, Error, Result},
    events::{Appended, Cursor, EventLog, LoggedEvent, Tail, Topic},
    telemetry::{self, Kind as SpanKind, Parent, Span},
    text_enum,
};

text_enum! {
    /// Which of a program's streams printed.
    pub enum Stream {
        Stdout = "STDOUT",
        Stderr = "STDERR",
    }
}

/// What a log holds of one event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Logged {
    pub at: DateTime<Utc>,
    /// The span that published it, as W3C writes it: of the first and the last event, when anybody will see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Event {
    Started,
    Output {
        stream: Stream,
        text: String,
        /// Bytes of UTF-8 in this stream before the text.
        offset: u64,
        /// Something was cut off here or before, because of a cap.
        truncated: bool,
    },
    CheckStarted {
        check: SubmissionCheck,
    },
    CheckFinished {
        check: SubmissionCheck,
    },
    Finished {
        verdict: Verdict,
    },
}

/// The log of one generation.
#[must_use]
pub fn topic(id: SubmissionId, generation: i32) -> Topic {
    Topic { name: topic_name(id), epoch: u64::try_from(generation).unwrap_or(0) }
}

#[must_use]
pub fn topic_name(id: SubmissionId) -> String {
    format!("submission:{}", id.uuid())
}

/// Rung when a worker should look at its submission's row again: a cancel was asked for.
#[must_use]
pub fn control_name(id: SubmissionId) -> String {
    format!("submission-control:{}", id.uuid())
}

/// Rung when something was typed into a run.
#[must_use]
pub fn input_name(id: SubmissionId) -> String {
    format!("submission-input:{}", id.uuid())
}

/// The epoch a subscriber of this row belongs to: the next generation while it waits.
#[must_use]
pub fn epoch(row: &Submission) -> u64 {
    let generation = u64::try_from(row.generation).unwrap_or(0);
    if row.status == Status::Queued { generation + 1 } else { generation }
}

/// Bytes of events that are appended at once.
const APPENDED_BYTES_MAX: usize = 256 * 1024;
/// How long the pen waits before it asks a log again that did not answer.
const APPEND_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The worker's pen: numbers events and appends them. It keeps them all, so that a log that was lost, or was away, is made whole again
/// under the same numbers.
pub struct RunLog {
    events: Arc<dyn EventLog>,
    id: SubmissionId,
    topic: Topic,
    written: Vec<LoggedEvent>,
    /// How many of them the log has, as far as is known here.
    stored: usize,
    away_since: Option<Instant>,
}

impl RunLog {
    pub fn new(events: Arc<dyn EventLog>, id: SubmissionId, generation: i32) -> Self {
        Self { events, id, topic: topic(id, generation), written: Vec::new(), stored: 0, away_since: None }
    }

    /// The sequence the next event will get.
    #[must_use]
    pub fn next_seq(&self) -> u64 {
        self.written.len() as u64 + 1
    }

    /// Whether the log has all events, as far as is known here.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.stored == self.written.len()
    }

    /// A log that does not answer is no error: the event is kept for the next append, or for [`RunLog::mend`].
    pub async fn append(&mut self, at: DateTime<Utc>, event: Event) -> Result<()> {
        let span = self.publication(&event);
        let traceparent = span.parent().filter(Parent::is_sampled).map(|parent| parent.traceparent());
        let payload = serde_json::to_string(&Logged { at, traceparent, event })?;
        self.written.push(LoggedEvent { seq: self.next_seq(), payload: payload.into() });
        span.around(self.store()).await
    }

    /// A run may have thousands of events: those that it begins and ends with are enough to find the others.
    fn publication(&self, event: &Event) -> Span {
        let name = match event {
            Event::Started => "started",
            Event::Finished { .. } => "finished",
            _ => return Span::default(),
        };
        let mut span = telemetry::span("send submission-events", SpanKind::Producer).begin();
        span.message(self.events.system(), "submission-events", "send", self.id.uuid()).word("wts.event", name);
        span
    }

    /// Looks whether the log still has everything, and appends again what it has not.
    pub async fn mend(&mut self) -> Result<()> {
        self.stored = self.stored.min(self.written.len().saturating_sub(1));
        self.store().await
    }

    async fn store(&mut self) -> Result<()> {
        if self.away_since.is_some_and(|since| since.elapsed() < APPEND_AGAIN_AFTER) {
            return Ok(());
        }
        self.away_since = None;
        while let Some(batch) = self.batch() {
            match self.events.append(&self.topic, batch).await {
                Ok(Appended::Stored) => self.stored += batch.len(),
                Ok(Appended::Lost { last }) => {
                    let last = usize::try_from(last).unwrap_or(usize::MAX);
                    if last >= self.stored {
                        return Err(Error::broken("the event log says that it lost what it has"));
                    }
                    tracing::warn!(
                        topic = self.topic.name,
                        last,
                        written = self.written.len(),
                        "an event log was lost and is written again"
                    );
                    self.stored = last;
                }
                Err(error) if error.code() == Code::Unavailable => {
                    self.away_since = Some(Instant::now());
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The next events to store, at least one.
    fn batch(&self) -> Option<&[LoggedEvent]> {
        let missing = self.written.get(self.stored..).filter(|missing| !missing.is_empty())?;
        let mut bytes = 0;
        let fits = missing.iter().take_while(|event| {
            bytes += event.payload.len();
            bytes <= APPENDED_BYTES_MAX
        });
        let count = fits.count().max(1);
        missing.get(..count)
    }
}

/// Says to every subscriber that a submission has ended which no worker held.
pub async fn announce_end(events: &Arc<dyn EventLog>, row: &Submission, now: DateTime<Utc>) -> Result<()> {
    let verdict = row.verdict.ok_or_else(|| Error::broken("a submission was announced before its end"))?;
    RunLog::new(Arc::clone(events), row.id, row.generation).append(now, Event::Finished { verdict }).await
}

/// What a subscriber has been told so far, folded from the log.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    pub stdout: String,
    pub stderr: String,
    pub truncated: bool,
    /// Newest state of each check that has begun.
    pub checks: Vec<SubmissionCheck>,
    pub seq: u64,
    pub finished: bool,
}

impl Progress {
    fn apply(&mut self, seq: u64, event: Event) {
        self.seq = seq;
        match event {
            Event::Started => {}
            Event::Output { stream, text, truncated, .. } => {
                self.truncated |= truncated;
                match stream {
                    Stream::Stdout => self.stdout.push_str(&text),
                    Stream::Stderr => self.stderr.push_str(&text),
                }
            }
            Event::CheckStarted { check } | Event::CheckFinished { check } => {
                match self.checks.iter_mut().find(|known| known.check_id == check.check_id) {
                    Some(known) => *known = check,
                    None => self.checks.push(check),
                }
            }
            Event::Finished { .. } => self.finished = true,
        }
    }
}

/// The output and checks so far of a running submission; empty when its log is not known here.
pub async fn progress(events: &Arc<dyn EventLog>, row: &Submission) -> Result<Progress> {
    let mut progress = Progress::default();
    let topic = topic(row.id, row.generation);
    if let Tail::Events(logged) = events.read_after(&topic, 0, usize::MAX).await? {
        for event in logged {
            progress.apply(event.seq, decode(&event)?.event);
        }
    }
    Ok(progress)
}

fn decode(event: &LoggedEvent) -> Result<Logged> {
    Ok(serde_json::from_str(&event.payload)?)
}

/// Everything a snapshot shows.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub row: Submission,
    /// Output and checks so far while it runs; None once it has ended, when both are in the database.
    pub progress: Option<Arc<Progress>>,
    pub place: Option<QueuePlace>,
    pub cursor: Cursor,
}

/// Declared checks that have not begun, for showing the whole list from the start.
#[must_use]
pub fn pending_checks(id: SubmissionId, body: &crate::curriculum::ChallengeBody, kind: super::Kind) -> Vec<SubmissionCheck> {
    let specs = body.tasks.iter().flat_map(|task| &task.checks);
    let specs = specs.map(|spec| (spec, spec.visibility));
    let shown = specs.filter(|(_, visibility)| kind != super::Kind::Checks || *visibility != super::Visibility::Hidden);
    let rows = shown.enumerate().map(|(index, (spec, visibility))| SubmissionCheck {
        submission_id: id,
        position: i32::try_from(index).unwrap_or(i32::MAX),
        check_id: spec.id.clone(),
        title: spec.title.clone(),
        status: CheckStatus::Pending,
        points: 0,
        max_points: spec.points,
        visibility,
        message: None,
        expected: None,
        actual: None,
        cpu_ms: None,
        wall_ms: None,
        peak_memory_kib: None,
    });
    rows.collect()
}
