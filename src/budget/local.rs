//! The buckets of one process.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::{Level, Measure, Purse};

/// Buckets kept; past it those that are full again are forgotten, and then all.
const BUCKETS_MAX: usize = 50_000;

#[derive(Default)]
pub(super) struct Local {
    buckets: Mutex<HashMap<Purse, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    level: f64,
    at: DateTime<Utc>,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "levels are small and not negative"
)]
impl Local {
    fn buckets(&self) -> MutexGuard<'_, HashMap<Purse, Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self, measure: Measure, purse: &Purse, cost: u64, now: DateTime<Utc>) -> Level {
        let mut buckets = self.buckets();
        if buckets.len() >= BUCKETS_MAX && !buckets.contains_key(purse) {
            buckets.retain(|_, bucket| measure.refilled(*bucket, now).level < measure.capacity as f64);
            if buckets.len() >= BUCKETS_MAX {
                buckets.clear();
            }
        }
        let full = Bucket { level: measure.capacity as f64, at: now };
        let bucket = buckets.entry(purse.clone()).or_insert(full);
        *bucket = measure.refilled(*bucket, now);
        let missing = cost as f64 - bucket.level;
        if missing > 0.0 {
            return Level::Short(Duration::from_secs_f64(missing / measure.per_second as f64));
        }
        bucket.level -= cost as f64;
        Level::Taken(bucket.level as u64)
    }

    pub(super) fn give(&self, measure: Measure, purse: &Purse, cost: u64, now: DateTime<Utc>) {
        if let Some(bucket) = self.buckets().get_mut(purse) {
            *bucket = measure.refilled(*bucket, now);
            bucket.level = (bucket.level + cost as f64).min(measure.capacity as f64);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "levels are small")]
impl Measure {
    fn refilled(self, bucket: Bucket, now: DateTime<Utc>) -> Bucket {
        let seconds = (now - bucket.at).as_seconds_f64().max(0.0);
        Bucket { level: (bucket.level + seconds * self.per_second as f64).min(self.capacity as f64), at: now.max(bucket.at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASURE: Measure = Measure { capacity: 100, per_second: 10 };

    fn at(millis: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_900_000_000_000 + millis).unwrap()
    }

    fn purse(name: &str) -> Purse {
        Purse(name.to_owned())
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let local = Local::default();
        assert_eq!(local.take(MEASURE, &purse("a"), 70, at(0)), Level::Taken(30));
        assert_eq!(local.take(MEASURE, &purse("a"), 70, at(0)), Level::Short(Duration::from_secs(4)));
        assert_eq!(local.take(MEASURE, &purse("b"), 100, at(0)), Level::Taken(0), "another's is its own");
        assert_eq!(local.take(MEASURE, &purse("a"), 70, at(4_000)), Level::Taken(0));
        // Never more than full, however long it was left alone; a clock that goes back takes nothing away.
        assert_eq!(local.take(MEASURE, &purse("a"), 1, at(1_000_000)), Level::Taken(99));
        assert_eq!(local.take(MEASURE, &purse("a"), 1, at(0)), Level::Taken(98));
    }

    #[test]
    fn what_is_given_back_can_be_spent() {
        let local = Local::default();
        assert_eq!(local.take(MEASURE, &purse("a"), 100, at(0)), Level::Taken(0));
        local.give(MEASURE, &purse("a"), 60, at(0));
        assert_eq!(local.take(MEASURE, &purse("a"), 60, at(0)), Level::Taken(0));
        local.give(MEASURE, &purse("a"), 1_000, at(0));
        assert_eq!(local.take(MEASURE, &purse("a"), 0, at(0)), Level::Taken(100));
    }

    #[test]
    fn buckets_do_not_pile_up() {
        let local = Local::default();
        for number in 0..2 * BUCKETS_MAX {
            let _level = local.take(MEASURE, &purse(&number.to_string()), 1, at(0));
        }
        assert!(local.buckets().len() <= BUCKETS_MAX);
    }
}
