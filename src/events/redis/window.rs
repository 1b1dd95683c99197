//! The newest events of a topic, kept for those of this process who follow it: however many they are, one read for each ring.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::{LoggedEvent, Tail, Topic};
use crate::error::{Error, Result};

/// Events of one topic, and their bytes; who is further behind reads by itself.
pub(super) const EVENTS_MAX: usize = 1024;
const BYTES_MAX: usize = 128 * 1024;
/// How long a read is believed although nothing has rung, since a ring may be lost.
const FRESH: Duration = Duration::from_secs(1);
/// How long nobody else asks after an attempt that met no answer.
const AWAY: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(super) struct Window {
    epoch: u64,
    /// Number of the event before the first one that is held.
    from: u64,
    events: VecDeque<LoggedEvent>,
    bytes: usize,
    /// How often the bell had rung when it was read to its end.
    rung: u64,
    read_at: Option<Instant>,
    failed_at: Option<Instant>,
}

impl Window {
    /// Whether it is of an older epoch's reader: that one reads by itself.
    pub(super) fn is_older_than(&self, topic: &Topic) -> bool {
        self.read_at.is_some() && topic.epoch < self.epoch
    }

    pub(super) fn refuse_while_away(&self) -> Result<()> {
        match self.failed_at.filter(|at| at.elapsed() < AWAY) {
            Some(_) => Err(Error::unavailable("The event log does not answer; try again in a moment.")),
            None => Ok(()),
        }
    }

    pub(super) fn failed(&mut self) {
        self.failed_at = Some(Instant::now());
    }

    pub(super) fn reaches_back_to(&self, topic: &Topic, after: u64) -> bool {
        self.read_at.is_some() && self.epoch == topic.epoch && self.from <= after
    }

    /// Whether it holds all there is. A reader who is ahead of it has read elsewhere what is not here yet.
    pub(super) fn is_fresh(&self, rung: u64, after: u64) -> bool {
        self.rung == rung && after <= self.last() && self.read_at.is_some_and(|at| at.elapsed() < FRESH)
    }

    pub(super) fn last(&self) -> u64 {
        self.events.back().map_or(self.from, |event| event.seq)
    }

    pub(super) fn tail(&self, after: u64, max: usize) -> Tail {
        if after > self.last() {
            return Tail::Unknown;
        }
        let skip = usize::try_from(after - self.from).unwrap_or(usize::MAX);
        Tail::Events(self.events.iter().skip(skip).take(max).cloned().collect())
    }

    /// Newer events, read after the last one that it holds.
    pub(super) fn extend(&mut self, newer: Vec<LoggedEvent>, rung: u64) {
        let whole = newer.len() < EVENTS_MAX;
        for event in newer {
            self.bytes += event.payload.len();
            self.events.push_back(event);
        }
        while self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.payload.len();
            self.from = oldest.seq;
        }
        (self.read_at, self.failed_at) = (Some(Instant::now()), None);
        // What was not read to its end is stale at once.
        self.rung = if whole { rung } else { rung.wrapping_sub(1) };
    }

    /// Begins anew with what a reader found after its place; `whole` says that nothing is newer.
    pub(super) fn begin(&mut self, topic: &Topic, after: u64, (events, whole): (&[LoggedEvent], bool), rung: u64) {
        *self = Self { epoch: topic.epoch, from: after, ..Self::default() };
        self.extend(events.to_vec(), rung);
        if !whole {
            self.rung = rung.wrapping_sub(1);
        }
    }
}
