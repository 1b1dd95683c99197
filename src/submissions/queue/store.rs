//! The worker's statements on `submissions` and `submission_checks`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{prelude::*, sql_types};
use diesel_async::RunQueryDsl;

use super::{LEASE_EXPIRIES_MAX, Outcome, Want};
use crate::{
    db::{
        Conn,
        ids::{ContentVersionId, SubmissionId, UserId},
        json::Json,
        schema::{submission_checks, submissions},
    },
    error::Result,
    submissions::{
        Class, Kind, RUNNING_PER_LEARNER_MAX, SourceFile, Submission, SubmissionCheck,
        store::{QUEUE_CLASS, QUEUE_ORDER},
        types::{Runtime, Status},
    },
};

/// A submission in a worker's hands, with all it needs to run it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = submissions, check_for_backend(diesel::pg::Pg))]
pub struct Claimed {
    pub id: SubmissionId,
    pub user_id: UserId,
    pub kind: Kind,
    pub class: i16,
    pub content_version_id: Option<ContentVersionId>,
    pub runtime: Runtime,
    pub generation: i32,
    pub cell_faults: i32,
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub files: Json<Vec<SourceFile>>,
    pub entry: Option<String>,
    pub args: Json<Vec<String>>,
    pub stdin: String,
    pub stdin_open: bool,
    pub seed: i64,
    pub queued_at: DateTime<Utc>,
    /// The span that queued it, as W3C writes it; None outside of a trace.
    pub traceparent: Option<String>,
}

/// Why a worker gives a claim back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    CellFault,
    Shutdown,
}

/// Any number that no other advisory lock of ours uses.
const CLAIM_LOCK: i64 = 0x7732_7331;

/// Claims are a millisecond each; one at a time keeps the caps per learner exact without locking learners.
pub async fn one_claim_at_a_time(conn: &mut Conn) -> Result<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)").bind::<sql_types::BigInt, _>(CLAIM_LOCK).execute(conn).await?;
    Ok(())
}

/// What a statement in text answers with.
#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = sql_types::Uuid)]
    id: SubmissionId,
}

pub async fn claim(conn: &mut Conn, now: DateTime<Utc>, want: &Want<'_>) -> Result<Option<Claimed>> {
    let runtimes: Vec<&str> = want.runtimes.iter().map(|runtime| runtime.as_str()).collect();
    // A rejudge is nobody's run, so it neither counts nor waits for the learner whose attempt it looks at.
    let next = diesel::sql_query(format!(
        "SELECT id FROM submissions s WHERE status = 'QUEUED' AND runtime = ANY($2)
           AND (NOT $3 OR (class < {bulk} AND {QUEUE_CLASS} = 0)) AND (NOT $4 OR NOT stdin_open)
           AND (kind = 'REJUDGE' OR (SELECT count(*) FROM submissions r
                 WHERE r.user_id = s.user_id AND r.status = 'RUNNING' AND r.kind <> 'REJUDGE') < {RUNNING_PER_LEARNER_MAX})
         ORDER BY {QUEUE_ORDER} LIMIT 1 FOR UPDATE OF s SKIP LOCKED",
        bulk = Class::Rejudge.rank()
    ));
    let next: Option<Found> = next
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Array<sql_types::Text>, _>(runtimes)
        .bind::<sql_types::Bool, _>(want.live_only)
        .bind::<sql_types::Bool, _>(want.untyped_only)
        .get_result(conn)
        .await
        .optional()?;
    let Some(Found { id }) = next else { return Ok(None) };
    let until = now + TimeDelta::from_std(want.lease).unwrap_or(TimeDelta::seconds(30));
    let statement = diesel::update(submissions::table.find(id)).set((
        submissions::status.eq(Status::Running),
        submissions::generation.eq(submissions::generation + 1),
        submissions::lease_until.eq(Some(until)),
        submissions::worker_id.eq(Some(want.worker_id)),
        submissions::started_at.eq(Some(now)),
    ));
    Ok(Some(statement.returning(Claimed::as_returning()).get_result(conn).await?))
}

/// None when the claim is lost; otherwise when a cancel was asked for, if it was.
pub async fn extend_lease(
    conn: &mut Conn,
    id: SubmissionId,
    generation: i32,
    until: DateTime<Utc>,
) -> Result<Option<Option<DateTime<Utc>>>> {
    let held = submissions::table.find(id).filter(submissions::generation.eq(generation).and(submissions::status.eq(Status::Running)));
    let statement = diesel::update(held).set(submissions::lease_until.eq(Some(until)));
    Ok(statement.returning(submissions::cancel_requested_at).get_result(conn).await.optional()?)
}

pub async fn finish(conn: &mut Conn, now: DateTime<Utc>, id: SubmissionId, outcome: &Outcome, uses_attempt: bool) -> Result<()> {
    let graded = !outcome.checks.is_empty();
    diesel::update(submissions::table.find(id))
        .set((
            submissions::status.eq(Status::Finished),
            submissions::lease_until.eq(None::<DateTime<Utc>>),
            submissions::verdict.eq(Some(outcome.verdict)),
            submissions::score.eq(graded.then(|| outcome.score())),
            submissions::max_score.eq(graded.then(|| outcome.max_score())),
            submissions::stdout.eq(&outcome.stdout),
            submissions::stderr.eq(&outcome.stderr),
            submissions::output_truncated.eq(outcome.output_truncated),
            submissions::exit_code.eq(outcome.exit_code),
            submissions::detail.eq(&outcome.detail),
            submissions::uses_attempt.eq(uses_attempt),
            submissions::final_seq.eq(Some(outcome.final_seq)),
            submissions::cpu_ms.eq(Some(outcome.cpu_ms)),
            submissions::wall_ms.eq(Some(outcome.wall_ms)),
            submissions::peak_memory_kib.eq(Some(outcome.peak_memory_kib)),
            submissions::finished_at.eq(Some(now)),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_checks(conn: &mut Conn, id: SubmissionId, checks: &[SubmissionCheck]) -> Result<()> {
    let rows: Vec<SubmissionCheck> = checks.iter().map(|check| SubmissionCheck { submission_id: id, ..check.clone() }).collect();
    diesel::insert_into(submission_checks::table).values(&rows).execute(conn).await?;
    Ok(())
}

/// The original takes the new verdict, checks and content version; its files, output, attempt and times stay.
pub async fn apply_rejudge(conn: &mut Conn, original: SubmissionId, rejudge: &Submission, outcome: &Outcome) -> Result<()> {
    diesel::update(submissions::table.find(original))
        .set((
            submissions::verdict.eq(Some(outcome.verdict)),
            submissions::score.eq(Some(outcome.score())),
            submissions::max_score.eq(Some(outcome.max_score())),
            submissions::detail.eq(&outcome.detail),
            submissions::content_version_id.eq(rejudge.content_version_id),
            submissions::uses_attempt.eq(outcome.verdict.uses_attempt(true)),
        ))
        .execute(conn)
        .await?;
    diesel::delete(submission_checks::table.filter(submission_checks::submission_id.eq(original))).execute(conn).await?;
    insert_checks(conn, original, &outcome.checks).await
}

/// It keeps its age, and so its place among those of its class.
pub async fn release(conn: &mut Conn, id: SubmissionId, generation: i32, why: Release) -> Result<bool> {
    let (faults, class) = match why {
        Release::CellFault => (1, Class::Retry),
        Release::Shutdown => (0, Class::Live),
    };
    let statement = diesel::sql_query(
        "UPDATE submissions SET status = 'QUEUED', lease_until = NULL, started_at = NULL, cell_faults = cell_faults + $3, class = greatest(class, $4)
         WHERE id = $1 AND generation = $2 AND status = 'RUNNING'",
    );
    let released = statement
        .bind::<sql_types::Uuid, _>(id)
        .bind::<sql_types::Integer, _>(generation)
        .bind::<sql_types::Integer, _>(faults)
        .bind::<sql_types::SmallInt, _>(class.rank())
        .execute(conn)
        .await?;
    Ok(released == 1)
}

/// Rows whose lease has expired, this often at least and at most. One that somebody holds is met the next time: neither a worker that
/// froze in the middle of its record nor a slow one may hold up what happens to the others.
const EXPIRED: &str = "SELECT id FROM submissions WHERE status = 'RUNNING' AND lease_until < $1 AND lease_expiries BETWEEN $2 AND $3
     FOR UPDATE SKIP LOCKED";

pub async fn requeue_expired(conn: &mut Conn, now: DateTime<Utc>) -> Result<usize> {
    let statement = diesel::sql_query(format!(
        "UPDATE submissions SET status = 'QUEUED', lease_until = NULL, started_at = NULL, lease_expiries = lease_expiries + 1, class = greatest(class, $4)
         WHERE id IN ({EXPIRED})"
    ));
    let requeued = statement
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Integer, _>(0)
        .bind::<sql_types::Integer, _>(LEASE_EXPIRIES_MAX - 2)
        .bind::<sql_types::SmallInt, _>(Class::Retry.rank())
        .execute(conn);
    Ok(requeued.await?)
}

/// The generation is raised, so that the worker that may still be alive is deposed.
pub async fn end_hopeless(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<SubmissionId>> {
    let statement = diesel::sql_query(format!(
        "UPDATE submissions SET status = 'FINISHED', lease_until = NULL, verdict = 'INFRASTRUCTURE', generation = generation + 1, final_seq = 1,
             finished_at = $1
         WHERE id IN ({EXPIRED}) RETURNING id"
    ));
    let ended = statement
        .bind::<sql_types::Timestamptz, _>(now)
        .bind::<sql_types::Integer, _>(LEASE_EXPIRIES_MAX - 1)
        .bind::<sql_types::Integer, _>(i32::MAX)
        .get_results::<Found>(conn);
    Ok(ended.await?.into_iter().map(|Found { id }| id).collect())
}
