//! Everything that a learner's first page shows, in few statements.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    achievements::{self, Achievement},
    history::History,
    missions,
    notifications::Hidden,
    recommend::{self, Offered, Recommendation},
    store::{self, Sums},
    streak::Streak,
};
use crate::{auth::Viewer, boards, curriculum, db::Conn, error::Result};

/// Dates that a calendar shows, the last of them today.
pub const CALENDAR_DAYS: u64 = 35;
/// Unlocks that a dashboard shows.
const RECENT_UNLOCKS: usize = 5;

/// What a date was to a streak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Something was passed.
    Counted,
    /// A freeze held the streak over it.
    Frozen,
    /// Today, while nothing was passed yet.
    Open,
    /// Nothing was passed.
    Missed,
    /// The date did not happen for the learner, who changed zones.
    Skipped,
}

/// The last five weeks as a calendar, the oldest first.
#[must_use]
pub fn calendar(history: &History, streak: &Streak) -> Vec<(NaiveDate, Mark)> {
    let counted = history.counted();
    let lived: BTreeSet<NaiveDate> = history.days.iter().map(|day| day.date).collect();
    let today = history.days.last().date;
    let dates = (0..CALENDAR_DAYS).rev().filter_map(|back| today.checked_sub_days(chrono::Days::new(back)));
    let mark = |date: NaiveDate| match date {
        _ if counted.contains(&date) => Mark::Counted,
        _ if streak.frozen.contains(&date) => Mark::Frozen,
        _ if date == today => Mark::Open,
        _ if lived.contains(&date) => Mark::Missed,
        _ => Mark::Skipped,
    };
    dates.map(|date| (date, mark(date))).collect()
}

/// A learner's first page.
pub struct Dashboard {
    pub sums: Sums,
    pub lessons_this_week: i64,
    pub streak: Streak,
    pub calendar: Vec<(NaiveDate, Mark)>,
    pub missions: Vec<Mission>,
    pub next: Option<Recommendation>,
    /// Among all learners, of all time; None until there is XP.
    pub rank: Option<i64>,
    /// The newest first.
    pub unlocks: Vec<(&'static Achievement, DateTime<Utc>)>,
}

/// A mission of today or this week, and until when it can be completed.
#[derive(Clone, Debug)]
pub struct Mission {
    pub standing: missions::Standing,
    pub ends_at: DateTime<Utc>,
}

/// Today's and this week's missions of a learner.
pub fn missions_of(history: &History) -> Result<Vec<Mission>> {
    let today = history.days.last();
    let (_, week_end) = history.days.week(today.date);
    let ends_at = |standing: &missions::Standing| match standing.mission.cadence {
        missions::Cadence::Day => today.end,
        missions::Cadence::Week => week_end,
    };
    let standings = missions::today(&history.days, &history.deeds())?;
    Ok(standings.into_iter().map(|standing| Mission { ends_at: ends_at(&standing), standing }).collect())
}

pub async fn dashboard(conn: &mut Conn, now: DateTime<Utc>, viewer: &Viewer, hidden: Hidden) -> Result<Dashboard> {
    let user_id = viewer.user_id;
    let history = History::load(conn, now, user_id).await?;
    let streak = history.streak();
    let today = history.days.last();
    let week = history.days.week(today.date);
    let sums = store::sums(conn, user_id, (today.start, week.0), hidden).await?;
    let unlocked = store::unlocked(conn, user_id).await?;
    let mut unlocks = Vec::new();
    for (slug, at) in unlocked.iter().rev() {
        unlocks.extend(achievements::by_slug(slug)?.map(|rule| (rule, *at)));
    }
    unlocks.truncate(RECENT_UNLOCKS);
    Ok(Dashboard {
        sums,
        lessons_this_week: history.lessons_between(week),
        calendar: calendar(&history, &streak),
        missions: missions_of(&history)?,
        next: next(conn, viewer, &history).await?,
        rank: boards::overall_rank(conn, user_id).await?,
        unlocks,
        streak,
    })
}

async fn next(conn: &mut Conn, viewer: &Viewer, history: &History) -> Result<Option<Recommendation>> {
    let mine = store::mine_with(conn, viewer.user_id, history.best_scores(), HashMap::new()).await?;
    let outlines = curriculum::outlines(conn).await?;
    let mut offered = Vec::with_capacity(outlines.len());
    for (track, modules) in outlines.iter() {
        offered.push(Offered { slug: &track.slug, modules, allowance: super::allowance(&viewer.plan, &track.slug)? });
    }
    let last_track = history.activities.last().map(|activity| activity.track.as_str());
    Ok(recommend::next(&offered, &mine, last_track))
}
