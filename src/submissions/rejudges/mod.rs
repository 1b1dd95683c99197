//! All attempts at a challenge judged again: in the background, without any effect, until an admin has seen what would change.
//!
//! Owns the `rejudges` and `rejudge_results` tables. The runs themselves are ordinary submissions of kind REJUDGE that wait behind everything
//! a learner looks at; only a few of them are queued at a time, so that age never lifts a whole item over the learners. One job a
//! rejudge does all the work, step by step, and may be killed between any two. Start reading at [`start`] and [`step`].

pub mod graphql;
mod store;

use chrono::{DateTime, TimeDelta, Utc};
pub use store::{Counts, Rejudge, ResultRow};

use super::{
    Submission,
    types::{RejudgeStatus, Verdict},
};
use crate::{
    accounts,
    app::App,
    auth::Admin,
    curriculum,
    db::{
        self, Conn, Db, Slice,
        ids::{RejudgeId, SubmissionId, TypedId},
    },
    error::{Error, Result},
    jobs::{self, Step},
    progress::{self, Graded},
};

/// The kind of its job.
pub const JOB: &str = "rejudge";
/// Runs of one rejudge that wait or run at a time.
const IN_FLIGHT_MAX: i64 = 16;
/// Between two looks at the runs.
const LOOK_AGAIN: TimeDelta = TimeDelta::milliseconds(500);
/// Learners whose results are applied in one step of the job.
const LEARNERS_A_STEP: usize = 50;

/// Why nothing was started, applied or thrown away.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// One of this challenge is under way.
    InProgress,
    NotReady(&'static str),
}

/// Begins to judge every attempt at a challenge again, against the challenge as it is now. The caller rings the jobs' bell.
pub async fn start(db: &Db, admin: Admin, now: DateTime<Utc>, slug: &str) -> Result<std::result::Result<Rejudge, Refusal>> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let challenge = curriculum::challenge_by_slug(conn, slug).await?.ok_or_else(|| Error::not_found("challenge"))?;
        // Two who start at the same time: one waits here and then finds the other's.
        store::one_start_at_a_time(conn).await?;
        if store::is_open(conn, challenge.id).await? {
            return Ok(Err(Refusal::InProgress));
        }
        let attempts = store::count_attempts(conn, challenge.id, now).await?;
        let rejudge = Rejudge {
            id: RejudgeId::generate(),
            challenge_id: challenge.id,
            content_version_id: challenge.version_id,
            status: RejudgeStatus::Running,
            started_by: Some(admin.user_id),
            attempts: i32::try_from(attempts).unwrap_or(i32::MAX),
            queued_to: None,
            created_at: now,
            ended_at: None,
        };
        store::insert(conn, &rejudge).await?;
        enqueue(conn, now, rejudge.id).await?;
        tracing::info!(rejudge = %rejudge.id, challenge = slug, admin = %admin.user_id, attempts, "an item is judged again");
        Ok(Ok(rejudge))
    })
    .await
}

/// Lets the results count, learner by learner, in the background. The caller rings the jobs' bell.
pub async fn apply(db: &Db, admin: Admin, now: DateTime<Utc>, id: RejudgeId) -> Result<std::result::Result<Rejudge, Refusal>> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let rejudge = store::lock(conn, id).await?.ok_or_else(|| Error::not_found("rejudge"))?;
        match rejudge.status {
            RejudgeStatus::Ready => {}
            RejudgeStatus::Running => return Ok(Err(Refusal::NotReady("Some attempts have not been judged again yet; wait for them."))),
            RejudgeStatus::Applying | RejudgeStatus::Applied => return Ok(Ok(rejudge)),
            RejudgeStatus::Discarded => return Ok(Err(Refusal::NotReady("It was discarded; start another one."))),
        }
        let rejudge = store::set_status(conn, id, RejudgeStatus::Applying, None).await?;
        enqueue(conn, now, id).await?;
        tracing::info!(rejudge = %id, admin = %admin.user_id, "the results of a rejudge are applied");
        Ok(Ok(rejudge))
    })
    .await
}

/// Throws the results away; what still waits is cancelled, what runs ends without effect. Answers whose ends have to be announced, too.
pub async fn discard(
    db: &Db,
    admin: Admin,
    now: DateTime<Utc>,
    id: RejudgeId,
) -> Result<std::result::Result<(Rejudge, Vec<Submission>), Refusal>> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let rejudge = store::lock(conn, id).await?.ok_or_else(|| Error::not_found("rejudge"))?;
        match rejudge.status {
            RejudgeStatus::Running | RejudgeStatus::Ready => {}
            RejudgeStatus::Discarded => return Ok(Ok((rejudge, Vec::new()))),
            RejudgeStatus::Applying | RejudgeStatus::Applied => {
                return Ok(Err(Refusal::NotReady("Its results are applied already; another rejudge can change them again.")));
            }
        }
        let mut ended = Vec::new();
        for run in store::queued_runs(conn, id).await? {
            // A worker may have claimed it since it was read.
            if let Some(row) = super::store::lock(conn, run).await?.filter(|row| row.status == super::Status::Queued) {
                ended.push(super::store::cancel_queued(conn, row.id, now).await?);
            }
        }
        tracing::info!(rejudge = %id, admin = %admin.user_id, "the results of a rejudge are thrown away");
        Ok(Ok((store::set_status(conn, id, RejudgeStatus::Discarded, Some(now)).await?, ended)))
    })
    .await
}

async fn enqueue(conn: &mut Conn, now: DateTime<Utc>, id: RejudgeId) -> Result<()> {
    jobs::enqueue(conn, now, JOB, serde_json::json!({"rejudgeId": id})).await
}

/// One step of the job. Everything it has done so far is in the database, so another process may take the next.
pub async fn step(app: &App, now: DateTime<Utc>, payload: serde_json::Value) -> Result<Step> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Payload {
        rejudge_id: RejudgeId,
    }
    let Payload { rejudge_id: id } = serde_json::from_value(payload)?;
    let mut conn = app.db.conn().await?;
    let Some(rejudge) = store::by_id(&mut conn, id).await? else { return Ok(Step::Done) };
    match rejudge.status {
        RejudgeStatus::Running => queue_more(app, now, &mut conn, id).await,
        RejudgeStatus::Applying => apply_more(&mut conn, now, &rejudge).await,
        RejudgeStatus::Ready | RejudgeStatus::Applied | RejudgeStatus::Discarded => Ok(Step::Done),
    }
}

/// Queues as many runs as may wait at a time; ready when all have ended.
async fn queue_more(app: &App, now: DateTime<Utc>, conn: &mut Conn, id: RejudgeId) -> Result<Step> {
    let (step, queued) = db::transaction(conn, async |conn| {
        let Some(rejudge) = store::lock(conn, id).await?.filter(|rejudge| rejudge.status == RejudgeStatus::Running) else {
            return Ok((Step::Done, 0));
        };
        let in_flight = store::in_flight(conn, id).await?;
        let attempts = store::attempts_after(conn, &rejudge, (IN_FLIGHT_MAX - in_flight).max(1)).await?;
        if attempts.is_empty() && in_flight == 0 {
            store::set_status(conn, id, RejudgeStatus::Ready, None).await?;
            return Ok((Step::Done, 0));
        }
        let room = usize::try_from(IN_FLIGHT_MAX - in_flight).unwrap_or(0);
        // One that has not ended yet is waited for.
        let ready: Vec<SubmissionId> = attempts.iter().map_while(|attempt| attempt.ended.then_some(attempt.id)).take(room).collect();
        for attempt in &ready {
            store::insert_run(conn, now, &rejudge, *attempt, SubmissionId::generate()).await?;
        }
        if let Some(last) = ready.last() {
            store::set_queued_to(conn, id, *last).await?;
        }
        Ok((Step::Again(LOOK_AGAIN), ready.len()))
    })
    .await?;
    if queued > 0 {
        app.queue_bell.ring();
    }
    Ok(step)
}

async fn apply_more(conn: &mut Conn, now: DateTime<Utc>, rejudge: &Rejudge) -> Result<Step> {
    for _ in 0..LEARNERS_A_STEP {
        let Some(user_id) = store::next_learner(conn, rejudge.id).await? else {
            store::set_status(conn, rejudge.id, RejudgeStatus::Applied, Some(now)).await?;
            return Ok(Step::Done);
        };
        db::transaction(conn, async |conn| {
            // Everything of one learner at once, under the lock that all of a learner's progress is derived under.
            accounts::lock(conn, user_id).await?;
            for found in store::not_applied(conn, rejudge.id, user_id).await? {
                if let Some(verdict) = found.verdict.filter(|verdict| verdict.says_something()) {
                    store::take_over(conn, found.submission_id, found.run_id, verdict.uses_attempt(true)).await?;
                }
                store::set_applied(conn, now, rejudge.id, found.submission_id).await?;
            }
            progress::on_graded(conn, now, &Graded { user_id, challenge_id: rejudge.challenge_id }).await
        })
        .await?;
    }
    Ok(Step::Again(TimeDelta::zero()))
}

/// Whether a run belongs to a rejudge of a whole item, and so has no effect by itself.
pub(super) async fn is_shadow(conn: &mut Conn, run: SubmissionId) -> Result<bool> {
    store::is_shadow(conn, run).await
}

pub async fn by_id(conn: &mut Conn, id: RejudgeId) -> Result<Option<Rejudge>> {
    store::by_id(conn, id).await
}

/// Newest first.
pub async fn page(conn: &mut Conn, slice: Slice<RejudgeId>) -> Result<Vec<Rejudge>> {
    store::page(conn, slice).await
}

/// What several rejudges have found so far.
pub async fn counts(conn: &mut Conn, ids: &[RejudgeId]) -> Result<Vec<Counts>> {
    store::counts(conn, ids).await
}

/// Which results a page holds.
#[derive(Clone, Copy, Debug)]
pub struct ResultFilter {
    pub rejudge_id: RejudgeId,
    pub changed_only: bool,
    pub slice: Slice<SubmissionId>,
}

/// One attempt, before and after.
#[derive(Clone, Debug)]
pub struct Found {
    pub result: ResultRow,
    pub submission: Submission,
    pub run: Submission,
}

/// Results in the order of their attempts, oldest first; two statements whatever the size of the page.
pub async fn results(conn: &mut Conn, filter: ResultFilter) -> Result<Vec<Found>> {
    let rows = store::results(conn, filter).await?;
    let ids: Vec<SubmissionId> = rows.iter().flat_map(|row| [row.submission_id, row.run_id]).collect();
    let submissions = super::store::by_ids(conn, &ids).await?;
    let find = |id| submissions.iter().find(|row| row.id == id).cloned().ok_or_else(|| Error::not_found("submission"));
    rows.into_iter().map(|result| Ok(Found { submission: find(result.submission_id)?, run: find(result.run_id)?, result })).collect()
}

impl Verdict {
    /// Whether a run that ended so says anything about the learner's work.
    #[must_use]
    pub const fn says_something(self) -> bool {
        !matches!(self, Self::Infrastructure | Self::ContentError | Self::Cancelled)
    }
}
