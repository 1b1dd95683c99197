//! Statements on the ledger, achievements and missions.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn, Slice,
        ids::{ContentVersionId, TrackId, UserId, XpEntryId},
        schema::{mission_completions, user_achievements, xp_entries},
    },
    error::Result,
    progress::{ledger::XpKind, notifications::Hidden},
};

/// One entry of the ledger; never changed, never deleted while its learner exists.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = xp_entries, check_for_backend(diesel::pg::Pg))]
pub struct XpEntry {
    pub id: XpEntryId,
    pub user_id: UserId,
    pub kind: XpKind,
    pub source_id: String,
    pub amount: i32,
    pub reason: String,
    pub content_version_id: Option<ContentVersionId>,
    pub created_at: DateTime<Utc>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = xp_entries)]
pub struct NewXpEntry {
    pub id: XpEntryId,
    pub user_id: UserId,
    pub kind: XpKind,
    pub source_id: String,
    pub revision: i32,
    pub amount: i32,
    pub reason: String,
    pub content_version_id: Option<ContentVersionId>,
    pub created_at: DateTime<Utc>,
    pub track_id: Option<TrackId>,
}

/// What the ledger holds of one source.
#[derive(Debug, QueryableByName)]
pub struct Held {
    #[diesel(sql_type = sql_types::BigInt)]
    pub amount: i64,
    #[diesel(sql_type = sql_types::Integer)]
    pub revision: i32,
}

pub async fn held(conn: &mut Conn, user_id: UserId, kind: XpKind, source_id: &str) -> Result<Held> {
    let statement = diesel::sql_query(
        "SELECT coalesce(sum(amount), 0)::bigint AS amount, coalesce(max(revision), 0) AS revision FROM xp_entries
         WHERE user_id = $1 AND kind = $2 AND source_id = $3",
    );
    Ok(statement
        .bind::<sql_types::Uuid, _>(user_id)
        .bind::<sql_types::Text, _>(kind)
        .bind::<sql_types::Text, _>(source_id)
        .get_result(conn)
        .await?)
}

pub async fn total(conn: &mut Conn, user_id: UserId) -> Result<i64> {
    let sum = xp_entries::table.filter(xp_entries::user_id.eq(user_id)).select(diesel::dsl::sum(xp_entries::amount));
    Ok(sum.first::<Option<i64>>(conn).await?.unwrap_or(0))
}

pub async fn insert_entry(conn: &mut Conn, entry: &NewXpEntry) -> Result<()> {
    diesel::insert_into(xp_entries::table).values(entry).execute(conn).await?;
    Ok(())
}

pub async fn entry(conn: &mut Conn, id: XpEntryId) -> Result<Option<XpEntry>> {
    Ok(xp_entries::table.find(id).select(XpEntry::as_select()).first(conn).await.optional()?)
}

/// A learner's entries, the newest first.
pub async fn entries(conn: &mut Conn, user_id: UserId, slice: Slice<XpEntryId>) -> Result<Vec<XpEntry>> {
    let mine = xp_entries::table.filter(xp_entries::user_id.eq(user_id)).select(XpEntry::as_select()).into_boxed();
    Ok(crate::slice!(mine, xp_entries::id, desc, slice).load(conn).await?)
}

/// The newest entry of a source.
pub async fn entry_of(conn: &mut Conn, user_id: UserId, kind: XpKind, source_id: &str) -> Result<Option<XpEntry>> {
    let of_source = xp_entries::table
        .filter(xp_entries::user_id.eq(user_id).and(xp_entries::kind.eq(kind)).and(xp_entries::source_id.eq(source_id)))
        .order(xp_entries::revision.desc());
    Ok(of_source.select(XpEntry::as_select()).first(conn).await.optional()?)
}

/// Sums of a learner's ledger.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Sums {
    #[diesel(sql_type = sql_types::BigInt)]
    pub total: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub today: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub this_week: i64,
    /// Notifications that were not read; this and the goals are here so that a dashboard asks once.
    #[diesel(sql_type = sql_types::BigInt)]
    pub unread: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    pub daily_xp_goal: Option<i32>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    pub weekly_lessons_goal: Option<i32>,
}

/// What a learner has gathered in all, and since two moments: the beginnings of the day and of the week.
pub async fn sums(conn: &mut Conn, user_id: UserId, (today, week): (DateTime<Utc>, DateTime<Utc>), hidden: Hidden) -> Result<Sums> {
    let hidden: Vec<&str> = hidden.iter().map(|kind| kind.as_str()).collect();
    let statement = diesel::sql_query(
        "SELECT coalesce(sum(amount), 0)::bigint AS total,
                coalesce(sum(amount) FILTER (WHERE created_at >= $2), 0)::bigint AS today,
                coalesce(sum(amount) FILTER (WHERE created_at >= $3), 0)::bigint AS this_week,
                (SELECT count(*) FROM notifications WHERE user_id = $1 AND read_at IS NULL AND kind <> ALL ($4)) AS unread,
                (SELECT daily_xp_goal FROM learner_settings WHERE user_id = $1) AS daily_xp_goal,
                (SELECT weekly_lessons_goal FROM learner_settings WHERE user_id = $1) AS weekly_lessons_goal
         FROM xp_entries WHERE user_id = $1",
    );
    let statement = statement.bind::<sql_types::Uuid, _>(user_id).bind::<sql_types::Timestamptz, _>(today);
    let statement = statement.bind::<sql_types::Timestamptz, _>(week).bind::<sql_types::Array<sql_types::Text>, _>(hidden);
    Ok(statement.get_result(conn).await?)
}

/// What achievements gave a learner.
pub async fn achievement_xp(conn: &mut Conn, user_id: UserId) -> Result<i64> {
    let given = xp_entries::table.filter(xp_entries::user_id.eq(user_id).and(xp_entries::kind.eq(XpKind::Achievement)));
    Ok(given.select(diesel::dsl::sum(xp_entries::amount)).first::<Option<i64>>(conn).await?.unwrap_or(0))
}

/// The slug of the track of each module that a learner has mastered, as the ledger has it.
pub async fn mastered_modules(conn: &mut Conn, user_id: UserId) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = sql_types::Text)]
        slug: String,
    }
    let statement = diesel::sql_query(
        "SELECT t.slug FROM xp_entries x JOIN tracks t ON t.id = x.track_id WHERE x.user_id = $1 AND x.kind = 'MODULE'
         GROUP BY x.source_id, t.slug HAVING sum(x.amount) > 0",
    );
    let rows: Vec<Row> = statement.bind::<sql_types::Uuid, _>(user_id).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.slug).collect())
}

pub async fn unlocked(conn: &mut Conn, user_id: UserId) -> Result<Vec<(String, DateTime<Utc>)>> {
    let rows = user_achievements::table
        .filter(user_achievements::user_id.eq(user_id))
        .order((user_achievements::unlocked_at, user_achievements::achievement_slug))
        .select((user_achievements::achievement_slug, user_achievements::unlocked_at));
    Ok(rows.load(conn).await?)
}

pub async fn unlock(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, slug: &str) -> Result<()> {
    diesel::insert_into(user_achievements::table)
        .values((
            user_achievements::user_id.eq(user_id),
            user_achievements::achievement_slug.eq(slug),
            user_achievements::unlocked_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes back what no longer holds.
pub async fn relock(conn: &mut Conn, user_id: UserId, slug: &str) -> Result<()> {
    diesel::delete(user_achievements::table.find((user_id, slug))).execute(conn).await?;
    Ok(())
}

/// The slugs and periods of missions that are stored as completed.
pub async fn completed_missions(conn: &mut Conn, user_id: UserId) -> Result<Vec<(String, NaiveDate)>> {
    let rows = mission_completions::table.filter(mission_completions::user_id.eq(user_id));
    Ok(rows.select((mission_completions::mission_slug, mission_completions::period)).load(conn).await?)
}

pub async fn complete_mission(conn: &mut Conn, user_id: UserId, (slug, period): (&str, NaiveDate), at: DateTime<Utc>) -> Result<()> {
    diesel::insert_into(mission_completions::table)
        .values((
            mission_completions::user_id.eq(user_id),
            mission_completions::mission_slug.eq(slug),
            mission_completions::period.eq(period),
            mission_completions::completed_at.eq(at),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes back a completion that no longer holds.
pub async fn reopen_mission(conn: &mut Conn, user_id: UserId, (slug, period): (&str, NaiveDate)) -> Result<()> {
    diesel::delete(mission_completions::table.find((user_id, slug, period))).execute(conn).await?;
    Ok(())
}

/// Amounts, sources and times stay; a reason that an admin wrote may name somebody.
pub async fn hand_over_entries(conn: &mut Conn, from: UserId, to: UserId) -> Result<()> {
    diesel::sql_query(
        "UPDATE xp_entries SET user_id = $2, reason = CASE WHEN kind = 'CORRECTION' THEN 'Corrected' ELSE reason END WHERE user_id = $1",
    )
    .bind::<sql_types::Uuid, _>(from)
    .bind::<sql_types::Uuid, _>(to)
    .execute(conn)
    .await?;
    Ok(())
}
