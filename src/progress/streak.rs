//! Streaks: how many days in a row a learner has passed something, and the freezes that hold one over a missed day. Pure.
//!
//! Everything follows from the days and from which of them count, so a late verdict changes the streak as if it had been known
//! from the start, and no freeze can be spent twice.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::days::Days;

/// A freeze is earned each time the streak has grown by so many days.
const DAYS_A_FREEZE: i64 = 7;
/// Freezes that are held at most; what is earned beyond is lost.
const FREEZES_MAX: i64 = 2;
/// Lengths that are worth telling.
pub const BANDS: [i64; 6] = [3, 7, 14, 30, 50, 100];

/// A learner's streak as of a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Streak {
    /// Days of the running streak; days that a freeze held are not counted.
    pub current: i64,
    pub longest: i64,
    /// Freezes held.
    pub freezes: i64,
    /// Whether today counts already.
    pub today_counts: bool,
    /// Dates that a freeze held, the oldest first, of this streak and those before.
    pub frozen: BTreeSet<NaiveDate>,
    /// When it changes by itself unless something is passed before: the end of today while a streak runs.
    pub due: Option<DateTime<Utc>>,
}

/// The streak on the last of the days, given the dates that count.
#[must_use]
pub fn streak(days: &Days, counted: &BTreeSet<NaiveDate>) -> Streak {
    let today = days.last();
    let mut streak = Streak::default();
    for day in days.iter() {
        if counted.contains(&day.date) {
            streak.current += 1;
            streak.longest = streak.longest.max(streak.current);
            if streak.current % DAYS_A_FREEZE == 0 {
                streak.freezes = (streak.freezes + 1).min(FREEZES_MAX);
            }
        } else if day.date != today.date && streak.current > 0 {
            if streak.freezes > 0 {
                streak.freezes -= 1;
                streak.frozen.insert(day.date);
            } else {
                streak.current = 0;
            }
        }
    }
    streak.today_counts = counted.contains(&today.date);
    streak.due = (streak.current > 0).then_some(today.end);
    streak
}

/// The highest band that a length has reached; None below the first.
#[must_use]
pub fn band(length: i64) -> Option<i64> {
    BANDS.iter().rev().copied().find(|band| *band <= length)
}

/// The next band to reach; None past the last.
#[must_use]
pub fn next_band(length: i64) -> Option<i64> {
    BANDS.iter().copied().find(|band| *band > length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::days::Setting;

    fn days(count: u32) -> Days {
        let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        let utc = [Setting { since: start, zone: chrono_tz::UTC, start_hour: 0 }];
        Days::between(&utc, start, start + chrono::TimeDelta::days(i64::from(count) - 1))
    }

    /// `x` counts, `.` does not; the last is today.
    fn of(picture: &str) -> (i64, i64, i64) {
        let days = days(u32::try_from(picture.len()).unwrap());
        let counted = days.iter().zip(picture.chars()).filter(|(_, mark)| *mark == 'x').map(|(day, _)| day.date).collect();
        let streak = streak(&days, &counted);
        (streak.current, streak.longest, streak.freezes)
    }

    #[test]
    fn streaks_grow_break_and_are_held_by_freezes() {
        let table = [
            (".", (0, 0, 0)),
            ("x", (1, 1, 0)),
            ("xx.", (2, 2, 0)),  // today may still come
            ("xx..", (0, 2, 0)), // yesterday did not
            ("xx.x", (1, 2, 0)),
            ("xxxxxxx", (7, 7, 1)),
            ("xxxxxxx.x", (8, 8, 0)),  // held
            ("xxxxxxx..x", (1, 7, 0)), // one freeze holds one day
            ("xxxxxxx.xxxxxx", (13, 13, 0)),
            ("xxxxxxx.xxxxxxx", (14, 14, 1)),
            ("xxxxxxxxxxxxxxxxxxxxx", (21, 21, 2)), // two are held at most
            ("xxxxxxxxxxxxxx..x", (15, 15, 0)),
            ("xxxxxxxxxxxxxx...x", (1, 14, 0)),
        ];
        for (picture, expected) in table {
            assert_eq!(of(picture), expected, "{picture}");
        }
    }

    #[test]
    fn bands_are_told() {
        let table = [(0, None, Some(3)), (3, Some(3), Some(7)), (29, Some(14), Some(30)), (100, Some(100), None), (999, Some(100), None)];
        for (length, reached, next) in table {
            assert_eq!((band(length), next_band(length)), (reached, next), "{length}");
        }
    }
}
