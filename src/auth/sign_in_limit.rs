//! How many failed sign-ins an account and an address have: 10 in 15 minutes. Successes are not counted.
//!
//! A stranger must not lock an account: an address the account has signed in from counts its own failures only.
//! A verdict is recorded after the password was verified, under one lock, so that a thousand guesses at once learn
//! no more than ten in a row.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::viewer::ClientAddress;

pub const FAILURES_MAX: usize = 10;
pub const WINDOW: Duration = Duration::from_mins(15);
/// Accounts and addresses remembered; past it the one that failed longest ago is forgotten.
const KEYS_MAX: usize = 50_000;

type Key = [u8; 16];

#[derive(Default)]
pub struct SignInLimit {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: HashMap<Key, VecDeque<DateTime<Utc>>>,
    /// Account and address pairs that have signed in.
    known: HashSet<Key>,
}

/// What is counted for one attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    account: Key,
    address: Option<Key>,
    pair: Option<Key>,
}

impl Attempt {
    /// An IPv6 address counts as its /64, which is what one subscriber gets.
    #[must_use]
    pub fn new(email: &str, address: Option<ClientAddress>) -> Self {
        let place = address.map(|ClientAddress(ip)| match ip.to_canonical() {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
        });
        Self {
            account: key(&[b"account", email.as_bytes()]),
            address: place.as_ref().map(|place| key(&[b"address", place])),
            pair: place.as_ref().map(|place| key(&[b"pair", place, email.as_bytes()])),
        }
    }
}

fn key(parts: &[&[u8]]) -> Key {
    let digest = Sha256::digest(parts.join(&0u8));
    std::array::from_fn(|index| digest[index])
}

impl SignInLimit {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `Err` is how long to wait. Asked before the password is looked at.
    pub fn check(&self, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), Duration> {
        self.state().check(attempt, now)
    }

    /// Whether the verdict may be told; a failure is counted when it is.
    pub fn record(&self, attempt: &Attempt, succeeded: bool, now: DateTime<Utc>) -> Result<(), Duration> {
        let mut state = self.state();
        state.check(attempt, now)?;
        if succeeded {
            state.welcome(attempt);
        } else {
            for key in [Some(attempt.account), attempt.address, attempt.pair].into_iter().flatten() {
                state.count(key, now);
            }
        }
        Ok(())
    }

    /// An account was made from here.
    pub fn welcome(&self, attempt: &Attempt) {
        self.state().welcome(attempt);
    }
}

impl State {
    fn check(&mut self, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), Duration> {
        let keys = match attempt.pair {
            Some(pair) if self.known.contains(&pair) => [Some(pair), None],
            _ => [Some(attempt.account), attempt.address],
        };
        let wait = keys.into_iter().flatten().filter_map(|key| self.wait(key, now)).max();
        wait.map_or(Ok(()), Err)
    }

    fn wait(&mut self, key: Key, now: DateTime<Utc>) -> Option<Duration> {
        let failures = self.failures.get_mut(&key)?;
        failures.retain(|at| *at + WINDOW > now);
        if failures.len() < FAILURES_MAX {
            if failures.is_empty() {
                self.failures.remove(&key);
            }
            return None;
        }
        let reopens = *failures.get(failures.len() - FAILURES_MAX)? + WINDOW;
        Some((reopens - now).to_std().unwrap_or_default())
    }

    fn count(&mut self, key: Key, now: DateTime<Utc>) {
        if self.failures.len() >= KEYS_MAX && !self.failures.contains_key(&key) {
            self.failures.retain(|_, failures| failures.back().is_some_and(|at| *at + WINDOW > now));
        }
        if self.failures.len() >= KEYS_MAX && !self.failures.contains_key(&key) {
            let oldest = self.failures.iter().min_by_key(|(_, failures)| failures.back().copied()).map(|(key, _)| *key);
            oldest.map(|key| self.failures.remove(&key));
        }
        let failures = self.failures.entry(key).or_default();
        failures.push_back(now);
        if failures.len() > FAILURES_MAX {
            failures.pop_front();
        }
    }

    fn welcome(&mut self, attempt: &Attempt) {
        let Some(pair) = attempt.pair else { return };
        self.failures.remove(&pair);
        if self.known.len() >= KEYS_MAX {
            self.known.clear();
        }
        self.known.insert(pair);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000 + seconds, 0).unwrap()
    }

    fn attempt(email: &str, last: u8) -> Attempt {
        Attempt::new(email, Some(ClientAddress(IpAddr::from([10, 0, 0, last]))))
    }

    fn fail(limit: &SignInLimit, attempt: &Attempt, times: usize) {
        for _ in 0..times {
            limit.record(attempt, false, at(0)).unwrap();
        }
    }

    #[test]
    fn the_eleventh_guess_waits_until_the_first_has_left_the_window() {
        let limit = SignInLimit::default();
        fail(&limit, &attempt("a@x", 1), 10);
        assert_eq!(limit.record(&attempt("a@x", 1), true, at(60)), Err(Duration::from_mins(14)));
        assert_eq!(limit.check(&attempt("a@x", 1), at(900)), Ok(()));
    }

    #[test]
    fn neither_many_addresses_nor_many_accounts_help_a_guesser() {
        let limit = SignInLimit::default();
        for last in 0..10 {
            fail(&limit, &attempt("a@x", last), 1);
        }
        assert!(limit.check(&attempt("a@x", 99), at(1)).is_err());
        for account in 0..10 {
            fail(&limit, &attempt(&format!("{account}@y"), 200), 1);
        }
        assert!(limit.check(&attempt("fresh@y", 200), at(1)).is_err());
    }

    #[test]
    fn a_stranger_does_not_lock_the_owner_out() {
        let limit = SignInLimit::default();
        limit.welcome(&attempt("a@x", 1));
        for last in 100..110 {
            fail(&limit, &attempt("a@x", last), 1);
        }
        assert_eq!(limit.record(&attempt("a@x", 1), true, at(1)), Ok(()));
        fail(&limit, &attempt("a@x", 1), 10);
        assert!(limit.check(&attempt("a@x", 1), at(1)).is_err(), "its own failures count");
    }

    #[test]
    fn successes_are_free() {
        let limit = SignInLimit::default();
        for _ in 0..100 {
            limit.record(&attempt("a@x", 1), true, at(0)).unwrap();
        }
        assert_eq!(limit.check(&attempt("b@x", 1), at(0)), Ok(()));
    }
}
