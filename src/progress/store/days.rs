//! Statements on a learner's settings, clocks, activities and streak.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::{
    db::{
        Conn,
        ids::UserId,
        schema::{activities, learner_clocks, learner_settings, streaks},
    },
    error::Result,
    progress::{days::Setting, history::ActivityKind, settings::LearnerSettings, streak::Streak},
};

/// The zone and day start of an account from a moment on; one row with the account's own zone when nothing was ever changed.
#[derive(Debug, QueryableByName)]
pub struct ClockRow {
    #[diesel(sql_type = sql_types::Text)]
    pub time_zone: String,
    #[diesel(sql_type = sql_types::SmallInt)]
    pub day_start_hour: i16,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub since: DateTime<Utc>,
}

/// The oldest first.
pub async fn clocks(conn: &mut Conn, user_id: UserId) -> Result<Vec<ClockRow>> {
    let statement = diesel::sql_query(
        "SELECT coalesce(c.time_zone, u.time_zone) AS time_zone, coalesce(c.day_start_hour, 0)::smallint AS day_start_hour,
                coalesce(c.since, u.created_at) AS since
         FROM users u LEFT JOIN learner_clocks c ON c.user_id = u.id WHERE u.id = $1 ORDER BY c.since",
    );
    Ok(statement.bind::<sql_types::Uuid, _>(user_id).load(conn).await?)
}

/// Adds a clock; one of the same moment is replaced.
pub async fn put_clock(conn: &mut Conn, user_id: UserId, setting: &Setting) -> Result<()> {
    let row = (
        learner_clocks::user_id.eq(user_id),
        learner_clocks::since.eq(setting.since),
        learner_clocks::time_zone.eq(setting.zone.name()),
        learner_clocks::day_start_hour.eq(i16::from(setting.start_hour)),
    );
    let keys = (learner_clocks::user_id, learner_clocks::since);
    diesel::insert_into(learner_clocks::table).values(row).on_conflict(keys).do_update().set((row.2, row.3)).execute(conn).await?;
    Ok(())
}

pub async fn settings(conn: &mut Conn, user_id: UserId) -> Result<Option<LearnerSettings>> {
    let row = learner_settings::table.find(user_id).select((
        learner_settings::daily_xp_goal,
        learner_settings::weekly_lessons_goal,
        learner_settings::listed_on_leaderboards,
    ));
    let row: Option<(i32, i32, bool)> = row.first(conn).await.optional()?;
    Ok(row.map(|(daily_xp_goal, weekly_lessons_goal, listed)| LearnerSettings { daily_xp_goal, weekly_lessons_goal, listed }))
}

pub async fn put_settings(conn: &mut Conn, user_id: UserId, settings: LearnerSettings) -> Result<()> {
    let row = (
        learner_settings::daily_xp_goal.eq(settings.daily_xp_goal),
        learner_settings::weekly_lessons_goal.eq(settings.weekly_lessons_goal),
        learner_settings::listed_on_leaderboards.eq(settings.listed),
    );
    diesel::insert_into(learner_settings::table)
        .values((learner_settings::user_id.eq(user_id), row))
        .on_conflict(learner_settings::user_id)
        .do_update()
        .set(row)
        .execute(conn)
        .await?;
    Ok(())
}

/// An activity with what it was about.
#[derive(Clone, Debug, QueryableByName)]
pub struct Activity {
    #[diesel(sql_type = sql_types::Text)]
    pub kind: ActivityKind,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub at: DateTime<Utc>,
    /// Whether it is the first of its item: further passes of a challenge count for a day and for nothing else.
    #[diesel(sql_type = sql_types::Bool)]
    pub first_of_item: bool,
    #[diesel(sql_type = sql_types::Integer)]
    pub attempt: i32,
    #[diesel(sql_type = sql_types::Integer)]
    pub hints: i32,
    #[diesel(sql_type = sql_types::Text)]
    pub slug: String,
    #[diesel(sql_type = sql_types::Text)]
    pub track: String,
    #[diesel(sql_type = sql_types::Bool)]
    pub red_team: bool,
}

/// All activities of a learner, the oldest first.
pub async fn activities(conn: &mut Conn, user_id: UserId) -> Result<Vec<Activity>> {
    let statement = diesel::sql_query(
        "SELECT a.kind, a.at, a.first_of_item, a.attempt, a.hints, coalesce(c.slug, l.slug, '') AS slug, coalesce(t.slug, '') AS track,
                coalesce(c.red_team, false) AS red_team
         FROM activities a
         LEFT JOIN challenges c ON a.kind = 'CHALLENGE' AND c.id = a.item_id
         LEFT JOIN lessons l ON a.kind = 'LESSON' AND l.id = a.item_id
         LEFT JOIN modules m ON m.id = coalesce(c.module_id, l.module_id)
         LEFT JOIN tracks t ON t.id = m.track_id
         WHERE a.user_id = $1 ORDER BY a.at, a.source_id",
    );
    Ok(statement.bind::<sql_types::Uuid, _>(user_id).load(conn).await?)
}

#[derive(Debug, Insertable)]
#[diesel(table_name = activities)]
pub struct NewActivity {
    pub user_id: UserId,
    pub kind: ActivityKind,
    pub source_id: Uuid,
    pub item_id: Uuid,
    pub at: DateTime<Utc>,
    pub time_zone: String,
    pub day_start_hour: i16,
    pub first_of_item: bool,
    pub attempt: i32,
    pub hints: i32,
}

/// Replaces a learner's activities at one item.
pub async fn put_activities(conn: &mut Conn, user_id: UserId, kind: ActivityKind, item_id: Uuid, rows: &[NewActivity]) -> Result<()> {
    let old = activities::table.filter(activities::user_id.eq(user_id).and(activities::kind.eq(kind)).and(activities::item_id.eq(item_id)));
    diesel::delete(old).execute(conn).await?;
    if !rows.is_empty() {
        diesel::insert_into(activities::table).values(rows).execute(conn).await?;
    }
    Ok(())
}

/// The streak as it was last told: current, longest, freezes held, days frozen.
pub async fn told_streak(conn: &mut Conn, user_id: UserId) -> Result<Option<(i64, i64, i64, i64)>> {
    let row = streaks::table.find(user_id).select((streaks::current, streaks::longest, streaks::freezes, streaks::frozen));
    Ok(row.first(conn).await.optional()?)
}

pub async fn put_streak(conn: &mut Conn, user_id: UserId, streak: &Streak) -> Result<()> {
    let row = (
        streaks::current.eq(streak.current),
        streaks::longest.eq(streak.longest),
        streaks::freezes.eq(streak.freezes),
        streaks::frozen.eq(i64::try_from(streak.frozen.len()).unwrap_or(i64::MAX)),
        streaks::due.eq(streak.due),
    );
    diesel::insert_into(streaks::table)
        .values((streaks::user_id.eq(user_id), row))
        .on_conflict(streaks::user_id)
        .do_update()
        .set(row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Learners whose streak changes by itself.
pub async fn due_streaks(conn: &mut Conn, now: DateTime<Utc>, limit: i64) -> Result<Vec<UserId>> {
    let due = streaks::table.filter(streaks::due.le(now)).order(streaks::due).limit(limit);
    Ok(due.select(streaks::user_id).load(conn).await?)
}
