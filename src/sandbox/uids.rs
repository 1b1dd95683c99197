//! Pairs of uids for live cells. The kernel counts processes of a uid over all containers, so no two cells may share one.
//!
//! Within this process the pairs are kept here; between processes the engine is the lock: a cell's container is named after
//! its pair, and the engine refuses a name that is in use (see `docker`).

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::Fault;

/// Pairs a host may have in use at the same time.
const PAIRS: u32 = 4_096;

/// Cheap to clone; clones share the pairs.
#[derive(Clone, Debug)]
pub(super) struct Uids {
    base: u32,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    taken: HashSet<u32>,
    next: u32,
}

/// A pair that is this process's until it is dropped. Drop it only when its container is gone.
#[derive(Debug)]
pub(super) struct UidPair {
    index: u32,
    base: u32,
    state: Arc<Mutex<State>>,
}

impl Uids {
    /// `start` says where to look first: processes that start in different places rarely ask for each other's pairs.
    pub(super) fn new(base: u32, start: u32) -> Self {
        // Aligned, so that deployments with odd and even bases can never overlap by half a pair.
        let base = base.next_multiple_of(2);
        Self { base, state: Arc::new(Mutex::new(State { taken: HashSet::new(), next: start % PAIRS })) }
    }

    /// The next pair that no cell of this process has.
    pub(super) fn take(&self) -> Result<UidPair, Fault> {
        let mut state = lock(&self.state);
        for step in 0..PAIRS {
            let index = (state.next + step) % PAIRS;
            if state.taken.insert(index) {
                state.next = (index + 1) % PAIRS;
                return Ok(UidPair { index, base: self.base, state: self.state.clone() });
            }
        }
        Err(Fault::NoUid)
    }
}

impl UidPair {
    pub(super) fn subject(&self) -> u32 {
        self.base + 2 * self.index
    }

    pub(super) fn judge(&self) -> u32 {
        self.subject() + 1
    }
}

impl Drop for UidPair {
    fn drop(&mut self) {
        lock(&self.state).taken.remove(&self.index);
    }
}

/// The set is whole after every statement, so a panic elsewhere does not spoil it.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_holders_share_a_uid_and_all_pairs_come_back() {
        let uids = Uids::new(200_001, 4_000);
        for _ in 0..2 {
            let pairs: Vec<UidPair> = (0..PAIRS).map(|_| uids.take().unwrap()).collect();
            let seen: HashSet<u32> = pairs.iter().flat_map(|pair| [pair.subject(), pair.judge()]).collect();
            assert_eq!(seen.len(), 2 * PAIRS as usize);
            assert!(pairs.iter().all(|pair| pair.subject() % 2 == 0 && pair.subject() >= 200_002));
            assert_eq!(uids.take().unwrap_err(), Fault::NoUid);
        }
    }

    #[test]
    fn a_pair_just_returned_is_not_the_next_one() {
        let uids = Uids::new(200_000, 0);
        let first = uids.take().unwrap().subject();
        assert_ne!(uids.take().unwrap().subject(), first);
    }
}
