//! Every statement on `report_cards` and `report_card_rounds`, and the reading of what was done in a month, which looks across the
//! tables of other domains and changes none of them.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::card::Body;
use crate::{
    db::{
        Conn, Slice,
        ids::{TrackId, UserId},
        json::Json,
        schema::{report_card_rounds, report_cards, users},
    },
    error::Result,
};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = report_cards, check_for_backend(diesel::pg::Pg))]
pub struct StoredCard {
    pub user_id: UserId,
    pub month: NaiveDate,
    pub time_zone: String,
    pub body: Json<Body>,
    pub issued_at: DateTime<Utc>,
}

/// A part of a month: the quizzes, challenges or lessons that something was done with.
#[derive(Debug, QueryableByName)]
pub struct Done {
    /// QUIZ, ATTEMPTS, LESSON or PASS.
    #[diesel(sql_type = sql_types::Text)]
    pub kind: String,
    #[diesel(sql_type = sql_types::Uuid)]
    pub track_id: TrackId,
    /// The lesson or challenge.
    #[diesel(sql_type = sql_types::Uuid)]
    pub item_id: Uuid,
    /// Attempts at it.
    #[diesel(sql_type = sql_types::BigInt)]
    pub count: i64,
    /// Best score of a quiz, accepted attempts of a challenge.
    #[diesel(sql_type = sql_types::BigInt)]
    pub value: i64,
}

const DONE: &str = "
    SELECT 'QUIZ' AS kind, m.track_id, l.id AS item_id, count(*) AS count, max(a.score)::bigint AS value
    FROM quiz_attempts a JOIN quizzes q ON q.id = a.quiz_id JOIN lessons l ON l.id = q.lesson_id JOIN modules m ON m.id = l.module_id
    WHERE a.user_id = $1 AND a.created_at >= $2 AND a.created_at < $3 GROUP BY m.track_id, l.id
    UNION ALL
    SELECT 'ATTEMPTS', m.track_id, c.id, count(*), count(*) FILTER (WHERE s.verdict = 'ACCEPTED')
    FROM submissions s JOIN challenges c ON c.id = s.challenge_id JOIN modules m ON m.id = c.module_id
    WHERE s.user_id = $1 AND s.kind = 'SUBMISSION' AND s.uses_attempt AND s.finished_at >= $2 AND s.finished_at < $3 GROUP BY m.track_id, c.id
    UNION ALL
    SELECT 'LESSON', m.track_id, l.id, 1, 1
    FROM lesson_progress p JOIN lessons l ON l.id = p.lesson_id JOIN modules m ON m.id = l.module_id
    WHERE p.user_id = $1 AND p.completed_at >= $2 AND p.completed_at < $3
    UNION ALL
    SELECT 'PASS', m.track_id, c.id, 1, 1
    FROM challenge_progress p JOIN challenges c ON c.id = p.challenge_id JOIN modules m ON m.id = c.module_id
    WHERE p.user_id = $1 AND p.passed_at >= $2 AND p.passed_at < $3";

/// What a learner did from a moment on and before another.
pub async fn done(conn: &mut Conn, user_id: UserId, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Done>> {
    let statement = diesel::sql_query(DONE)
        .bind::<sql_types::Uuid, _>(user_id)
        .bind::<sql_types::Timestamptz, _>(from)
        .bind::<sql_types::Timestamptz, _>(to);
    Ok(statement.load(conn).await?)
}

#[derive(Debug, QueryableByName)]
pub struct Award {
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::BigInt)]
    pub xp: i64,
}

/// The XP of each quarter of an hour in which there was any: no time zone begins its days in between.
pub async fn xp_by_the_quarter(conn: &mut Conn, user_id: UserId, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Award>> {
    let statement = diesel::sql_query(
        "SELECT min(created_at) AS at, sum(amount)::bigint AS xp FROM xp_entries WHERE user_id = $1 AND created_at >= $2 AND created_at < $3
         GROUP BY floor(extract(epoch FROM created_at) / 900) ORDER BY 1",
    );
    let statement =
        statement.bind::<sql_types::Uuid, _>(user_id).bind::<sql_types::Timestamptz, _>(from).bind::<sql_types::Timestamptz, _>(to);
    Ok(statement.load(conn).await?)
}

pub async fn card(conn: &mut Conn, user_id: UserId, month: NaiveDate) -> Result<Option<StoredCard>> {
    Ok(report_cards::table.find((user_id, month)).select(StoredCard::as_select()).first(conn).await.optional()?)
}

/// Issued cards, newest first.
pub async fn cards(conn: &mut Conn, user_id: UserId, slice: Slice<NaiveDate>) -> Result<Vec<StoredCard>> {
    let rows = report_cards::table.filter(report_cards::user_id.eq(user_id)).select(StoredCard::as_select()).into_boxed();
    Ok(crate::slice!(rows, report_cards::month, desc, slice).load(conn).await?)
}

/// Keeps the first card of a month.
pub async fn insert_card(conn: &mut Conn, card: &StoredCard) -> Result<()> {
    diesel::insert_into(report_cards::table).values(card).on_conflict_do_nothing().execute(conn).await?;
    Ok(())
}

/// Time zones that somebody lives in.
pub async fn zones(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(users::table.select(users::time_zone).distinct().order(users::time_zone).load(conn).await?)
}

pub async fn is_done(conn: &mut Conn, zone: &str, month: NaiveDate) -> Result<bool> {
    let done = report_card_rounds::table.find((zone, month)).count();
    Ok(done.get_result::<i64>(conn).await? > 0)
}

pub async fn set_done(conn: &mut Conn, now: DateTime<Utc>, zone: &str, month: NaiveDate) -> Result<()> {
    diesel::insert_into(report_card_rounds::table)
        .values((report_card_rounds::time_zone.eq(zone), report_card_rounds::month.eq(month), report_card_rounds::done_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose card of a month is due.
#[derive(Clone, Copy, Debug)]
pub struct Due<'a> {
    pub zone: &'a str,
    pub month: NaiveDate,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Only accounts after this one.
    pub after: Option<UserId>,
    pub limit: i64,
}

#[derive(QueryableByName)]
struct Learner {
    #[diesel(sql_type = sql_types::Uuid)]
    id: UserId,
}

/// Learners of a zone who did something in the month and have no card of it, in the order of their ids.
pub async fn due(conn: &mut Conn, due: Due<'_>) -> Result<Vec<UserId>> {
    let statement = diesel::sql_query(
        "SELECT u.id FROM users u
         WHERE u.time_zone = $1 AND u.created_at < $4 AND ($5::uuid IS NULL OR u.id > $5)
           AND NOT EXISTS (SELECT 1 FROM report_cards c WHERE c.user_id = u.id AND c.month = $2)
           AND (EXISTS (SELECT 1 FROM submissions s WHERE s.user_id = u.id AND s.created_at >= $3 AND s.created_at < $4)
             OR EXISTS (SELECT 1 FROM quiz_attempts a WHERE a.user_id = u.id AND a.created_at >= $3 AND a.created_at < $4)
             OR EXISTS (SELECT 1 FROM lesson_progress p WHERE p.user_id = u.id AND p.completed_at >= $3 AND p.completed_at < $4))
         ORDER BY u.id LIMIT $6",
    );
    let learners: Vec<Learner> = statement
        .bind::<sql_types::Text, _>(due.zone)
        .bind::<sql_types::Date, _>(due.month)
        .bind::<sql_types::Timestamptz, _>(due.from)
        .bind::<sql_types::Timestamptz, _>(due.to)
        .bind::<sql_types::Nullable<sql_types::Uuid>, _>(due.after)
        .bind::<sql_types::BigInt, _>(due.limit)
        .load(conn)
        .await?;
    Ok(learners.into_iter().map(|learner| learner.id).collect())
}
