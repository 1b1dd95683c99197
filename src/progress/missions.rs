//! Daily and weekly missions as data (`seeds/missions.toml`), completed by what happened. Pure but for reading the bundled file.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use super::days::{Days, week_of};
use crate::{
    error::{Error, Result},
    text_enum,
};

text_enum! {
    /// How often a mission is set anew.
    pub enum Cadence {
        Day = "DAY",
        Week = "WEEK",
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mission {
    pub slug: String,
    pub title: String,
    pub description: String,
    pub cadence: Cadence,
    pub xp: i64,
    pub needs: Vec<Need>,
}

/// So many deeds of a kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub deed: DeedKind,
    pub times: i64,
    /// Of quizzes: the least score that counts.
    #[serde(default)]
    pub score: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedKind {
    LessonCompleted,
    /// A challenge passed for the first time, after an attempt at it had failed.
    FailedChallengePassed,
    QuizAnswered,
}

/// Something a learner did.
#[derive(Clone, Copy, Debug)]
pub struct Deed {
    pub at: DateTime<Utc>,
    pub kind: DeedKind,
    /// Of quizzes; 0 otherwise.
    pub score: i32,
}

/// A mission of one day or week: its slug, and the date or the Monday.
pub type Set = (&'static str, NaiveDate);

/// How far a learner is with one.
#[derive(Clone, Debug)]
pub struct Standing {
    pub mission: &'static Mission,
    /// The date of the day, or the Monday of the week.
    pub period: NaiveDate,
    /// Deeds done of those that are needed.
    pub done: i64,
    pub needed: i64,
    /// When the last deed was done that it needed.
    pub completed_at: Option<DateTime<Utc>>,
}

impl Mission {
    /// The period that a date is in.
    #[must_use]
    pub fn period(&self, date: NaiveDate) -> NaiveDate {
        match self.cadence {
            Cadence::Day => date,
            Cadence::Week => week_of(date),
        }
    }

    /// How far these deeds of one period, the oldest first, have come.
    fn standing(&'static self, period: NaiveDate, deeds: &[Deed]) -> Standing {
        let mut done = 0;
        let mut completed_at = None;
        for need in &self.needs {
            let count = usize::try_from(need.times).unwrap_or(usize::MAX);
            let fitting = deeds.iter().filter(|deed| deed.kind == need.deed && deed.score >= need.score).take(count);
            for deed in fitting {
                done += 1;
                completed_at = completed_at.max(Some(deed.at));
            }
        }
        let needed = self.needs.iter().map(|need| need.times).sum();
        Standing { mission: self, period, done, needed, completed_at: completed_at.filter(|_| done == needed) }
    }
}

/// Every mission that was completed in any period, and when.
pub fn completed(days: &Days, deeds: &[Deed]) -> Result<HashMap<Set, DateTime<Utc>>> {
    let mut found = HashMap::new();
    for mission in all()? {
        let mut periods: BTreeMap<NaiveDate, Vec<Deed>> = BTreeMap::new();
        for deed in deeds {
            periods.entry(mission.period(days.at(deed.at).date)).or_default().push(*deed);
        }
        for (period, deeds) in periods {
            if let Some(at) = mission.standing(period, &deeds).completed_at {
                found.insert((mission.slug.as_str(), period), at);
            }
        }
    }
    Ok(found)
}

/// Today's and this week's missions.
pub fn today(days: &Days, deeds: &[Deed]) -> Result<Vec<Standing>> {
    let date = days.last().date;
    let mission = |mission: &'static Mission| {
        let period = mission.period(date);
        let deeds: Vec<Deed> = deeds.iter().filter(|deed| mission.period(days.at(deed.at).date) == period).copied().collect();
        mission.standing(period, &deeds)
    };
    Ok(all()?.iter().map(mission).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    missions: Vec<Mission>,
}

static ALL: LazyLock<Result<Vec<Mission>>> =
    LazyLock::new(|| toml::from_str::<File>(include_str!("../../seeds/missions.toml")).map(|file| file.missions).map_err(Error::fault));

/// All missions in the order of the file.
pub fn all() -> Result<&'static [Mission]> {
    ALL.as_ref().map(Vec::as_slice).map_err(Clone::clone)
}

/// None for one that is no longer in the seeds.
pub fn by_slug(slug: &str) -> Result<Option<&'static Mission>> {
    Ok(all()?.iter().find(|mission| mission.slug == slug))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::days::Setting;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn deed(text: &str, kind: DeedKind, score: i32) -> Deed {
        Deed { at: at(text), kind, score }
    }

    #[test]
    fn a_mission_at_midnight_belongs_to_the_learners_day() -> Result<()> {
        let tokyo = [Setting { since: at("2026-01-01T00:00:00Z"), zone: chrono_tz::Asia::Tokyo, start_hour: 0 }];
        let days = Days::between(&tokyo, at("2026-11-20T00:00:00Z"), at("2026-11-25T00:00:00Z"));
        let before = deed("2026-11-24T14:59:59.999999Z", DeedKind::LessonCompleted, 0);
        let after = deed("2026-11-24T15:00:00Z", DeedKind::LessonCompleted, 0);
        let found = completed(&days, &[before, after])?;
        let mut dates: Vec<String> = found.keys().map(|(slug, date)| format!("{slug} {date}")).collect();
        dates.sort();
        assert_eq!(dates, ["complete_a_lesson 2026-11-24", "complete_a_lesson 2026-11-25"]);
        let today: Vec<_> = today(&days, &[before])?.iter().map(|standing| (standing.done, standing.completed_at.is_some())).collect();
        assert_eq!(today, [(0, false), (0, false), (0, false), (1, false)]);
        Ok(())
    }

    #[test]
    fn the_weekly_mission_needs_three_lessons_and_a_good_quiz() -> Result<()> {
        let utc = [Setting { since: at("2026-01-01T00:00:00Z"), zone: chrono_tz::UTC, start_hour: 0 }];
        let days = Days::between(&utc, at("2026-11-15T00:00:00Z"), at("2026-11-25T00:00:00Z"));
        let mut deeds = vec![
            deed("2026-11-22T10:00:00Z", DeedKind::LessonCompleted, 0), // the Sunday before
            deed("2026-11-23T10:00:00Z", DeedKind::LessonCompleted, 0),
            deed("2026-11-23T11:00:00Z", DeedKind::QuizAnswered, 75),
            deed("2026-11-24T10:00:00Z", DeedKind::LessonCompleted, 0),
        ];
        let weekly = |deeds: &[Deed]| completed(&days, deeds).map(|found| found.into_iter().find(|((slug, _), _)| *slug == "strong_week"));
        assert_eq!(weekly(&deeds)?, None);
        deeds.push(deed("2026-11-25T10:00:00Z", DeedKind::LessonCompleted, 0));
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or_default();
        assert_eq!(weekly(&deeds)?, Some((("strong_week", monday), at("2026-11-25T10:00:00Z"))));
        deeds[2].score = 74;
        assert_eq!(weekly(&deeds)?, None);
        Ok(())
    }
}
