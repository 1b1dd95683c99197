//! Who waits for which topic in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::EventLog;

/// Bells at which those that nobody listens to are looked for, at the least.
const BELLS_SWEPT_AT: usize = 1024;

#[derive(Default)]
pub(super) struct Bells {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bells: HashMap<String, watch::Sender<u64>>,
    /// Bells at which they are swept next.
    sweep_at: usize,
}

impl Bells {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn watch(&self, topic_name: &str) -> watch::Receiver<u64> {
        let mut state = self.state();
        if state.bells.len() >= state.sweep_at.max(BELLS_SWEPT_AT) {
            state.bells.retain(|_, bell| bell.receiver_count() > 0);
            state.sweep_at = 2 * state.bells.len();
        }
        state.bells.entry(topic_name.to_owned()).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    pub(super) fn ring(&self, topic_name: &str) {
        let mut state = self.state();
        // A bell nobody listens to is dropped when it would ring, or in a sweep.
        let Some(bell) = state.bells.get(topic_name) else { return };
        if bell.receiver_count() == 0 {
            state.bells.remove(topic_name);
        } else {
            bell.send_modify(|count| *count += 1);
        }
    }

    /// How often a topic's bell has rung; None when nobody waits for it.
    pub(super) fn rung(&self, topic_name: &str) -> Option<u64> {
        self.state().bells.get(topic_name).filter(|bell| bell.receiver_count() > 0).map(|bell| *bell.borrow())
    }

    /// After a time in which rings may have been missed.
    pub(super) fn ring_all(&self) {
        for bell in self.state().bells.values() {
            bell.send_modify(|count| *count += 1);
        }
    }
}

/// A bell for work: whoever looks for it in any process is woken, and one that was not listening just then looks at once.
pub struct Bell {
    events: Arc<dyn EventLog>,
    name: &'static str,
    heard: tokio::sync::Mutex<watch::Receiver<u64>>,
}

impl Bell {
    #[must_use]
    pub fn new(events: Arc<dyn EventLog>, name: &'static str) -> Self {
        let heard = tokio::sync::Mutex::new(events.watch(name));
        Self { events, name, heard }
    }

    pub fn ring(&self) {
        self.events.ring(self.name);
    }

    /// Returns when it has rung since the last return. Of those that wait on one bell of one process, one is woken.
    pub async fn rung(&self) {
        // The sender lives as long as somebody listens, and this does.
        let _changed = self.heard.lock().await.changed().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bells_that_nobody_listens_to_do_not_pile_up() {
        let bells = Bells::default();
        let kept = bells.watch("kept");
        for number in 0..10 * BELLS_SWEPT_AT {
            drop(bells.watch(&format!("t{number}")));
        }
        assert!(bells.state().bells.len() <= BELLS_SWEPT_AT + 1);
        bells.ring("kept");
        assert!(kept.has_changed().is_ok_and(|changed| changed));
        assert_eq!((bells.rung("kept"), bells.rung("t1")), (Some(1), None));
        bells.ring_all();
        assert_eq!(bells.rung("kept"), Some(2));
    }
}
