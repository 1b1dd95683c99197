//! What a learner did and when, read once: streak, missions, goals and achievements all follow from it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    days::{Days, Setting},
    missions::{Deed, DeedKind},
    store::{self, Activity, QuizAnswer},
    streak::{self, Streak},
};
use crate::{
    db::{
        Conn,
        ids::{QuizId, UserId},
    },
    error::{Error, Result},
    text_enum,
};

text_enum! {
    /// What counts for a day.
    pub enum ActivityKind {
        Challenge = "CHALLENGE",
        Lesson = "LESSON",
    }
}

#[derive(Clone, Debug)]
pub struct History {
    pub activities: Vec<Activity>,
    pub quizzes: Vec<QuizAnswer>,
    /// From before the first deed, and at least from five weeks ago, to today.
    pub days: Days,
}

/// How far back the days reach at least, for calendars and weekly figures.
const DAYS_SHOWN: chrono::TimeDelta = chrono::TimeDelta::days(42);

/// The zones and day starts of a learner, the oldest first; never empty. A zone that was stored by a newer database of zones is UTC.
pub async fn settings(conn: &mut Conn, user_id: UserId) -> Result<Vec<Setting>> {
    let rows = store::clocks(conn, user_id).await?;
    if rows.is_empty() {
        return Err(Error::not_found("user"));
    }
    let setting = |row: store::ClockRow| Setting {
        since: row.since,
        zone: row.time_zone.parse().unwrap_or(chrono_tz::UTC),
        start_hour: u8::try_from(row.day_start_hour).unwrap_or(0),
    };
    Ok(rows.into_iter().map(setting).collect())
}

impl History {
    pub async fn load(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId) -> Result<Self> {
        let settings = settings(conn, user_id).await?;
        Self::load_with(conn, now, user_id, &settings).await
    }

    /// The same where the settings are known.
    pub async fn load_with(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, settings: &[Setting]) -> Result<Self> {
        let activities = store::activities(conn, user_id).await?;
        let quizzes = store::quiz_answers(conn, user_id).await?;
        let first = activities.first().map(|activity| activity.at).into_iter().chain(quizzes.first().map(|quiz| quiz.created_at)).min();
        let from = first.unwrap_or(now).min(now - DAYS_SHOWN);
        // A clock that was set back between two machines puts a deed after now; it still has its day.
        let days = Days::between(settings, from, now);
        Ok(Self { activities, quizzes, days })
    }

    /// The dates that count for the streak.
    #[must_use]
    pub fn counted(&self) -> BTreeSet<NaiveDate> {
        self.activities.iter().map(|activity| self.days.at(activity.at).date).collect()
    }

    #[must_use]
    pub fn streak(&self) -> Streak {
        streak::streak(&self.days, &self.counted())
    }

    /// What missions are completed by, the oldest first.
    #[must_use]
    pub fn deeds(&self) -> Vec<Deed> {
        let deed = |activity: &Activity| {
            let kind = match activity.kind {
                ActivityKind::Lesson => DeedKind::LessonCompleted,
                ActivityKind::Challenge if activity.first_of_item && activity.attempt > 1 => DeedKind::FailedChallengePassed,
                ActivityKind::Challenge => return None,
            };
            Some(Deed { at: activity.at, kind, score: 0 })
        };
        let answered = |quiz: &QuizAnswer| Deed { at: quiz.created_at, kind: DeedKind::QuizAnswered, score: quiz.score };
        let mut deeds: Vec<Deed> = self.activities.iter().filter_map(deed).chain(self.quizzes.iter().map(answered)).collect();
        deeds.sort_by_key(|deed| deed.at);
        deeds
    }

    /// Lessons completed in a span of time.
    #[must_use]
    pub fn lessons_between(&self, (start, end): (DateTime<Utc>, DateTime<Utc>)) -> i64 {
        let lessons = self.activities.iter().filter(|activity| activity.kind == ActivityKind::Lesson);
        i64::try_from(lessons.filter(|lesson| (start..end).contains(&lesson.at)).count()).unwrap_or(i64::MAX)
    }

    /// The most items passed for the first time on one day.
    #[must_use]
    pub fn items_on_one_day(&self) -> i64 {
        let mut counts: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        for activity in self.activities.iter().filter(|activity| activity.first_of_item) {
            *counts.entry(self.days.at(activity.at).date).or_default() += 1;
        }
        counts.into_values().max().unwrap_or(0)
    }

    /// The best score of each quiz.
    #[must_use]
    pub fn best_scores(&self) -> HashMap<QuizId, i32> {
        let mut best: HashMap<QuizId, i32> = HashMap::new();
        for quiz in &self.quizzes {
            let score = best.entry(quiz.quiz_id).or_default();
            *score = quiz.score.max(*score);
        }
        best
    }
}
