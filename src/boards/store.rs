//! Every statement on boards, their scores and counters; those on squads are below.

mod squads;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
pub use squads::*;

use super::Period;
use crate::{
    db::{
        Conn,
        ids::{SquadId, TrackId, UserId},
        schema::{board_counts, board_scores, boards},
    },
    error::Result,
};

/// What the order of a board is: more XP first, then who reached it earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Key {
    #[diesel(sql_type = BigInt)]
    pub xp: i64,
    #[diesel(sql_type = Timestamptz)]
    pub reached_at: DateTime<Utc>,
    #[diesel(sql_type = Uuid)]
    pub user_id: UserId,
}

impl Key {
    /// Whether it stands before another one.
    #[must_use]
    pub fn before(&self, other: &Self) -> bool {
        (other.xp, self.reached_at, self.user_id) < (self.xp, other.reached_at, other.user_id)
    }
}

/// Where a learner stands.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Standing {
    #[diesel(sql_type = BigInt)]
    pub rank: i64,
    #[diesel(sql_type = BigInt)]
    pub xp: i64,
    #[diesel(sql_type = Timestamptz)]
    pub reached_at: DateTime<Utc>,
    #[diesel(sql_type = Uuid)]
    pub user_id: UserId,
}

impl Standing {
    #[must_use]
    pub const fn key(&self) -> Key {
        Key { xp: self.xp, reached_at: self.reached_at, user_id: self.user_id }
    }
}

/// The ids of boards with their tracks; those that are missing are made.
pub async fn board_ids(conn: &mut Conn, wanted: &[(Option<TrackId>, Period, NaiveDate)]) -> Result<Vec<(i64, Option<TrackId>)>> {
    let found = known_ids(conn, wanted).await?;
    if found.len() == wanted.len() {
        return Ok(found);
    }
    let rows: Vec<_> = wanted
        .iter()
        .map(|(track, period, start)| (boards::track_id.eq(track), boards::period.eq(period), boards::starts_on.eq(start)))
        .collect();
    diesel::insert_into(boards::table).values(rows).on_conflict_do_nothing().execute(conn).await?;
    known_ids(conn, wanted).await
}

async fn known_ids(conn: &mut Conn, wanted: &[(Option<TrackId>, Period, NaiveDate)]) -> Result<Vec<(i64, Option<TrackId>)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Nullable<Uuid>)]
        track_id: Option<TrackId>,
    }
    let statement = diesel::sql_query(
        "SELECT b.id, b.track_id FROM unnest($1, $2, $3) AS w (track_id, period, starts_on)
         JOIN boards b ON b.track_id IS NOT DISTINCT FROM w.track_id AND b.period = w.period AND b.starts_on = w.starts_on",
    );
    let tracks: Vec<Option<TrackId>> = wanted.iter().map(|(track, ..)| *track).collect();
    let periods: Vec<&str> = wanted.iter().map(|(_, period, _)| period.as_str()).collect();
    let starts: Vec<NaiveDate> = wanted.iter().map(|(.., start)| *start).collect();
    let statement = statement.bind::<Array<Nullable<Uuid>>, _>(tracks).bind::<Array<Text>, _>(periods).bind::<Array<Date>, _>(starts);
    let rows: Vec<Row> = statement.load(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.track_id)).collect())
}

/// None when nobody has gathered anything on it yet.
pub async fn board_id(conn: &mut Conn, track: Option<TrackId>, period: Period, starts_on: NaiveDate) -> Result<Option<i64>> {
    let board = boards::table
        .filter(boards::track_id.is_not_distinct_from(track))
        .filter(boards::period.eq(period).and(boards::starts_on.eq(starts_on)));
    Ok(board.select(boards::id).first(conn).await.optional()?)
}

/// The steps from one place to another on the counters: out of the old buckets, into the new ones, in the order in which they are locked.
const STEPS: &str = "steps AS (
    SELECT board_id, level, bucket, sum(learners)::bigint AS learners FROM (
        SELECT board_id, 2::smallint AS level, xp >> 8 AS bucket, learners FROM places
        UNION ALL SELECT board_id, 1::smallint, xp, learners FROM places
        UNION ALL SELECT board_id, 0::smallint, (xp << 24) | (floor(extract(epoch FROM reached_at))::bigint >> 16), learners FROM places
    ) AS step GROUP BY 1, 2, 3 HAVING sum(learners) <> 0)
    INSERT INTO board_counts (board_id, level, bucket, learners) SELECT * FROM steps ORDER BY board_id, level, bucket
    ON CONFLICT (board_id, level, bucket) DO UPDATE SET learners = board_counts.learners + excluded.learners";

/// Whether `$1` should be listed: they wish it, and their account is open.
const WISHED: &str = "(SELECT u.suspended_at IS NULL AND coalesce(w.listed_on_leaderboards, true)
    FROM users u LEFT JOIN learner_settings w ON w.user_id = u.id WHERE u.id = $1)";

/// Adds XP to a learner's score on each board, and moves them on its counters.
pub async fn shift(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, moves: &[(i64, i64)]) -> Result<()> {
    let statement = diesel::sql_query(format!(
        "WITH old AS (
             SELECT m.board_id, m.more, coalesce(s.xp, 0) AS xp, s.reached_at,
                    coalesce(s.listed, {WISHED}) AS listed
             FROM unnest($3, $4) AS m (board_id, more) LEFT JOIN board_scores s ON s.board_id = m.board_id AND s.user_id = $1),
         put AS (
             INSERT INTO board_scores (board_id, user_id, xp, reached_at, listed)
             SELECT board_id, $1, xp + more, $2, listed FROM old ORDER BY board_id
             ON CONFLICT (board_id, user_id) DO UPDATE SET xp = excluded.xp, reached_at = excluded.reached_at),
         places AS (
             SELECT board_id, xp, reached_at, -1 AS learners FROM old WHERE listed AND xp > 0
             UNION ALL SELECT board_id, xp + more, $2, 1 FROM old WHERE listed AND xp + more > 0),
         {STEPS}"
    ));
    let (boards, more): (Vec<i64>, Vec<i64>) = moves.iter().copied().unzip();
    let statement = statement.bind::<Uuid, _>(user_id).bind::<Timestamptz, _>(now);
    statement.bind::<Array<BigInt>, _>(boards).bind::<Array<BigInt>, _>(more).execute(conn).await?;
    Ok(())
}

/// Shows a learner on every board or on none, as their settings and their account are now.
pub async fn relist(conn: &mut Conn, user_id: UserId) -> Result<()> {
    set_listed(conn, user_id, WISHED).await
}

/// Hides a learner on every board, whatever they wish.
pub async fn unlist(conn: &mut Conn, user_id: UserId) -> Result<()> {
    set_listed(conn, user_id, "false").await
}

async fn set_listed(conn: &mut Conn, user_id: UserId, listed: &str) -> Result<()> {
    let statement = diesel::sql_query(format!(
        "WITH wished AS (SELECT {listed} AS listed),
         changed AS (UPDATE board_scores s SET listed = w.listed FROM wished w WHERE s.user_id = $1 AND s.listed <> w.listed
             RETURNING s.board_id, s.xp, s.reached_at, s.listed),
         places AS (SELECT board_id, xp, reached_at, CASE WHEN listed THEN 1 ELSE -1 END AS learners FROM changed WHERE xp > 0),
         {STEPS}"
    ));
    statement.bind::<Uuid, _>(user_id).execute(conn).await?;
    Ok(())
}

/// Only for a learner who is not listed: their counters are not touched.
pub async fn delete_scores(conn: &mut Conn, user_id: UserId) -> Result<()> {
    diesel::delete(board_scores::table.filter(board_scores::user_id.eq(user_id))).execute(conn).await?;
    Ok(())
}

/// How many stand before a key: four short sums, of which the last reads those who reached the same XP within the same 18 hours.
const BEFORE: &str = "
    (SELECT coalesce(sum(learners), 0) FROM board_counts WHERE board_id = k.board_id AND level = 2 AND bucket > k.xp >> 8)
    + (SELECT coalesce(sum(learners), 0) FROM board_counts
       WHERE board_id = k.board_id AND level = 1 AND bucket > k.xp AND bucket < ((k.xp >> 8) + 1) << 8)
    + (SELECT coalesce(sum(learners), 0) FROM board_counts
       WHERE board_id = k.board_id AND level = 0 AND bucket >= k.xp << 24 AND bucket < ((k.xp << 24) | (k.second >> 16)))
    + (SELECT count(*) FROM board_scores o
       WHERE o.board_id = k.board_id AND o.listed AND o.xp > 0 AND o.xp = k.xp AND o.reached_at >= to_timestamp((k.second >> 16) << 16)
         AND (o.reached_at, o.user_id) < (k.reached_at, k.user_id))";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The rank of a place, from 1.
pub async fn rank(conn: &mut Conn, board: i64, key: Key) -> Result<i64> {
    let statement = diesel::sql_query(format!(
        "SELECT (1 + {BEFORE})::bigint AS count FROM
         (SELECT $1::bigint AS board_id, $2::bigint AS xp, $3::timestamptz AS reached_at, $4::uuid AS user_id,
                 floor(extract(epoch FROM $3::timestamptz))::bigint AS second) AS k"
    ));
    let statement = statement.bind::<BigInt, _>(board).bind::<BigInt, _>(key.xp);
    Ok(statement.bind::<Timestamptz, _>(key.reached_at).bind::<Uuid, _>(key.user_id).get_result::<Count>(conn).await?.count)
}

/// None until the learner has XP on the board. One who is not listed is told where they would stand.
pub async fn standing(conn: &mut Conn, board: i64, user_id: UserId) -> Result<Option<Standing>> {
    let statement = diesel::sql_query(format!(
        "SELECT (1 + {BEFORE})::bigint AS rank, k.xp, k.reached_at, k.user_id FROM
         (SELECT *, floor(extract(epoch FROM reached_at))::bigint AS second FROM board_scores
          WHERE board_id = $1 AND user_id = $2 AND xp > 0) AS k"
    ));
    Ok(statement.bind::<BigInt, _>(board).bind::<Uuid, _>(user_id).get_result(conn).await.optional()?)
}

/// Those of these learners who have XP on the board.
pub async fn standing_among(conn: &mut Conn, board: i64, people: &[UserId]) -> Result<Vec<UserId>> {
    let standing = board_scores::board_id.eq(board).and(board_scores::user_id.eq_any(people)).and(board_scores::xp.gt(0));
    Ok(board_scores::table.filter(standing).select(board_scores::user_id).load(conn).await?)
}

/// The same on the board of everyone and all time.
pub async fn overall_rank(conn: &mut Conn, user_id: UserId) -> Result<Option<i64>> {
    let statement = diesel::sql_query(format!(
        "SELECT (1 + {BEFORE})::bigint AS count FROM
         (SELECT s.*, floor(extract(epoch FROM s.reached_at))::bigint AS second FROM board_scores s
          JOIN boards b ON b.id = s.board_id AND b.track_id IS NULL AND b.period = 'ALL_TIME'
          WHERE s.user_id = $1 AND s.xp > 0) AS k"
    ));
    Ok(statement.bind::<Uuid, _>(user_id).get_result::<Count>(conn).await.optional()?.map(|count| count.count))
}

/// Those who are shown, in their order, after a place.
pub async fn page(conn: &mut Conn, board: i64, past: Option<Key>, limit: i64) -> Result<Vec<Key>> {
    let Some(past) = past else {
        let statement = diesel::sql_query(
            "SELECT xp, reached_at, user_id FROM board_scores WHERE board_id = $1 AND listed AND xp > 0
             ORDER BY xp DESC, reached_at, user_id LIMIT $2",
        );
        return Ok(statement.bind::<BigInt, _>(board).bind::<BigInt, _>(limit).load(conn).await?);
    };
    let statement = diesel::sql_query(
        "SELECT * FROM (
             (SELECT xp, reached_at, user_id FROM board_scores
              WHERE board_id = $1 AND listed AND xp > 0 AND xp = $3 AND (reached_at, user_id) > ($4, $5)
              ORDER BY reached_at, user_id LIMIT $2)
             UNION ALL
             (SELECT xp, reached_at, user_id FROM board_scores WHERE board_id = $1 AND listed AND xp > 0 AND xp < $3
              ORDER BY xp DESC, reached_at, user_id LIMIT $2)
         ) AS after ORDER BY xp DESC, reached_at, user_id LIMIT $2",
    );
    let statement = statement.bind::<BigInt, _>(board).bind::<BigInt, _>(limit).bind::<BigInt, _>(past.xp);
    Ok(statement.bind::<Timestamptz, _>(past.reached_at).bind::<Uuid, _>(past.user_id).load(conn).await?)
}

/// The rows above and below a place, `each` at most, and the place itself, in order.
pub async fn near(conn: &mut Conn, board: i64, key: Key, each: i64) -> Result<Vec<Key>> {
    let statement = diesel::sql_query(
        "SELECT * FROM (
             SELECT * FROM (
                 (SELECT xp, reached_at, user_id FROM board_scores
                  WHERE board_id = $1 AND listed AND xp > 0 AND xp = $3 AND (reached_at, user_id) < ($4, $5)
                  ORDER BY reached_at DESC, user_id DESC LIMIT $2)
                 UNION ALL
                 (SELECT xp, reached_at, user_id FROM board_scores WHERE board_id = $1 AND listed AND xp > 0 AND xp > $3
                  ORDER BY xp, reached_at DESC, user_id DESC LIMIT $2)
             ) AS above ORDER BY xp, reached_at DESC, user_id DESC LIMIT $2
         ) AS nearest
         UNION ALL SELECT $3, $4, $5
         UNION ALL SELECT * FROM (
             SELECT * FROM (
                 (SELECT xp, reached_at, user_id FROM board_scores
                  WHERE board_id = $1 AND listed AND xp > 0 AND xp = $3 AND (reached_at, user_id) > ($4, $5)
                  ORDER BY reached_at, user_id LIMIT $2)
                 UNION ALL
                 (SELECT xp, reached_at, user_id FROM board_scores WHERE board_id = $1 AND listed AND xp > 0 AND xp < $3
                  ORDER BY xp DESC, reached_at, user_id LIMIT $2)
             ) AS below ORDER BY xp DESC, reached_at, user_id LIMIT $2
         ) AS next
         ORDER BY xp DESC, reached_at, user_id",
    );
    let statement = statement.bind::<BigInt, _>(board).bind::<BigInt, _>(each).bind::<BigInt, _>(key.xp);
    Ok(statement.bind::<Timestamptz, _>(key.reached_at).bind::<Uuid, _>(key.user_id).load(conn).await?)
}

/// How many are shown on a board.
pub async fn learners(conn: &mut Conn, board: i64) -> Result<i64> {
    let statement =
        diesel::sql_query("SELECT coalesce(sum(learners), 0)::bigint AS count FROM board_counts WHERE board_id = $1 AND level = 2");
    Ok(statement.bind::<BigInt, _>(board).get_result::<Count>(conn).await?.count)
}

/// The members of a squad who are shown and have XP in a period, in order.
pub async fn squad_scores(conn: &mut Conn, squad: SquadId, period: Period, starts_on: NaiveDate) -> Result<Vec<Key>> {
    let statement = diesel::sql_query(
        "SELECT s.xp, s.reached_at, s.user_id FROM squad_members m
         JOIN boards b ON b.track_id IS NULL AND b.period = $2 AND b.starts_on = $3
         JOIN board_scores s ON s.board_id = b.id AND s.user_id = m.user_id
         WHERE m.squad_id = $1 AND s.listed AND s.xp > 0 ORDER BY s.xp DESC, s.reached_at, s.user_id",
    );
    let statement = statement.bind::<Uuid, _>(squad).bind::<Text, _>(period).bind::<Date, _>(starts_on);
    Ok(statement.load(conn).await?)
}

/// Deletes boards that began before a day, and counters of nobody.
pub async fn forget(conn: &mut Conn, before: NaiveDate) -> Result<usize> {
    let old = boards::table.filter(boards::period.ne(Period::AllTime).and(boards::starts_on.lt(before)));
    let gone = diesel::delete(old).execute(conn).await?;
    Ok(gone + diesel::delete(board_counts::table.filter(board_counts::learners.eq(0))).execute(conn).await?)
}
