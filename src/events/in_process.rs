//! The log of one process, for one machine without Redis. Bounded; lost with the process, which readers see as [`Tail::Gone`].

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{EventLog, LoggedEvent, Tail, Topic};
use crate::error::{Error, Result};

/// Events kept of one topic; older ones are trimmed.
const EVENTS_PER_TOPIC_MAX: usize = 4096;
/// Topics kept; the one written longest ago goes first.
const TOPICS_MAX: usize = 4096;
/// Bytes of all events kept, so that what learners print cannot fill the memory; again the topic written longest ago goes first.
const BYTES_MAX: usize = 128 * 1024 * 1024;
/// Bells at which those that nobody listens to are looked for, at the least.
const BELLS_SWEPT_AT: usize = 1024;

#[derive(Default)]
pub struct InProcess {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    logs: HashMap<String, Log>,
    bells: HashMap<String, watch::Sender<u64>>,
    /// Counts appends, to find the topic written longest ago.
    tick: u64,
    /// Of all events.
    bytes: usize,
    /// Bells at which they are swept next.
    sweep_at: usize,
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
    fn ring(&mut self, topic_name: &str) {
        // A bell nobody listens to is dropped when it would ring, or in a sweep.
        let Some(bell) = self.bells.get(topic_name) else { return };
        if bell.receiver_count() == 0 {
            self.bells.remove(topic_name);
        } else {
            bell.send_modify(|count| *count += 1);
        }
    }

    fn remove_oldest_but(&mut self, kept: &str) -> bool {
        let others = self.logs.iter().filter(|(name, _)| *name != kept);
        let Some(name) = others.min_by_key(|(_, log)| log.written_at).map(|(name, _)| name.clone()) else { return false };
        self.bytes -= self.logs.remove(&name).map_or(0, |log| log.bytes());
        true
    }

    fn sweep_bells(&mut self) {
        if self.bells.len() >= self.sweep_at.max(BELLS_SWEPT_AT) {
            self.bells.retain(|_, bell| bell.receiver_count() > 0);
            self.sweep_at = 2 * self.bells.len();
        }
    }
}

#[async_trait]
impl EventLog for InProcess {
    async fn append(&self, topic: &Topic, event: LoggedEvent) -> Result<()> {
        let mut state = self.state();
        state.tick += 1;
        let tick = state.tick;
        if !state.logs.contains_key(&topic.name) && state.logs.len() >= TOPICS_MAX {
            state.remove_oldest_but(&topic.name);
        }
        let State { logs, bytes, .. } = &mut *state;
        let fresh = || Log { epoch: topic.epoch, trimmed_to: event.seq.saturating_sub(1), events: VecDeque::new(), written_at: tick };
        let log = logs.entry(topic.name.clone()).or_insert_with(fresh);
        if topic.epoch < log.epoch {
            return Err(Error::broken("an event of a deposed generation was refused"));
        }
        if topic.epoch > log.epoch {
            *bytes -= log.bytes();
            *log = fresh();
        }
        let last = log.last_seq();
        if event.seq <= last {
            return Ok(());
        }
        if event.seq != last + 1 {
            return Err(Error::broken("an event left a hole in its log"));
        }
        *bytes += bytes_of(&event);
        log.events.push_back(event);
        log.written_at = tick;
        if log.events.len() > EVENTS_PER_TOPIC_MAX
            && let Some(oldest) = log.events.pop_front()
        {
            log.trimmed_to = oldest.seq;
            *bytes -= bytes_of(&oldest);
        }
        while state.bytes > BYTES_MAX && state.remove_oldest_but(&topic.name) {}
        state.ring(&topic.name);
        Ok(())
    }

    async fn read_after(&self, topic: &Topic, after: u64, max: usize) -> Result<Tail> {
        let state = self.state();
        let Some(log) = state.logs.get(&topic.name).filter(|log| log.epoch == topic.epoch) else { return Ok(Tail::Gone) };
        if after < log.trimmed_to || after > log.last_seq() {
            return Ok(Tail::Gone);
        }
        let skip = usize::try_from(after - log.trimmed_to).unwrap_or(usize::MAX);
        Ok(Tail::Events(log.events.iter().skip(skip).take(max).cloned().collect()))
    }

    fn watch(&self, topic_name: &str) -> watch::Receiver<u64> {
        let mut state = self.state();
        state.sweep_bells();
        state.bells.entry(topic_name.to_owned()).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    fn ring(&self, topic_name: &str) {
        self.state().ring(topic_name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(seq: u64) -> LoggedEvent {
        LoggedEvent { seq, payload: format!("{seq}").into() }
    }

    fn topic(epoch: u64) -> Topic {
        Topic { name: "t".to_owned(), epoch }
    }

    fn seqs(tail: Tail) -> Option<Vec<u64>> {
        match tail {
            Tail::Events(events) => Some(events.iter().map(|event| event.seq).collect()),
            Tail::Gone => None,
        }
    }

    #[tokio::test]
    async fn a_reader_gets_what_is_newer_in_order_and_once() -> Result<()> {
        let log = InProcess::default();
        for seq in [1, 2, 2, 3] {
            log.append(&topic(1), event(seq)).await?;
        }
        assert_eq!(seqs(log.read_after(&topic(1), 0, 10).await?), Some(vec![1, 2, 3]));
        assert_eq!(seqs(log.read_after(&topic(1), 2, 10).await?), Some(vec![3]));
        assert_eq!(seqs(log.read_after(&topic(1), 3, 10).await?), Some(vec![]));
        assert!(log.append(&topic(1), event(5)).await.is_err(), "a hole");
        Ok(())
    }

    #[tokio::test]
    async fn a_new_epoch_closes_the_old_one() -> Result<()> {
        let log = InProcess::default();
        log.append(&topic(1), event(1)).await?;
        log.append(&topic(2), event(1)).await?;
        assert!(log.append(&topic(1), event(2)).await.is_err());
        assert_eq!(seqs(log.read_after(&topic(1), 0, 10).await?), None);
        assert_eq!(seqs(log.read_after(&topic(2), 0, 10).await?), Some(vec![1]));
        Ok(())
    }

    #[tokio::test]
    async fn trimming_is_a_gap_and_not_a_silent_hole() -> Result<()> {
        let log = InProcess::default();
        for seq in 1..=(EVENTS_PER_TOPIC_MAX as u64 + 10) {
            log.append(&topic(1), event(seq)).await?;
        }
        assert_eq!(seqs(log.read_after(&topic(1), 9, 1).await?), None);
        assert_eq!(seqs(log.read_after(&topic(1), 10, 1).await?), Some(vec![11]));
        Ok(())
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_in_bytes_and_the_newest_stays() -> Result<()> {
        let log = InProcess::default();
        let named = |number: usize| Topic { name: format!("t{number}"), epoch: 1 };
        let payload: std::sync::Arc<str> = "x".repeat(1024 * 1024).into();
        let topics = BYTES_MAX / payload.len() + 10;
        for number in 0..topics {
            log.append(&named(number), LoggedEvent { seq: 1, payload: payload.clone() }).await?;
        }
        let (bytes, counted) = {
            let state = log.state();
            (state.bytes, state.logs.values().map(Log::bytes).sum::<usize>())
        };
        assert!(bytes <= BYTES_MAX);
        assert_eq!(bytes, counted);
        assert!(matches!(log.read_after(&named(0), 0, 1).await?, Tail::Gone));
        assert_eq!(seqs(log.read_after(&named(topics - 1), 0, 1).await?), Some(vec![1]));
        Ok(())
    }

    #[test]
    fn bells_that_nobody_listens_to_do_not_pile_up() {
        let log = InProcess::default();
        let kept = log.watch("kept");
        for number in 0..10 * BELLS_SWEPT_AT {
            drop(log.watch(&format!("t{number}")));
        }
        assert!(log.state().bells.len() <= BELLS_SWEPT_AT + 1);
        log.ring("kept");
        assert!(kept.has_changed().is_ok_and(|changed| changed));
    }

    #[tokio::test]
    async fn a_watcher_is_rung_by_an_append() -> Result<()> {
        let log = InProcess::default();
        let mut bell = log.watch("t");
        log.append(&topic(1), event(1)).await?;
        assert!(bell.has_changed().is_ok_and(|changed| changed));
        bell.mark_unchanged();
        Ok(())
    }
}
