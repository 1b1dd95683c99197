//! The log of one process, for one machine without Redis. Bounded; lost with the process, which readers see as [`Tail::Unknown`].

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Appended, EVENTS_PER_TOPIC_MAX, EventLog, LoggedEvent, Tail, Topic, bells::Bells};
use crate::error::{Error, Result};

/// Topics kept; the one written longest ago goes first.
const TOPICS_MAX: usize = 4096;
/// Bytes of all events kept, so that what learners print cannot fill the memory; again the topic written longest ago goes first.
const BYTES_MAX: usize = 128 * 1024 * 1024;

#[derive(Default)]
pub struct InProcess {
    state: Mutex<State>,
    bells: Bells,
}

#[derive(Default)]
struct State {
    logs: HashMap<String, Log>,
    /// Counts appends, to find the topic written longest ago.
    tick: u64,
    /// Of all events.
    bytes: usize,
}

struct Log {
    epoch: u64,
    /// Sequence of the newest event that was trimmed; 0 when none was.
    trimmed_to: u64,
    events: VecDeque<LoggedEvent>,
    written_at: u64,
}

fn bytes_of(event: &LoggedEvent) -> usize {
    size_of::<LoggedEvent>() + event.payload.len()
}

impl Log {
    fn new(epoch: u64) -> Self {
        Self { epoch, trimmed_to: 0, events: VecDeque::new(), written_at: 0 }
    }

    fn bytes(&self) -> usize {
        self.events.iter().map(bytes_of).sum()
    }

    fn last_seq(&self) -> u64 {
        self.events.back().map_or(self.trimmed_to, |event| event.seq)
    }
}

impl InProcess {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove_oldest_but(&mut self, kept: &str) -> bool {
        let others = self.logs.iter().filter(|(name, _)| *name != kept);
        let Some(name) = others.min_by_key(|(_, log)| log.written_at).map(|(name, _)| name.clone()) else { return false };
        self.bytes -= self.logs.remove(&name).map_or(0, |log| log.bytes());
        true
    }
}

#[async_trait]
impl EventLog for InProcess {
    async fn append(&self, topic: &Topic, events: &[LoggedEvent]) -> Result<Appended> {
        let Some(first) = events.first() else { return Ok(Appended::Stored) };
        let mut state = self.state();
        state.tick += 1;
        let tick = state.tick;
        let held = state.logs.get(&topic.name);
        if held.is_some_and(|log| topic.epoch < log.epoch) {
            return Err(Error::broken("an event of a deposed generation was refused"));
        }
        let last = held.filter(|log| log.epoch == topic.epoch).map_or(0, Log::last_seq);
        if first.seq > last + 1 {
            return Ok(Appended::Lost { last });
        }
        if held.is_none() && state.logs.len() >= TOPICS_MAX {
            state.remove_oldest_but(&topic.name);
        }
        let State { logs, bytes, .. } = &mut *state;
        let log = logs.entry(topic.name.clone()).or_insert_with(|| Log::new(topic.epoch));
        if topic.epoch > log.epoch {
            *bytes -= log.bytes();
            *log = Log::new(topic.epoch);
        }
        log.written_at = tick;
        for event in events.iter().filter(|event| event.seq > last) {
            *bytes += bytes_of(event);
            log.events.push_back(event.clone());
        }
        while log.events.len() > EVENTS_PER_TOPIC_MAX
            && let Some(oldest) = log.events.pop_front()
        {
            log.trimmed_to = oldest.seq;
            *bytes -= bytes_of(&oldest);
        }
        while state.bytes > BYTES_MAX && state.remove_oldest_but(&topic.name) {}
        drop(state);
        self.bells.ring(&topic.name);
        Ok(Appended::Stored)
    }

    async fn read_after(&self, topic: &Topic, after: u64, max: usize) -> Result<Tail> {
        let state = self.state();
        let Some(log) = state.logs.get(&topic.name).filter(|log| log.epoch == topic.epoch) else { return Ok(Tail::Unknown) };
        if after > log.last_seq() {
            return Ok(Tail::Unknown);
        }
        if after < log.trimmed_to {
            return Ok(Tail::Trimmed);
        }
        let skip = usize::try_from(after - log.trimmed_to).unwrap_or(usize::MAX);
        Ok(Tail::Events(log.events.iter().skip(skip).take(max).cloned().collect()))
    }

    fn watch(&self, topic_name: &str) -> watch::Receiver<u64> {
        self.bells.watch(topic_name)
    }

    fn system(&self) -> &'static str {
        "in_process"
    }

    fn ring(&self, topic_name: &str) {
        self.bells.ring(topic_name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_is_bounded_in_bytes_and_the_newest_stays() -> Result<()> {
        let log = InProcess::default();
        let named = |number: usize| Topic { name: format!("t{number}"), epoch: 1 };
        let payload: std::sync::Arc<str> = "x".repeat(1024 * 1024).into();
        let topics = BYTES_MAX / payload.len() + 10;
        for number in 0..topics {
            assert_eq!(log.append(&named(number), &[LoggedEvent { seq: 1, payload: payload.clone() }]).await?, Appended::Stored);
        }
        let (bytes, counted) = {
            let state = log.state();
            (state.bytes, state.logs.values().map(Log::bytes).sum::<usize>())
        };
        assert!(bytes <= BYTES_MAX);
        assert_eq!(bytes, counted);
        assert!(matches!(log.read_after(&named(0), 0, 1).await?, Tail::Unknown));
        assert!(matches!(log.read_after(&named(topics - 1), 0, 1).await?, Tail::Events(events) if events.len() == 1));
        Ok(())
    }
}
