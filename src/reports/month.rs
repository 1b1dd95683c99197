//! Calendar months in a learner's time zone. Pure.

use std::fmt;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A calendar month, known by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(NaiveDate);

/// The first and the last year that anybody asks about.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=9998;

impl Month {
    /// The month in which a moment is in a zone.
    #[must_use]
    pub fn of(at: DateTime<Utc>, zone: Tz) -> Self {
        Self::containing(at.with_timezone(&zone).date_naive())
    }

    #[must_use]
    pub fn containing(day: NaiveDate) -> Self {
        Self(day.with_day(1).unwrap_or(day))
    }

    /// Of `2026-11`; None for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let year = year.parse().ok().filter(|year| YEARS.contains(year))?;
        NaiveDate::from_ymd_opt(year, month.parse().ok()?, 1).map(Self)
    }

    #[must_use]
    pub fn previous(self) -> Self {
        self.moved(-1)
    }

    #[must_use]
    pub fn next(self) -> Self {
        self.moved(1)
    }

    fn moved(self, months: i8) -> Self {
        let by = Months::new(u32::from(months.unsigned_abs()));
        let moved = if months < 0 { self.0.checked_sub_months(by) } else { self.0.checked_add_months(by) };
        Self(moved.unwrap_or(self.0))
    }

    #[must_use]
    pub const fn first_day(self) -> NaiveDate {
        self.0
    }

    /// Its days, in order.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        let end = self.next().0;
        self.0.iter_days().take_while(move |day| *day < end)
    }

    /// When it begins and when the next one does, in a zone.
    #[must_use]
    pub fn bounds(self, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        (midnight(self.0, zone), midnight(self.next().0, zone))
    }

    /// Such as `November 2026`.
    #[must_use]
    pub fn name(self) -> String {
        self.0.format("%B %Y").to_string()
    }
}

/// As the API writes it: `2026-11`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// The first moment of a day: midnight, or the end of the gap that a change of the clocks has put there.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let local = NaiveDateTime::from(day);
    let mut steps = (0..=24 * 4).map(|quarter| local + TimeDelta::minutes(15 * quarter));
    let first = steps.find_map(|local| zone.from_local_datetime(&local).earliest());
    first.map_or_else(|| local.and_utc(), |first| first.with_timezone(&Utc))
}

/// The day in a zone as an index into [`Month::days`]; None outside the month.
#[must_use]
pub fn day_of(month: Month, at: DateTime<Utc>, zone: Tz) -> Option<usize> {
    let day = at.with_timezone(&zone).date_naive();
    let last = month.next().first_day().checked_sub_days(Days::new(1))?;
    (month.first_day() <= day && day <= last).then(|| usize::try_from(day.day0()).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Asia, Europe, Pacific};

    use super::*;

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_written_as_it_is_read() {
        assert_eq!(month("2026-11").to_string(), "2026-11");
        assert_eq!((month("2026-01").previous(), month("2026-12").next()), (month("2025-12"), month("2027-01")));
        for bad in
            ["", "2026", "2026-13", "2026-00", "2026-1", "26-01", "2026-11-01", "1999-12", "9999-01", "+026-01", "2026-1a", "²026-01"]
        {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_month_begins_at_midnight_where_the_learner_is() {
        assert_eq!(month("2026-11").bounds(Europe::Berlin), (at("2026-10-31T23:00:00Z"), at("2026-11-30T23:00:00Z")));
        // The clocks change within it.
        assert_eq!(month("2026-10").bounds(Europe::Berlin), (at("2026-09-30T22:00:00Z"), at("2026-10-31T23:00:00Z")));
        assert_eq!(month("2026-01").bounds(Pacific::Kiritimati).0, at("2025-12-31T10:00:00Z"));
        assert_eq!(Month::of(at("2026-10-31T23:30:00Z"), Europe::Berlin), month("2026-11"));
        assert_eq!(Month::of(at("2026-10-31T23:30:00Z"), America::New_York), month("2026-10"));
    }

    #[test]
    fn a_midnight_that_the_clocks_skip_is_the_moment_after_the_gap() {
        // Amman went from 24:00 on 31 March 2006 to 01:00.
        let begins = month("2006-04").bounds(Asia::Amman).0;
        assert_eq!(Month::of(begins, Asia::Amman), month("2006-04"));
        assert_eq!(Month::of(begins - TimeDelta::seconds(1), Asia::Amman), month("2006-03"));
    }

    #[test]
    fn days_are_counted_within_the_month() {
        assert_eq!(month("2028-02").days().count(), 29);
        assert_eq!(day_of(month("2026-11"), at("2026-10-31T23:30:00Z"), Europe::Berlin), Some(0));
        assert_eq!(day_of(month("2026-11"), at("2026-11-30T23:30:00Z"), Europe::Berlin), None);
        assert_eq!(day_of(month("2026-11"), at("2026-11-30T22:30:00Z"), Europe::Berlin), Some(29));
    }
}
