//! A learner's days: when each begins and ends in their own zone, with their own hour at which a day starts. Pure.
//!
//! Days never overlap and leave no gap. A change of zone or hour never cuts the running day short: it lasts at least until it
//! would have ended without the change, and until a day start of each zone that was lived in on it. So no day is missed by
//! travelling east, and a date that is lived twice, by travelling west, is one day.

use chrono::{DateTime, Datelike, Days as CalendarDays, MappedLocalTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The latest hour at which a day may start.
pub const START_HOUR_MAX: u8 = 12;
/// Zones have changed their clocks by whole quarters of an hour since 1972.
const QUARTER: TimeDelta = TimeDelta::minutes(15);
/// More quarters than any gap in a zone's clock is long; whole dates have been left out.
const GAP_QUARTERS_MAX: usize = 4 * 26;

/// The zone and day start that hold from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    pub since: DateTime<Utc>,
    pub zone: Tz,
    /// 0 to 12: what is done before this hour counts for the day before.
    pub start_hour: u8,
}

/// One day of a learner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Its name: the local date at its start.
    pub date: NaiveDate,
    pub start: DateTime<Utc>,
    /// The start of the next one.
    pub end: DateTime<Utc>,
}

/// Consecutive days, the oldest first; never empty.
#[derive(Clone, Debug)]
pub struct Days(Vec<Day>);

impl Setting {
    /// The local date that an instant counts for.
    fn date(&self, at: DateTime<Utc>) -> NaiveDate {
        (at.with_timezone(&self.zone).naive_local() - TimeDelta::hours(i64::from(self.start_hour))).date()
    }

    /// The first instant that counts for a date, or for a later one where the zone left it out.
    fn day_start(&self, date: NaiveDate) -> DateTime<Utc> {
        let mut local = date.and_hms_opt(u32::from(self.start_hour), 0, 0).unwrap_or_default();
        for _ in 0..GAP_QUARTERS_MAX {
            match self.zone.from_local_datetime(&local) {
                MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => return at.with_timezone(&Utc),
                MappedLocalTime::None => local += QUARTER,
            }
        }
        local.and_utc()
    }
}

/// The setting in force: the newest that has begun, or the first of all.
#[must_use]
pub fn in_force(settings: &[Setting], at: DateTime<Utc>) -> Setting {
    settings[index_in_force(settings, at)]
}

fn index_in_force(settings: &[Setting], at: DateTime<Utc>) -> usize {
    settings.partition_point(|setting| setting.since <= at).saturating_sub(1)
}

impl Days {
    /// The days from the one that holds `from` to the one that holds `until`. `settings` is not empty, and its oldest comes first and
    /// holds for all time before it.
    #[must_use]
    pub fn between(settings: &[Setting], from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        // Before the first change every day is a plain one, so the walk may begin anywhere there, but not at the change itself.
        let anchor = settings.get(1).map_or(from, |change| from.min(change.since - TimeDelta::microseconds(1)));
        let mut setting = settings[0];
        let mut date = setting.date(anchor);
        let mut start = setting.day_start(date);
        let mut days = Vec::new();
        while start <= until || days.is_empty() {
            let (end, next_date, next_setting) = after(settings, setting, date, start);
            if end > from {
                days.push(Day { date, start, end });
            }
            (start, date, setting) = (end, next_date, next_setting);
        }
        Self(days)
    }

    /// The day that holds an instant; the nearest one for instants outside.
    #[must_use]
    pub fn at(&self, at: DateTime<Utc>) -> Day {
        let index = self.0.partition_point(|day| day.start <= at);
        self.0[index.saturating_sub(1)]
    }

    /// The last day.
    #[must_use]
    pub fn last(&self) -> Day {
        self.0[self.0.len() - 1]
    }

    pub fn iter(&self) -> impl Iterator<Item = &Day> {
        self.0.iter()
    }

    /// When the week of a date begins and ends: with the first day whose date is its Monday or later, and with the first of the next week.
    /// Where these days do not reach as far, with the first or last of them.
    #[must_use]
    pub fn week(&self, date: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
        let monday = week_of(date);
        let next = monday.checked_add_days(CalendarDays::new(7)).unwrap_or(monday);
        let first = self.0.iter().find(|day| day.date >= monday).unwrap_or(&self.0[0]);
        let end = self.0.iter().find(|day| day.date >= next).map_or(self.last().end, |day| day.start);
        (first.start, end)
    }
}

/// When a day ends, and with which date and calendar the next begins: with the last day start, from when the day would have ended by the
/// calendar that it began with, of any setting that was in force on it.
fn after(settings: &[Setting], calendar: Setting, date: NaiveDate, start: DateTime<Utc>) -> (DateTime<Utc>, NaiveDate, Setting) {
    let tomorrow = |date: NaiveDate| date.checked_add_days(CalendarDays::new(1)).unwrap_or(date);
    let due = calendar.day_start(tomorrow(date));
    let lived = &settings[index_in_force(settings, start)..=index_in_force(settings, due)];
    let (mut end, mut next) = (due, calendar);
    for setting in lived {
        let there = setting.date(due);
        let turns = there > date && setting.day_start(there) == due;
        let turn = if turns { due } else { setting.day_start(tomorrow(there.max(date))) };
        if turn >= end {
            (end, next) = (turn, *setting);
        }
    }
    (end, next.date(end), next)
}

/// The Monday of a date's week.
#[must_use]
pub fn week_of(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(CalendarDays::new(u64::from(date.weekday().num_days_from_monday()))).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn setting(since: &str, zone: &str, start_hour: u8) -> Setting {
        Setting { since: at(since), zone: zone.parse().unwrap(), start_hour }
    }

    fn told(settings: &[Setting], from: &str, until: &str) -> Vec<(String, String)> {
        let days = Days::between(settings, at(from), at(until));
        days.iter().map(|day| (day.date.to_string(), day.start.format("%dT%H:%M").to_string())).collect()
    }

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(date, start)| ((*date).to_owned(), (*start).to_owned())).collect()
    }

    #[test]
    fn a_day_begins_at_the_learners_hour_whatever_the_clock_does() {
        let berlin = [setting("2026-01-01T00:00:00Z", "Europe/Berlin", 4)];
        let spring = told(&berlin, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z");
        assert_eq!(spring, pairs(&[("2026-03-28", "28T03:00"), ("2026-03-29", "29T02:00")]));
        let night = [setting("2026-01-01T00:00:00Z", "Europe/Berlin", 2)];
        // 02:00 does not exist on that Sunday: the day begins when the gap ends.
        assert_eq!(told(&night, "2026-03-29T12:00:00Z", "2026-03-29T12:00:00Z"), pairs(&[("2026-03-29", "29T01:00")]));
    }

    #[test]
    fn no_change_of_zone_cuts_a_day_short() {
        // East: the day in Honolulu would end at 10:00 UTC, when it is afternoon in Tokyo; it lasts until Tokyo's midnight.
        let east = [setting("2026-01-01T00:00:00Z", "Pacific/Honolulu", 0), setting("2026-05-02T06:00:00Z", "Asia/Tokyo", 0)];
        let told_east = told(&east, "2026-05-01T12:00:00Z", "2026-05-03T16:00:00Z");
        assert_eq!(told_east, pairs(&[("2026-05-01", "01T10:00"), ("2026-05-03", "02T15:00"), ("2026-05-04", "03T15:00")]));
        // West: the date is lived twice and is one day.
        let west = [setting("2026-01-01T00:00:00Z", "Pacific/Apia", 0), setting("2026-05-02T00:00:00Z", "Pacific/Pago_Pago", 0)];
        let told_west = told(&west, "2026-05-01T12:00:00Z", "2026-05-03T12:00:00Z");
        assert_eq!(told_west, pairs(&[("2026-05-02", "01T11:00"), ("2026-05-03", "03T11:00")]));
    }

    #[test]
    fn a_date_that_a_zone_left_out_is_no_day() {
        let samoa = [setting("2011-01-01T00:00:00Z", "Pacific/Apia", 0)];
        let dates: Vec<_> = told(&samoa, "2011-12-29T12:00:00Z", "2011-12-31T00:00:00Z").into_iter().map(|(date, _)| date).collect();
        assert_eq!(dates, ["2011-12-29", "2011-12-31"]);
    }

    #[test]
    fn a_week_begins_on_monday() {
        let utc = [setting("2026-01-01T00:00:00Z", "UTC", 0)];
        let days = Days::between(&utc, at("2026-11-01T00:00:00Z"), at("2026-11-25T12:00:00Z"));
        assert_eq!(days.week(days.last().date), (at("2026-11-23T00:00:00Z"), at("2026-11-26T00:00:00Z")));
        assert_eq!(days.week(days.at(at("2026-11-10T05:00:00Z")).date), (at("2026-11-09T00:00:00Z"), at("2026-11-16T00:00:00Z")));
    }
}
