//! Every statement on `rejudges` and `rejudge_results`, and those by which they make runs and take results over.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;

use super::ResultFilter;
use crate::{
    db::{
        Conn, Slice,
        ids::{ChallengeId, ContentVersionId, RejudgeId, SubmissionId, TypedId, UserId},
        schema::{rejudge_results, rejudges, submissions},
    },
    error::Result,
    submissions::{
        Class, Kind, Status,
        types::{RejudgeStatus, Verdict},
    },
};

/// All attempts at one challenge, judged again.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = rejudges, check_for_backend(diesel::pg::Pg))]
pub struct Rejudge {
    pub id: RejudgeId,
    pub challenge_id: ChallengeId,
    pub content_version_id: ContentVersionId,
    pub status: RejudgeStatus,
    pub started_by: Option<UserId>,
    /// Attempts there were when it began.
    pub attempts: i32,
    pub queued_to: Option<SubmissionId>,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// One attempt's result as it is stored.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = rejudge_results, check_for_backend(diesel::pg::Pg))]
pub struct ResultRow {
    pub submission_id: SubmissionId,
    pub run_id: SubmissionId,
    pub verdict_before: Verdict,
    pub score_before: Option<i32>,
    pub applied_at: Option<DateTime<Utc>>,
}

/// What a rejudge has found so far.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Counts {
    #[diesel(sql_type = sql_types::Uuid)]
    pub rejudge_id: RejudgeId,
    #[diesel(sql_type = sql_types::BigInt)]
    pub judged: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub changed: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub passed_before: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub passed_after: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub unjudged: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub applied: i64,
}

/// The next attempt to look at.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Attempt {
    #[diesel(sql_type = sql_types::Uuid)]
    pub id: SubmissionId,
    #[diesel(sql_type = sql_types::Bool)]
    pub ended: bool,
}

/// A result that is to be applied.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct NotApplied {
    pub submission_id: SubmissionId,
    pub run_id: SubmissionId,
    pub verdict: Option<Verdict>,
}

/// Any number that no other advisory lock of ours uses.
const START_LOCK: i64 = 0x7732_7332;

pub async fn one_start_at_a_time(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<sql_types::BigInt, _>(START_LOCK).execute(conn).await?;
    Ok(())
}

pub async fn is_open(conn: &mut Conn, challenge_id: ChallengeId) -> Result<bool> {
    let open = [RejudgeStatus::Running, RejudgeStatus::Ready, RejudgeStatus::Applying];
    let rows = rejudges::table.filter(rejudges::challenge_id.eq(challenge_id).and(rejudges::status.eq_any(open)));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn).await?)
}

pub async fn count_attempts(conn: &mut Conn, challenge_id: ChallengeId, until: DateTime<Utc>) -> Result<i64> {
    let rows = submissions::table
        .filter(submissions::challenge_id.eq(challenge_id).and(submissions::kind.eq(Kind::Submission)))
        .filter(submissions::created_at.le(until))
        .filter(submissions::verdict.is_null().or(submissions::verdict.ne(Verdict::Cancelled)));
    Ok(rows.count().get_result(conn).await?)
}

pub async fn insert(conn: &mut Conn, rejudge: &Rejudge) -> Result<()> {
    diesel::insert_into(rejudges::table).values(rejudge).execute(conn).await?;
    Ok(())
}

pub async fn by_id(conn: &mut Conn, id: RejudgeId) -> Result<Option<Rejudge>> {
    Ok(rejudges::table.find(id).select(Rejudge::as_select()).first(conn).await.optional()?)
}

pub async fn lock(conn: &mut Conn, id: RejudgeId) -> Result<Option<Rejudge>> {
    Ok(rejudges::table.find(id).select(Rejudge::as_select()).for_update().first(conn).await.optional()?)
}

/// Newest first.
pub async fn page(conn: &mut Conn, slice: Slice<RejudgeId>) -> Result<Vec<Rejudge>> {
    let rows = rejudges::table.select(Rejudge::as_select()).into_boxed();
    Ok(crate::slice!(rows, rejudges::id, desc, slice).load(conn).await?)
}

pub async fn set_status(conn: &mut Conn, id: RejudgeId, status: RejudgeStatus, ended_at: Option<DateTime<Utc>>) -> Result<Rejudge> {
    let statement = diesel::update(rejudges::table.find(id)).set((rejudges::status.eq(status), rejudges::ended_at.eq(ended_at)));
    Ok(statement.returning(Rejudge::as_returning()).get_result(conn).await?)
}

pub async fn set_queued_to(conn: &mut Conn, id: RejudgeId, attempt: SubmissionId) -> Result<()> {
    diesel::update(rejudges::table.find(id)).set(rejudges::queued_to.eq(Some(attempt))).execute(conn).await?;
    Ok(())
}

/// Runs that wait or run.
pub async fn in_flight(conn: &mut Conn, id: RejudgeId) -> Result<i64> {
    let rows = rejudge_results::table
        .inner_join(submissions::table.on(submissions::id.eq(rejudge_results::run_id)))
        .filter(rejudge_results::rejudge_id.eq(id).and(submissions::status.ne(Status::Finished)));
    Ok(rows.count().get_result(conn).await?)
}

pub async fn queued_runs(conn: &mut Conn, id: RejudgeId) -> Result<Vec<SubmissionId>> {
    let rows = rejudge_results::table
        .inner_join(submissions::table.on(submissions::id.eq(rejudge_results::run_id)))
        .filter(rejudge_results::rejudge_id.eq(id).and(submissions::status.eq(Status::Queued)))
        .order(submissions::id)
        .select(submissions::id);
    Ok(rows.load(conn).await?)
}

/// Attempts past the last one queued that were there when it began, oldest first.
pub async fn attempts_after(conn: &mut Conn, rejudge: &Rejudge, limit: i64) -> Result<Vec<Attempt>> {
    let statement = diesel::sql_query(
        "SELECT id, status = 'FINISHED' AS ended FROM submissions
         WHERE challenge_id = $1 AND kind = 'SUBMISSION' AND created_at <= $2 AND ($3 IS NULL OR id > $3) AND verdict IS DISTINCT FROM 'CANCELLED'
         ORDER BY id LIMIT $4",
    );
    Ok(statement
        .bind::<sql_types::Uuid, _>(rejudge.challenge_id)
        .bind::<sql_types::Timestamptz, _>(rejudge.created_at)
        .bind::<sql_types::Nullable<sql_types::Uuid>, _>(rejudge.queued_to)
        .bind::<sql_types::BigInt, _>(limit)
        .load(conn)
        .await?)
}

/// Queues the run that judges an attempt again, with the files and the seed it had.
pub async fn insert_run(conn: &mut Conn, now: DateTime<Utc>, rejudge: &Rejudge, attempt: SubmissionId, run: SubmissionId) -> Result<()> {
    let statement = diesel::sql_query(
        "WITH original AS (SELECT * FROM submissions WHERE id = $1),
              run AS (INSERT INTO submissions (id, user_id, kind, challenge_id, content_version_id, rejudge_of, runtime, client_request_id,
                        request_digest, files, seed, class, created_at, queued_at, rank_at)
                      SELECT $2, user_id, 'REJUDGE', challenge_id, $3, id, runtime, $4, request_digest, files, seed, $5, $6, $6, $6 FROM original
                      RETURNING id)
         INSERT INTO rejudge_results (rejudge_id, submission_id, run_id, user_id, verdict_before, score_before)
         SELECT $7, original.id, run.id, original.user_id, original.verdict, original.score FROM original, run",
    );
    statement
        .bind::<sql_types::Uuid, _>(attempt)
        .bind::<sql_types::Uuid, _>(run)
        .bind::<sql_types::Uuid, _>(rejudge.content_version_id)
        .bind::<sql_types::Text, _>(format!("rejudge:{run}"))
        .bind::<sql_types::SmallInt, _>(Class::Rejudge.rank())
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Uuid, _>(rejudge.id)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn is_shadow(conn: &mut Conn, run: SubmissionId) -> Result<bool> {
    let rows = rejudge_results::table.filter(rejudge_results::run_id.eq(run));
    Ok(diesel::select(diesel::dsl::exists(rows)).get_result(conn).await?)
}

pub async fn next_learner(conn: &mut Conn, id: RejudgeId) -> Result<Option<UserId>> {
    let rows = rejudge_results::table
        .filter(rejudge_results::rejudge_id.eq(id).and(rejudge_results::applied_at.is_null()))
        .order(rejudge_results::user_id)
        .select(rejudge_results::user_id);
    Ok(rows.first(conn).await.optional()?)
}

pub async fn not_applied(conn: &mut Conn, id: RejudgeId, user_id: UserId) -> Result<Vec<NotApplied>> {
    let rows = rejudge_results::table
        .inner_join(submissions::table.on(submissions::id.eq(rejudge_results::run_id)))
        .filter(rejudge_results::rejudge_id.eq(id).and(rejudge_results::user_id.eq(user_id)))
        .filter(rejudge_results::applied_at.is_null())
        .order(rejudge_results::submission_id)
        .select((rejudge_results::submission_id, rejudge_results::run_id, submissions::verdict));
    Ok(rows.load(conn).await?)
}

/// The original takes the run's verdict, checks and content version; its files, output, attempt and times stay.
pub async fn take_over(conn: &mut Conn, original: SubmissionId, run: SubmissionId, uses_attempt: bool) -> Result<()> {
    diesel::sql_query(
        "UPDATE submissions o SET verdict = r.verdict, score = r.score, max_score = r.max_score, detail = r.detail,
                content_version_id = r.content_version_id, uses_attempt = $3
         FROM submissions r WHERE o.id = $1 AND r.id = $2",
    )
    .bind::<sql_types::Uuid, _>(original)
    .bind::<sql_types::Uuid, _>(run)
    .bind::<sql_types::Bool, _>(uses_attempt)
    .execute(conn)
    .await?;
    diesel::sql_query("DELETE FROM submission_checks WHERE submission_id = $1").bind::<sql_types::Uuid, _>(original).execute(conn).await?;
    diesel::sql_query(
        "INSERT INTO submission_checks (submission_id, position, check_id, title, status, points, max_points, visibility, message, expected, actual,
                cpu_ms, wall_ms, peak_memory_kib)
         SELECT $1, position, check_id, title, status, points, max_points, visibility, message, expected, actual, cpu_ms, wall_ms, peak_memory_kib
         FROM submission_checks WHERE submission_id = $2",
    )
    .bind::<sql_types::Uuid, _>(original)
    .bind::<sql_types::Uuid, _>(run)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_applied(conn: &mut Conn, now: DateTime<Utc>, id: RejudgeId, attempt: SubmissionId) -> Result<()> {
    diesel::update(rejudge_results::table.find((id, attempt))).set(rejudge_results::applied_at.eq(Some(now))).execute(conn).await?;
    Ok(())
}

/// A result of these says nothing of the learner's work, and changes nothing.
const SAYS_NOTHING: &str = "('INFRASTRUCTURE', 'CONTENT_ERROR', 'CANCELLED')";

pub async fn counts(conn: &mut Conn, ids: &[RejudgeId]) -> Result<Vec<Counts>> {
    let statement = diesel::sql_query(format!(
        "SELECT x.rejudge_id, count(*) FILTER (WHERE r.verdict NOT IN {SAYS_NOTHING}) AS judged,
                count(*) FILTER (WHERE r.verdict NOT IN {SAYS_NOTHING}
                    AND (r.verdict <> x.verdict_before OR r.score IS DISTINCT FROM x.score_before)) AS changed,
                count(*) FILTER (WHERE r.status = 'FINISHED' AND x.verdict_before = 'ACCEPTED') AS passed_before,
                count(*) FILTER (WHERE r.verdict = 'ACCEPTED' OR (r.verdict IN {SAYS_NOTHING} AND x.verdict_before = 'ACCEPTED')) AS passed_after,
                count(*) FILTER (WHERE r.verdict IN {SAYS_NOTHING}) AS unjudged,
                count(*) FILTER (WHERE x.applied_at IS NOT NULL) AS applied
         FROM rejudge_results x JOIN submissions r ON r.id = x.run_id WHERE x.rejudge_id = ANY($1) GROUP BY x.rejudge_id"
    ));
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    Ok(statement.bind::<sql_types::Array<sql_types::Uuid>, _>(ids).load(conn).await?)
}

/// In the order of the attempts.
pub async fn results(conn: &mut Conn, filter: ResultFilter) -> Result<Vec<ResultRow>> {
    let mut rows = rejudge_results::table
        .inner_join(submissions::table.on(submissions::id.eq(rejudge_results::run_id)))
        .filter(rejudge_results::rejudge_id.eq(filter.rejudge_id))
        .select(ResultRow::as_select())
        .into_boxed();
    if filter.changed_only {
        let says_nothing = [Verdict::Infrastructure, Verdict::ContentError, Verdict::Cancelled];
        let differs = submissions::verdict
            .is_distinct_from(rejudge_results::verdict_before.nullable())
            .or(submissions::score.is_distinct_from(rejudge_results::score_before));
        rows = rows.filter(submissions::verdict.is_not_null().and(submissions::verdict.ne_all(says_nothing)).and(differs));
    }
    Ok(crate::slice!(rows, rejudge_results::submission_id, asc, filter.slice).load(conn).await?)
}
