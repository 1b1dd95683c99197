//! What a learner sets for their learning: zone, the hour at which a day starts, goals, and whether leaderboards show them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    days::{START_HOUR_MAX, Setting},
    history,
    ledger::Settlement,
    settle, store,
};
use crate::{
    accounts::{self, Malformed},
    boards,
    db::{self, Conn, Db, ids::UserId},
    error::{Error, Result},
};

/// XP a day, when nothing else was set.
pub const DAILY_XP_GOAL: i32 = 50;
/// Lessons a week, when nothing else was set.
pub const WEEKLY_LESSONS_GOAL: i32 = 5;
const DAILY_XP_GOAL_MAX: i32 = 10_000;
const WEEKLY_LESSONS_GOAL_MAX: i32 = 100;
/// Changes of zone or day start in any 24 hours.
const CLOCK_CHANGES_A_DAY_MAX: usize = 5;

/// What is set beside the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnerSettings {
    pub daily_xp_goal: i32,
    pub weekly_lessons_goal: i32,
    /// Whether others see the learner on leaderboards.
    pub listed: bool,
}

impl Default for LearnerSettings {
    fn default() -> Self {
        Self { daily_xp_goal: DAILY_XP_GOAL, weekly_lessons_goal: WEEKLY_LESSONS_GOAL, listed: true }
    }
}

/// What to change; None leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub time_zone: Option<String>,
    pub day_start_hour: Option<i32>,
    pub daily_xp_goal: Option<i32>,
    pub weekly_lessons_goal: Option<i32>,
    pub listed: Option<bool>,
}

/// Why a change was refused; nothing of it was made.
#[derive(Clone, Debug)]
pub enum Refusal {
    Malformed(Malformed),
    TooManyChanges,
}

/// The learner's settings, or the defaults.
pub async fn of(conn: &mut Conn, user_id: UserId) -> Result<LearnerSettings> {
    Ok(store::settings(conn, user_id).await?.unwrap_or_default())
}

/// The hour at which the learner's days start.
pub async fn clock(conn: &mut Conn, user_id: UserId) -> Result<Setting> {
    history::settings(conn, user_id).await?.pop().ok_or_else(|| Error::not_found("user"))
}

/// Makes a change, all of it or nothing. A new zone or day start holds from now on: the running day is not cut short by it.
pub async fn change(db: &Db, now: DateTime<Utc>, user_id: UserId, change: Change) -> Result<Result<(), Refusal>> {
    if let Err(malformed) = check(&change) {
        return Ok(Err(Refusal::Malformed(malformed)));
    }
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        if let Err(refusal) = change_clock(conn, now, user_id, &change).await? {
            return Ok(Err(refusal));
        }
        let old = of(conn, user_id).await?;
        let new = LearnerSettings {
            daily_xp_goal: change.daily_xp_goal.unwrap_or(old.daily_xp_goal),
            weekly_lessons_goal: change.weekly_lessons_goal.unwrap_or(old.weekly_lessons_goal),
            listed: change.listed.unwrap_or(old.listed),
        };
        if new != old {
            store::put_settings(conn, user_id, new).await?;
        }
        if new.listed != old.listed {
            boards::relist(conn, user_id).await?;
        }
        Ok(Ok(()))
    })
    .await
}

async fn change_clock(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, change: &Change) -> Result<Result<(), Refusal>> {
    let clocks = history::settings(conn, user_id).await?;
    let Some(current) = clocks.last().copied() else { return Err(Error::not_found("user")) };
    let zone = change.time_zone.as_deref().and_then(|name| name.parse().ok()).unwrap_or(current.zone);
    let start_hour = change.day_start_hour.and_then(|hour| u8::try_from(hour).ok()).unwrap_or(current.start_hour);
    let new = Setting { since: now, zone, start_hour };
    if (new.zone, new.start_hour) == (current.zone, current.start_hour) {
        return Ok(Ok(()));
    }
    // The first row is what held since the account was made.
    let recent = clocks.iter().skip(1).filter(|clock| clock.since > now - TimeDelta::days(1)).count();
    if recent >= CLOCK_CHANGES_A_DAY_MAX {
        return Ok(Err(Refusal::TooManyChanges));
    }
    if let [only] = clocks.as_slice() {
        store::put_clock(conn, user_id, only).await?;
    }
    store::put_clock(conn, user_id, &new).await?;
    if zone != current.zone {
        accounts::set_time_zone(conn, user_id, zone.name()).await?;
    }
    // When today ends has changed, and so when the streak is looked at again.
    let mut settlement = Settlement::begin(conn, now, user_id, None).await?;
    settle::learner(conn, &mut settlement).await?;
    Ok(Ok(()))
}

fn check(change: &Change) -> Result<(), Malformed> {
    change.time_zone.as_deref().map(accounts::check_time_zone).transpose()?;
    let in_range = |field, value: Option<i32>, least: i32, most: i32| match value {
        Some(value) if !(least..=most).contains(&value) => Err(Malformed::new(field, format!("It is a number from {least} to {most}."))),
        _ => Ok(()),
    };
    in_range("dayStartHour", change.day_start_hour, 0, i32::from(START_HOUR_MAX))?;
    in_range("dailyXpGoal", change.daily_xp_goal, 1, DAILY_XP_GOAL_MAX)?;
    in_range("weeklyLessonsGoal", change.weekly_lessons_goal, 1, WEEKLY_LESSONS_GOAL_MAX)
}
