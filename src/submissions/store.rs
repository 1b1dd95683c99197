//! Every statement on `submissions`, `submission_checks` and `drafts` that a request makes; the worker's are in `queue/store.rs`.

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;

use super::{
    Draft, PRIORITY_HEAD_START, SourceFile,
    types::{CheckStatus, Kind, Runtime, Status, Verdict, Visibility},
};
use crate::{
    db::{
        Conn, Slice,
        ids::{ChallengeId, ContentVersionId, SubmissionId, UserId},
        json::Json,
        schema::{drafts, rejudge_results, submission_checks, submissions},
    },
    error::Result,
};

/// A submission without its files and its output, which are large and seldom needed.
#[derive(Clone, Debug, Queryable, Selectable, Identifiable)]
#[diesel(table_name = submissions, check_for_backend(diesel::pg::Pg))]
pub struct Submission {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub kind: Kind,
    pub challenge_id: Option<ChallengeId>,
    pub content_version_id: Option<ContentVersionId>,
    pub rejudge_of: Option<SubmissionId>,
    pub runtime: Runtime,
    pub attempt: Option<i32>,
    pub seed: i64,
    pub status: Status,
    pub class: i16,
    /// Counts claims; the fencing token of the worker that holds the newest one.
    pub generation: i32,
    pub cell_faults: i32,
    pub lease_expiries: i32,
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub verdict: Option<Verdict>,
    pub score: Option<i32>,
    pub max_score: Option<i32>,
    pub output_truncated: bool,
    pub exit_code: Option<i32>,
    pub detail: Option<String>,
    pub uses_attempt: bool,
    /// Sequence of the terminal event of the last generation.
    pub final_seq: Option<i64>,
    pub cpu_ms: Option<i64>,
    pub wall_ms: Option<i64>,
    pub peak_memory_kib: Option<i64>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    pub stdin_open: bool,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = submissions)]
pub struct NewSubmission {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub kind: Kind,
    pub challenge_id: Option<ChallengeId>,
    pub content_version_id: Option<ContentVersionId>,
    pub rejudge_of: Option<SubmissionId>,
    pub runtime: Runtime,
    pub client_request_id: String,
    pub request_digest: Vec<u8>,
    pub attempt: Option<i32>,
    pub files: Json<Vec<SourceFile>>,
    pub entry: Option<String>,
    pub args: Json<Vec<String>>,
    pub stdin: String,
    pub seed: i64,
    pub class: i16,
    pub created_at: DateTime<Utc>,
    pub queued_at: DateTime<Utc>,
    pub rank_at: DateTime<Utc>,
    pub stdin_open: bool,
    pub traceparent: Option<String>,
}

/// The large columns.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = submissions, check_for_backend(diesel::pg::Pg))]
pub struct Io {
    pub files: Json<Vec<SourceFile>>,
    pub entry: Option<String>,
    pub args: Json<Vec<String>>,
    pub stdin: String,
    pub stdout: String,
    pub stderr: String,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable, serde::Serialize, serde::Deserialize)]
#[diesel(table_name = submission_checks, check_for_backend(diesel::pg::Pg))]
pub struct SubmissionCheck {
    pub submission_id: SubmissionId,
    pub position: i32,
    pub check_id: String,
    pub title: String,
    pub status: CheckStatus,
    pub points: i32,
    pub max_points: i32,
    pub visibility: Visibility,
    pub message: Option<String>,
    pub expected: Option<String>,
    pub actual: Option<String>,
    pub cpu_ms: Option<i64>,
    pub wall_ms: Option<i64>,
    pub peak_memory_kib: Option<i64>,
}

/// One finished attempt, as `progress` sees it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = submissions, check_for_backend(diesel::pg::Pg))]
pub struct Facts {
    pub id: SubmissionId,
    pub content_version_id: Option<ContentVersionId>,
    pub verdict: Option<Verdict>,
    pub score: Option<i32>,
    /// The points of the version that it was graded against.
    pub max_score: Option<i32>,
    pub uses_attempt: bool,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// What a learner has under way and has used.
#[derive(Debug, QueryableByName)]
pub struct Load {
    #[diesel(sql_type = sql_types::BigInt)]
    pub in_flight: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub same_challenge: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    pub in_window: i64,
}

/// Where a queued submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct QueuePlace {
    /// 1 is next.
    #[diesel(sql_type = sql_types::BigInt)]
    pub position: i64,
    /// Milliseconds until it will probably start.
    #[diesel(sql_type = sql_types::BigInt)]
    pub eta_ms: i64,
}

/// What is in the hands of the queue.
#[derive(QueryableByName)]
pub struct Backlog {
    #[diesel(sql_type = sql_types::BigInt)]
    pub queued: i64,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
    pub oldest: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::BigInt)]
    pub running: i64,
}

pub async fn backlog(conn: &mut Conn) -> Result<Backlog> {
    let statement = diesel::sql_query(
        "SELECT count(*) FILTER (WHERE status = 'QUEUED') AS queued, min(queued_at) FILTER (WHERE status = 'QUEUED') AS oldest,
                count(*) FILTER (WHERE status = 'RUNNING') AS running FROM submissions WHERE status <> 'FINISHED'",
    );
    Ok(statement.get_result(conn).await?)
}

pub async fn insert(conn: &mut Conn, row: &NewSubmission) -> Result<Submission> {
    let statement = diesel::insert_into(submissions::table).values(row).returning(Submission::as_returning());
    Ok(statement.get_result(conn).await?)
}

pub async fn by_id(conn: &mut Conn, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(submissions::table.find(id).select(Submission::as_select()).first(conn).await.optional()?)
}

pub async fn by_ids(conn: &mut Conn, ids: &[SubmissionId]) -> Result<Vec<Submission>> {
    Ok(submissions::table.filter(submissions::id.eq_any(ids)).select(Submission::as_select()).load(conn).await?)
}

/// Holds the row until the transaction ends.
pub async fn lock(conn: &mut Conn, id: SubmissionId) -> Result<Option<Submission>> {
    Ok(submissions::table.find(id).select(Submission::as_select()).for_update().first(conn).await.optional()?)
}

pub async fn by_request_id(conn: &mut Conn, user_id: UserId, request_id: &str) -> Result<Option<(Submission, Vec<u8>)>> {
    let known = submissions::table
        .filter(submissions::user_id.eq(user_id).and(submissions::client_request_id.eq(request_id)))
        .select((Submission::as_select(), submissions::request_digest));
    Ok(known.first(conn).await.optional()?)
}

pub async fn load(conn: &mut Conn, user_id: UserId, attempt_at: Option<ChallengeId>, window_start: DateTime<Utc>) -> Result<Load> {
    let statement = diesel::sql_query(
        "SELECT (SELECT count(*) FROM submissions WHERE user_id = $1 AND status <> 'FINISHED' AND kind <> 'REJUDGE') AS in_flight,
                (SELECT count(*) FROM submissions WHERE user_id = $1 AND status <> 'FINISHED' AND kind = 'SUBMISSION' AND challenge_id = $2) AS same_challenge,
                (SELECT count(*) FROM submissions WHERE user_id = $1 AND created_at > $3 AND kind <> 'REJUDGE') AS in_window",
    );
    Ok(statement
        .bind::<sql_types::Uuid, _>(user_id)
        .bind::<sql_types::Nullable<sql_types::Uuid>, _>(attempt_at)
        .bind::<sql_types::Timestamptz, _>(window_start)
        .get_result(conn)
        .await?)
}

pub async fn attempts_used(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<i32> {
    let used: i64 = submissions::table
        .filter(submissions::user_id.eq(user_id).and(submissions::challenge_id.eq(challenge_id)))
        .filter(submissions::kind.eq(Kind::Submission).and(submissions::uses_attempt))
        .count()
        .get_result(conn)
        .await?;
    Ok(i32::try_from(used).unwrap_or(i32::MAX))
}

pub async fn facts(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<Vec<Facts>> {
    let rows = submissions::table
        .filter(submissions::user_id.eq(user_id).and(submissions::challenge_id.eq(challenge_id)))
        .filter(submissions::kind.eq(Kind::Submission).and(submissions::status.eq(Status::Finished)))
        .order(submissions::id.asc())
        .select(Facts::as_select());
    Ok(rows.load(conn).await?)
}

pub async fn request_cancel(conn: &mut Conn, id: SubmissionId, now: DateTime<Utc>) -> Result<Submission> {
    let asked = sql_coalesce(submissions::cancel_requested_at, now);
    let statement = diesel::update(submissions::table.find(id)).set(submissions::cancel_requested_at.eq(asked));
    Ok(statement.returning(Submission::as_returning()).get_result(conn).await?)
}

diesel::define_sql_function! {
    #[sql_name = "coalesce"]
    fn coalesce_time(a: sql_types::Nullable<sql_types::Timestamptz>, b: sql_types::Nullable<sql_types::Timestamptz>) -> sql_types::Nullable<sql_types::Timestamptz>;
}

fn sql_coalesce(
    column: submissions::cancel_requested_at,
    now: DateTime<Utc>,
) -> coalesce_time<submissions::cancel_requested_at, Option<DateTime<Utc>>> {
    coalesce_time(column, Some(now))
}

/// Ends a queued submission. It takes a generation of its own, so that its one event has a log that nobody else writes.
pub async fn cancel_queued(conn: &mut Conn, id: SubmissionId, now: DateTime<Utc>) -> Result<Submission> {
    let statement = diesel::update(submissions::table.find(id)).set((
        submissions::status.eq(Status::Finished),
        submissions::verdict.eq(Some(Verdict::Cancelled)),
        submissions::generation.eq(submissions::generation + 1),
        submissions::final_seq.eq(Some(1_i64)),
        submissions::cancel_requested_at.eq(Some(now)),
        submissions::finished_at.eq(Some(now)),
    ));
    Ok(statement.returning(Submission::as_returning()).get_result(conn).await?)
}

/// One that has an effect when it ends; those of a rejudge of the whole challenge have none.
pub async fn open_rejudge(conn: &mut Conn, original: SubmissionId) -> Result<Option<Submission>> {
    let shadow = rejudge_results::table.filter(rejudge_results::run_id.eq(submissions::id));
    let open = submissions::table
        .filter(submissions::rejudge_of.eq(original).and(submissions::status.ne(Status::Finished)))
        .filter(diesel::dsl::not(diesel::dsl::exists(shadow)))
        .select(Submission::as_select());
    Ok(open.first(conn).await.optional()?)
}

pub async fn io(conn: &mut Conn, id: SubmissionId) -> Result<Io> {
    Ok(submissions::table.find(id).select(Io::as_select()).first(conn).await?)
}

pub async fn ios(conn: &mut Conn, ids: &[SubmissionId]) -> Result<Vec<(SubmissionId, Io)>> {
    Ok(submissions::table.filter(submissions::id.eq_any(ids)).select((submissions::id, Io::as_select())).load(conn).await?)
}

pub async fn checks(conn: &mut Conn, ids: &[SubmissionId]) -> Result<Vec<SubmissionCheck>> {
    let rows = submission_checks::table
        .filter(submission_checks::submission_id.eq_any(ids))
        .order((submission_checks::submission_id, submission_checks::position))
        .select(SubmissionCheck::as_select());
    Ok(rows.load(conn).await?)
}

/// The class after waiting; `$1` is now.
pub const QUEUE_CLASS: &str = "greatest(0, class - floor(extract(epoch FROM $1 - queued_at) / 60))";

/// The order of the queue; `$1` is now. The same expression serves the claim and the position, so that both agree.
pub const QUEUE_ORDER: &str = "greatest(0, class - floor(extract(epoch FROM $1 - queued_at) / 60)), rank_at, id";

/// Runs whose times say how fast things go, and what one takes while nothing is known.
const PACE_OF: i64 = 200;
const USUAL_MS: i64 = 500;

/// Of these submissions, or of all, those that wait.
pub async fn queue_places(conn: &mut Conn, now: DateTime<Utc>, ids: Option<&[SubmissionId]>) -> Result<Vec<PlaceRow>> {
    Ok(diesel::sql_query(queue_places_statement())
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Nullable<sql_types::Array<sql_types::Uuid>>, _>(ids)
        .load(conn)
        .await?)
}

#[derive(QueryableByName)]
pub struct PlaceRow {
    #[diesel(sql_type = sql_types::Uuid)]
    pub id: SubmissionId,
    /// The last one; it will run under the next.
    #[diesel(sql_type = sql_types::Integer)]
    pub generation: i32,
    #[diesel(embed)]
    pub place: QueuePlace,
}

/// The positions are counted. The time is the work ahead, by the mean of its kind, shared by the slots that are at work now, and drawn
/// out by those who may still come and go first: paid plans for as long as their head start reaches, everybody for as long
/// as the run is of a lower class.
fn queue_places_statement() -> String {
    format!(
        "WITH recent AS (SELECT kind, finished_at, class = 0 AND rank_at < queued_at AS paid, class = 0 AS live,
                  extract(epoch FROM finished_at - started_at) * 1000 AS ms
                FROM submissions WHERE status = 'FINISHED' AND started_at IS NOT NULL ORDER BY finished_at DESC LIMIT {PACE_OF}),
              usual AS (SELECT coalesce(avg(ms), {USUAL_MS}) AS ms, greatest(1000, extract(epoch FROM $1 - min(finished_at)) * 1000) AS span_ms,
                  coalesce(sum(ms) FILTER (WHERE paid), 0) AS paid_ms, coalesce(sum(ms) FILTER (WHERE paid OR live), 0) AS live_ms
                FROM recent),
              pace AS (SELECT kind, avg(ms) AS ms FROM recent GROUP BY kind),
              slots AS (SELECT greatest(1, count(*)) AS n, coalesce(avg(coalesce(p.ms, u.ms)), 0) AS left_ms
                FROM submissions r CROSS JOIN usual u LEFT JOIN pace p ON p.kind = r.kind WHERE r.status = 'RUNNING'),
              line AS (SELECT q.id, q.generation, row_number() OVER turn AS position,
                  sum(coalesce(p.ms, u.ms)) OVER turn - coalesce(p.ms, u.ms) AS ahead_ms,
                  greatest(0, CASE WHEN lower THEN class * 60 - extract(epoch FROM $1 - queued_at)
                    WHEN rank_at < queued_at THEN 0 ELSE {head_start_s} - extract(epoch FROM $1 - queued_at) END) * 1000 AS overtaken_ms,
                  least(0.95, CASE WHEN lower THEN u.live_ms ELSE u.paid_ms END / (u.span_ms * slots.n)) AS share
                FROM (SELECT *, ({QUEUE_ORDER}) AS place, {QUEUE_CLASS} > 0 AS lower FROM submissions WHERE status = 'QUEUED') q
                CROSS JOIN usual u CROSS JOIN slots LEFT JOIN pace p ON p.kind = q.kind
                WINDOW turn AS (ORDER BY q.place)),
              ours AS (SELECT line.*, (ahead_ms + slots.left_ms) / slots.n AS ms FROM line, slots)
         SELECT id, generation, position, least(ms / (1 - share), ms + share * overtaken_ms)::bigint AS eta_ms
         FROM ours WHERE $2 IS NULL OR id = ANY($2)",
        head_start_s = PRIORITY_HEAD_START.num_seconds(),
    )
}

/// Newest first.
pub async fn page(
    conn: &mut Conn,
    user_id: UserId,
    challenge_id: Option<ChallengeId>,
    slice: Slice<SubmissionId>,
) -> Result<Vec<Submission>> {
    let mut rows = submissions::table.filter(submissions::user_id.eq(user_id)).select(Submission::as_select()).into_boxed();
    if let Some(challenge_id) = challenge_id {
        rows = rows.filter(submissions::challenge_id.eq(challenge_id));
    }
    Ok(crate::slice!(rows, submissions::id, desc, slice).load(conn).await?)
}

pub async fn save_draft(
    conn: &mut Conn,
    user_id: UserId,
    challenge_id: ChallengeId,
    files: &[SourceFile],
    now: DateTime<Utc>,
) -> Result<()> {
    let files = Json(files.to_vec());
    diesel::insert_into(drafts::table)
        .values((drafts::user_id.eq(user_id), drafts::challenge_id.eq(challenge_id), drafts::files.eq(&files), drafts::updated_at.eq(now)))
        .on_conflict((drafts::user_id, drafts::challenge_id))
        .do_update()
        .set((drafts::files.eq(&files), drafts::updated_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn delete_draft(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<()> {
    diesel::delete(drafts::table.find((user_id, challenge_id))).execute(conn).await?;
    Ok(())
}

pub async fn drafts(conn: &mut Conn, user_id: UserId) -> Result<Vec<Draft>> {
    let rows: Vec<(ChallengeId, Json<Vec<SourceFile>>, DateTime<Utc>)> = drafts::table
        .filter(drafts::user_id.eq(user_id))
        .order(drafts::updated_at.desc())
        .select((drafts::challenge_id, drafts::files, drafts::updated_at))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(challenge_id, files, at)| Draft { challenge_id, files: files.0, updated_at: Some(at) }).collect())
}

/// At most `limit` of them.
pub async fn delete_runs(conn: &mut Conn, finished_before: DateTime<Utc>, limit: i64) -> Result<usize> {
    // Said with the status, as the index on the time of the end is.
    let old = submissions::table
        .filter(submissions::status.eq(Status::Finished).and(submissions::finished_at.lt(finished_before)))
        .filter(submissions::kind.eq_any([Kind::Run, Kind::Checks]))
        .select(submissions::id)
        .limit(limit);
    let ids: Vec<SubmissionId> = old.load(conn).await?;
    Ok(diesel::delete(submissions::table.filter(submissions::id.eq_any(ids))).execute(conn).await?)
}

/// All of a learner's submissions and drafts. Answers those that were running.
pub async fn delete_of(conn: &mut Conn, user_id: UserId) -> Result<Vec<SubmissionId>> {
    diesel::delete(drafts::table.filter(drafts::user_id.eq(user_id))).execute(conn).await?;
    let gone =
        diesel::delete(submissions::table.filter(submissions::user_id.eq(user_id))).returning((submissions::id, submissions::status));
    let gone: Vec<(SubmissionId, Status)> = gone.get_results(conn).await?;
    Ok(gone.into_iter().filter(|(_, status)| *status == Status::Running).map(|(id, _)| id).collect())
}
