//! The main job: a learner's code becomes a queued submission, is judged, and ends with a verdict.
//!
//! Owns the `submissions`, `submission_checks` and `drafts` tables and the submission's event log. Start reading at
//! [`submit`]; [`queue`] is the worker's side of the same rows, [`live`] is what a subscriber sees. It never runs code
//! and never computes XP: the worker does the one, `progress` the other.

pub mod files;
pub mod graphql;
pub mod graphql_events;
pub mod graphql_mutations;
mod graphql_words;
pub mod inputs;
pub mod live;
pub mod queue;
pub mod rejudges;
mod store;
pub mod types;

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
pub use files::{FileRule, SourceFile};
use sha2::{Digest, Sha256};
pub use store::{Facts, Io, NewSubmission, QueuePlace, Submission, SubmissionCheck};
pub use types::{CheckStatus, Class, Kind, Runtime, Status, Verdict, Visibility};

use crate::{
    accounts,
    app::App,
    auth::{Admin, Viewer, policy},
    backlog::Rows,
    billing, classroom, curriculum,
    db::{
        self, Conn, Db, Slice,
        ids::{ChallengeId, SubmissionId, TypedId, UserId},
        json::Json,
    },
    error::{Error, Result},
    progress::{self, gates::Opener},
    telemetry::{self, Kind as SpanKind},
};

/// Runs of one learner that may be running at a time.
pub const RUNNING_PER_LEARNER_MAX: i64 = 2;
/// Runs of one learner that may wait beside those.
pub const WAITING_PER_LEARNER_MAX: i64 = 10;
/// The head start in the queue of plans that go first.
const PRIORITY_HEAD_START: TimeDelta = TimeDelta::seconds(30);
/// Characters of a `clientRequestId`.
const REQUEST_ID_MAX: usize = 100;

/// Why a run is refused although the request was well-formed.
#[derive(Clone, Debug)]
pub enum Refusal {
    TooLarge(String),
    Invalid { field: &'static str, message: String },
    Nothing,
    Locked(String),
    TooManyInFlight(String),
    PlanLimit(String),
}

/// What a learner sends to `submitSolution` and `runChecks`.
#[derive(Clone, Debug)]
pub struct Solution {
    pub challenge_slug: String,
    pub files: Vec<SourceFile>,
    pub client_request_id: String,
}

/// What a learner sends to `runCode`.
#[derive(Clone, Debug)]
pub struct Program {
    pub runtime: Runtime,
    pub files: Vec<SourceFile>,
    pub entry: Option<String>,
    pub args: Vec<String>,
    pub stdin: String,
    /// Standard input stays open after `stdin`, for what is typed while it runs.
    pub stdin_open: bool,
    pub client_request_id: String,
}

/// Queues an attempt (`Kind::Submission`) or a run of the visible checks (`Kind::Checks`). The same `client_request_id` with the
/// same content answers the same submission again; with other content it is a CONFLICT. The caller rings the queue's bell.
pub async fn submit(db: &Db, viewer: &Viewer, now: DateTime<Utc>, kind: Kind, solution: Solution) -> Result<Result<Submission, Refusal>> {
    if let Err(refusal) = check_request_id(&solution.client_request_id) {
        return Ok(Err(refusal));
    }
    let digest = digest(kind, &serde_json::json!([solution.challenge_slug, solution.files]));
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, viewer.user_id).await?;
        if let Some(known) = known_request(conn, viewer.user_id, &solution.client_request_id, &digest).await? {
            return Ok(Ok(known));
        }
        let challenge =
            curriculum::challenge_by_slug(conn, &solution.challenge_slug).await?.ok_or_else(|| Error::not_found("challenge"))?;
        let body = curriculum::challenge_body(conn, challenge.version_id).await?;
        if let Err(refusal) = files::check(&solution.files, FileRule::AllowList(&body.files)) {
            return Ok(Err(refusal));
        }
        if let Some(lock) = progress::challenge_lock(conn, viewer, &challenge).await? {
            let by_plan = matches!(lock.opened_by, Opener::Plan(_));
            return Ok(Err(if by_plan { Refusal::PlanLimit(lock.message) } else { Refusal::Locked(lock.message) }));
        }
        if let Err(refusal) = check_room(conn, viewer, now, (kind == Kind::Submission).then_some(challenge.id)).await? {
            return Ok(Err(refusal));
        }
        let attempt = match kind {
            Kind::Submission => Some(1 + store::attempts_used(conn, viewer.user_id, challenge.id).await?),
            _ => None,
        };
        let (client_request_id, request_digest, files) = (solution.client_request_id, digest, solution.files);
        let row = NewSubmission {
            challenge_id: Some(challenge.id),
            content_version_id: Some(challenge.version_id),
            attempt,
            ..new_row(viewer, now, Asked { kind, runtime: challenge.runtime, client_request_id, request_digest, files })?
        };
        Ok(Ok(enqueue(conn, row).await?))
    })
    .await
}

/// Queues a playground run of free code: no challenge, no attempt, no XP, the same walls.
/// `offered` are the runtimes that workers have cells of.
pub async fn run_code(
    db: &Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    program: Program,
    offered: &[Runtime],
) -> Result<Result<Submission, Refusal>> {
    if let Err(refusal) = check_request_id(&program.client_request_id).and_then(|()| files::check_program(&program)) {
        return Ok(Err(refusal));
    }
    // No worker would ever take it.
    if !offered.contains(&program.runtime) {
        let message = format!("The runtime {} is not offered here.", program.runtime.as_str());
        return Ok(Err(Refusal::Invalid { field: "runtime", message }));
    }
    let content =
        serde_json::json!([program.runtime.as_str(), program.files, program.entry, program.args, program.stdin, program.stdin_open]);
    let digest = digest(Kind::Run, &content);
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, viewer.user_id).await?;
        if let Some(known) = known_request(conn, viewer.user_id, &program.client_request_id, &digest).await? {
            return Ok(Ok(known));
        }
        if let Err(refusal) = check_room(conn, viewer, now, None).await? {
            return Ok(Err(refusal));
        }
        let Program { runtime, files, client_request_id, entry, args, stdin, stdin_open } = program;
        let request_digest = digest;
        let row = NewSubmission {
            entry: Some(entry.unwrap_or_else(|| files::DEFAULT_ENTRY.to_owned())),
            args: Json(args),
            stdin,
            stdin_open,
            ..new_row(viewer, now, Asked { kind: Kind::Run, runtime, client_request_id, request_digest, files })?
        };
        Ok(Ok(enqueue(conn, row).await?))
    })
    .await
}

/// What a cancel met.
#[derive(Debug)]
pub enum Cancelled {
    /// It was still waiting and has ended with this.
    AtOnce(Submission),
    /// It is running; its worker was asked to kill it.
    Asked(Submission),
    AlreadyFinished,
}

/// Ends a submission: at once when it is still queued, through its worker when it runs. Asking twice changes nothing.
pub async fn cancel(db: &Db, viewer: &Viewer, now: DateTime<Utc>, id: SubmissionId) -> Result<Cancelled> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let row = store::lock(conn, id).await?.filter(|row| policy::may_cancel_submission(viewer, row.user_id));
        let row = row.ok_or_else(|| Error::not_found("submission"))?;
        if row.kind == Kind::Rejudge && !viewer.is_admin() {
            return Err(Error::forbidden("Only an admin may cancel a rejudge."));
        }
        match row.status {
            Status::Finished => Ok(Cancelled::AlreadyFinished),
            Status::Running => Ok(Cancelled::Asked(store::request_cancel(conn, id, now).await?)),
            Status::Queued => Ok(Cancelled::AtOnce(store::cancel_queued(conn, id, now).await?)),
        }
    })
    .await
}

/// Judges a finished attempt again, with the files, the arguments and the seed it had, against the challenge as it is now. When it
/// ends, the original takes its verdict and XP is derived anew. Answers the REJUDGE run.
pub async fn rejudge(db: &Db, admin: Admin, now: DateTime<Utc>, id: SubmissionId) -> Result<Submission> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let original = store::lock(conn, id).await?.ok_or_else(|| Error::not_found("submission"))?;
        let (Kind::Submission, Some(challenge_id)) = (original.kind, original.challenge_id) else {
            return Err(Error::bad_input("Only an attempt at a challenge can be judged again."));
        };
        if original.status != Status::Finished {
            return Err(Error::conflict("The submission has not ended yet; judge it again when it has."));
        }
        if let Some(running) = store::open_rejudge(conn, id).await? {
            return Ok(running);
        }
        let challenge = curriculum::challenge_by_id(conn, challenge_id).await?.ok_or_else(|| Error::not_found("challenge"))?;
        let io = store::io(conn, id).await?;
        let run_id = SubmissionId::generate();
        let row = NewSubmission {
            id: run_id,
            user_id: original.user_id,
            kind: Kind::Rejudge,
            challenge_id: Some(challenge_id),
            content_version_id: Some(challenge.version_id),
            rejudge_of: Some(id),
            runtime: original.runtime,
            client_request_id: format!("rejudge:{run_id}"),
            request_digest: digest(Kind::Rejudge, &serde_json::json!([id, admin.user_id])),
            attempt: None,
            files: io.files,
            entry: None,
            args: Json(Vec::new()),
            stdin: String::new(),
            seed: original.seed,
            class: Class::Rejudge.rank(),
            created_at: now,
            queued_at: now,
            rank_at: now,
            stdin_open: false,
            traceparent: None,
        };
        tracing::info!(submission = %id, admin = %admin.user_id, "a submission is judged again");
        enqueue(conn, row).await
    })
    .await
}

/// Keeps a learner's unfinished files of a challenge; the last writer wins. Answers when it was kept.
pub async fn save_draft(
    db: &Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    slug: &str,
    draft: Vec<SourceFile>,
) -> Result<Result<Draft, Refusal>> {
    let mut conn = db.conn().await?;
    let challenge = curriculum::challenge_by_slug(&mut conn, slug).await?.ok_or_else(|| Error::not_found("challenge"))?;
    let body = curriculum::challenge_body(&mut conn, challenge.version_id).await?;
    if let Err(refusal) = files::check_draft(&draft, &body.files) {
        return Ok(Err(refusal));
    }
    store::save_draft(&mut conn, viewer.user_id, challenge.id, &draft, now).await?;
    Ok(Ok(Draft { challenge_id: challenge.id, files: draft, updated_at: Some(now) }))
}

/// Throws the draft away and answers the starter files.
pub async fn reset_draft(db: &Db, viewer: &Viewer, slug: &str) -> Result<Draft> {
    let mut conn = db.conn().await?;
    let challenge = curriculum::challenge_by_slug(&mut conn, slug).await?.ok_or_else(|| Error::not_found("challenge"))?;
    let body = curriculum::challenge_body(&mut conn, challenge.version_id).await?;
    store::delete_draft(&mut conn, viewer.user_id, challenge.id).await?;
    let files = body.starter.iter().map(|file| SourceFile { path: file.path.clone(), content: file.content.clone() }).collect();
    Ok(Draft { challenge_id: challenge.id, files, updated_at: None })
}

/// A learner's working copy of a challenge.
#[derive(Clone, Debug)]
pub struct Draft {
    pub challenge_id: ChallengeId,
    pub files: Vec<SourceFile>,
    /// None for the starter.
    pub updated_at: Option<DateTime<Utc>>,
}

/// The learner's drafts, the newest first.
pub async fn drafts(conn: &mut Conn, user_id: UserId) -> Result<Vec<Draft>> {
    store::drafts(conn, user_id).await
}

/// The submission, when the viewer may read it; otherwise it does not exist for them.
pub async fn read(conn: &mut Conn, viewer: &Viewer, id: SubmissionId) -> Result<Submission> {
    let row = store::by_id(conn, id).await?.ok_or_else(|| Error::not_found("submission"))?;
    let leads = classroom::leads(conn, viewer, row.user_id).await?;
    if policy::may_read_submission(viewer, row.user_id, leads) { Ok(row) } else { Err(Error::not_found("submission")) }
}

/// Files, arguments, input and output of a submission.
pub async fn io(conn: &mut Conn, id: SubmissionId) -> Result<Io> {
    store::io(conn, id).await
}

/// The same of several submissions.
pub async fn ios(conn: &mut Conn, ids: &[SubmissionId]) -> Result<Vec<(SubmissionId, Io)>> {
    store::ios(conn, ids).await
}

/// The stored check results of several submissions, in order.
pub async fn checks(conn: &mut Conn, ids: &[SubmissionId]) -> Result<Vec<SubmissionCheck>> {
    store::checks(conn, ids).await
}

/// How long playground runs and runs of the visible checks are kept; attempts stay as long as the account.
const RUNS_KEPT: TimeDelta = TimeDelta::days(30);
/// Runs deleted in one statement.
const FORGOTTEN_AT_A_TIME: i64 = 1_000;

/// Deletes runs that are past their retention. Answers how many.
pub async fn forget(app: &App) -> Result<usize> {
    let mut deleted = 0;
    loop {
        let rows = store::delete_runs(&mut *app.db.conn().await?, app.clock.now() - RUNS_KEPT, FORGOTTEN_AT_A_TIME).await?;
        deleted += rows;
        if rows == 0 {
            return Ok(deleted);
        }
    }
}

/// Where those of these submissions that wait stand, exact at this moment, and when they will probably start.
pub async fn queue_places(conn: &mut Conn, now: DateTime<Utc>, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, QueuePlace>> {
    Ok(store::queue_places(conn, now, Some(ids)).await?.into_iter().map(|row| (row.id, row.place)).collect())
}

/// Everything that waits, with its last generation and its place.
async fn queue_line(conn: &mut Conn, now: DateTime<Utc>) -> Result<HashMap<SubmissionId, (i32, QueuePlace)>> {
    Ok(store::queue_places(conn, now, None).await?.into_iter().map(|row| (row.id, (row.generation, row.place))).collect())
}

/// What waits, and how many run.
pub async fn backlog(conn: &mut Conn) -> Result<(Rows, i64)> {
    let found = store::backlog(conn).await?;
    Ok(((found.queued, found.oldest), found.running))
}

/// Deletes everything that a learner has handed in. Answers what is running, whose workers the caller rings after the commit.
pub async fn erase(conn: &mut Conn, user_id: UserId) -> Result<Vec<SubmissionId>> {
    store::delete_of(conn, user_id).await
}

/// A slice of a learner's submissions, newest first: all, or those of one challenge.
pub async fn page(
    conn: &mut Conn,
    user_id: UserId,
    challenge_id: Option<ChallengeId>,
    slice: Slice<SubmissionId>,
) -> Result<Vec<Submission>> {
    store::page(conn, user_id, challenge_id, slice).await
}

/// What `progress` derives a challenge's XP from: every finished attempt, oldest first.
pub async fn facts(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<Vec<Facts>> {
    store::facts(conn, user_id, challenge_id).await
}

fn check_request_id(id: &str) -> Result<(), Refusal> {
    let sane = !id.is_empty() && id.len() <= REQUEST_ID_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    if sane && !id.starts_with("rejudge:") {
        return Ok(());
    }
    let message = format!("A clientRequestId is 1 to {REQUEST_ID_MAX} visible ASCII characters, different for each new run.");
    Err(Refusal::Invalid { field: "clientRequestId", message })
}

fn digest(kind: Kind, content: &serde_json::Value) -> Vec<u8> {
    Sha256::digest(format!("{} {content}", kind.as_str())).to_vec()
}

async fn known_request(conn: &mut Conn, user_id: UserId, request_id: &str, digest: &[u8]) -> Result<Option<Submission>> {
    match store::by_request_id(conn, user_id, request_id).await? {
        None => Ok(None),
        Some((known, known_digest)) if known_digest == digest => Ok(Some(known)),
        Some(_) => Err(Error::conflict("This clientRequestId was used for another run; make a new one for each run.")),
    }
}

/// The caps a learner and a plan; the learner's row is locked, so that two requests cannot both take the last place.
async fn check_room(conn: &mut Conn, viewer: &Viewer, now: DateTime<Utc>, attempt_at: Option<ChallengeId>) -> Result<Result<(), Refusal>> {
    let load = store::load(conn, viewer.user_id, attempt_at, now - TimeDelta::hours(1)).await?;
    if load.same_challenge > 0 {
        let message = "Your last submission to this challenge has not ended yet; wait for it or cancel it.";
        return Ok(Err(Refusal::TooManyInFlight(message.to_owned())));
    }
    if load.in_flight >= RUNNING_PER_LEARNER_MAX + WAITING_PER_LEARNER_MAX {
        let message = format!("{} of your runs are waiting or running; wait for one to end or cancel one.", load.in_flight);
        return Ok(Err(Refusal::TooManyInFlight(message)));
    }
    let plan = billing::plan(&viewer.plan)?;
    if load.in_window >= plan.runs_an_hour {
        let message = format!("Your plan includes {} runs in any 60 minutes; wait a little.", plan.runs_an_hour);
        return Ok(Err(Refusal::PlanLimit(message)));
    }
    Ok(Ok(()))
}

/// What every new row says of its request.
struct Asked {
    kind: Kind,
    runtime: Runtime,
    client_request_id: String,
    request_digest: Vec<u8>,
    files: Vec<SourceFile>,
}

fn new_row(viewer: &Viewer, now: DateTime<Utc>, asked: Asked) -> Result<NewSubmission> {
    let Asked { kind, runtime, client_request_id, request_digest, files } = asked;
    let head_start = if billing::plan(&viewer.plan)?.priority_queue { PRIORITY_HEAD_START } else { TimeDelta::zero() };
    Ok(NewSubmission {
        id: SubmissionId::generate(),
        user_id: viewer.user_id,
        kind,
        challenge_id: None,
        content_version_id: None,
        rejudge_of: None,
        runtime,
        client_request_id,
        request_digest,
        attempt: None,
        files: Json(files),
        entry: None,
        args: Json(Vec::new()),
        stdin: String::new(),
        seed: rand::random::<i64>() & 0x001f_ffff_ffff_ffff,
        class: Class::Live.rank(),
        created_at: now,
        queued_at: now,
        rank_at: now - head_start,
        stdin_open: false,
        traceparent: None,
    })
}

/// The row is the message to a worker, and carries the trace that it belongs to.
async fn enqueue(conn: &mut Conn, row: NewSubmission) -> Result<Submission> {
    let mut span = telemetry::span("send submissions", SpanKind::Producer).begin();
    span.message("postgresql", "submissions", "send", row.id.uuid()).word("wts.submission.kind", row.kind.as_str());
    let row = NewSubmission { traceparent: span.parent().map(|parent| parent.traceparent()), ..row };
    span.around(store::insert(conn, &row)).await
}
