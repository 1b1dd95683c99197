//! The worker's side of a submission: claim it under a lease, keep the lease, record how it ended.
//!
//! A claim raises the generation; every later write names it and is refused once somebody else has claimed
//! (a fencing token, after Kleppmann, "How to do distributed locking", 2016).

mod store;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
pub use store::{Claimed, Release};

use super::{
    CheckStatus, Kind, SubmissionCheck, Verdict,
    types::{Runtime, Status},
};
use crate::{
    accounts,
    db::{self, Db, ids::SubmissionId},
    error::Result,
    progress::{self, Graded},
};

/// Cell faults after which a submission ends as INFRASTRUCTURE.
pub const CELL_FAULTS_MAX: i32 = 3;
/// Expired leases after which a submission ends as INFRASTRUCTURE.
pub const LEASE_EXPIRIES_MAX: i32 = 10;

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct Want<'a> {
    pub worker_id: &'a str,
    pub runtimes: &'a [Runtime],
    pub lease: Duration,
    /// Take nothing but what learners wait for: one slot of a worker is kept for them.
    pub live_only: bool,
    /// Take nothing that somebody types into: such runs may not hold every slot.
    pub untyped_only: bool,
}

/// The next submission in the queue's order, or None. Never more than two of one learner at a time.
pub async fn claim(db: &Db, now: DateTime<Utc>, want: &Want<'_>) -> Result<Option<Claimed>> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        store::one_claim_at_a_time(conn).await?;
        store::claim(conn, now, want).await
    })
    .await
}

/// Whether a worker still holds what it claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    Held,
    /// The learner wants it to end.
    CancelAsked,
    /// Another worker has it, or it has ended: stop and write nothing more.
    Deposed,
}

/// Extends the lease.
pub async fn heartbeat(db: &Db, now: DateTime<Utc>, id: SubmissionId, generation: i32, lease: Duration) -> Result<Hold> {
    let until = now + TimeDelta::from_std(lease).unwrap_or(TimeDelta::seconds(30));
    let mut conn = db.conn().await?;
    Ok(match store::extend_lease(&mut conn, id, generation, until).await? {
        None => Hold::Deposed,
        Some(None) => Hold::Held,
        Some(Some(_)) => Hold::CancelAsked,
    })
}

/// How a run ended, complete.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub verdict: Verdict,
    pub checks: Vec<SubmissionCheck>,
    pub stdout: String,
    pub stderr: String,
    pub output_truncated: bool,
    pub exit_code: Option<i32>,
    pub detail: Option<String>,
    /// Sequence of the terminal event.
    pub final_seq: i64,
    pub cpu_ms: i64,
    pub wall_ms: i64,
    pub peak_memory_kib: i64,
}

impl Outcome {
    #[must_use]
    pub fn score(&self) -> i32 {
        self.checks.iter().map(|check| check.points).sum()
    }

    #[must_use]
    pub fn max_score(&self) -> i32 {
        self.checks.iter().map(|check| check.max_points).sum()
    }

    fn a_check_ended(&self) -> bool {
        self.checks.iter().any(|check| !matches!(check.status, CheckStatus::Pending | CheckStatus::Running | CheckStatus::NotRun))
    }
}

/// Whether a record was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    Stored,
    /// Somebody else holds the submission: nothing was written.
    Deposed,
}

/// The end, in one transaction that must still hold the fencing token: verdict, checks, output, and all progress that follows from them.
pub async fn record(db: &Db, now: DateTime<Utc>, claimed: &Claimed, outcome: &Outcome) -> Result<Recorded> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        // The learner before the submission: the same order as in `submit`, so that the two never wait for each other.
        accounts::lock(conn, claimed.user_id).await?;
        let Some(row) = super::store::lock(conn, claimed.id).await? else { return Ok(Recorded::Deposed) };
        if row.generation != claimed.generation || row.status != Status::Running {
            return Ok(Recorded::Deposed);
        }
        let uses_attempt = row.kind == Kind::Submission && outcome.verdict.uses_attempt(outcome.a_check_ended());
        store::finish(conn, now, row.id, outcome, uses_attempt).await?;
        store::insert_checks(conn, row.id, &outcome.checks).await?;
        let Some(challenge_id) = row.challenge_id else { return Ok(Recorded::Stored) };
        match (row.kind, row.rejudge_of) {
            (Kind::Submission, _) => {}
            // A rejudge that our own fault ended says nothing about the learner's work.
            (Kind::Rejudge, Some(original)) if outcome.verdict.says_something() && !super::rejudges::is_shadow(conn, row.id).await? => {
                store::apply_rejudge(conn, original, &row, outcome).await?;
            }
            _ => return Ok(Recorded::Stored),
        }
        progress::on_graded(conn, now, &Graded { user_id: row.user_id, challenge_id }).await?;
        Ok(Recorded::Stored)
    })
    .await
}

/// Gives a claim back after a fault of ours, or for a shutdown.
pub async fn release(db: &Db, claimed: &Claimed, why: Release) -> Result<Hold> {
    let mut conn = db.conn().await?;
    let released = store::release(&mut conn, claimed.id, claimed.generation, why).await?;
    Ok(if released { Hold::Held } else { Hold::Deposed })
}

/// Puts back what a dead worker left, and ends what has been left too often. Answers how many came back.
pub async fn reap(db: &Db, now: DateTime<Utc>) -> Result<usize> {
    let mut conn = db.conn().await?;
    let ended = store::end_hopeless(&mut conn, now).await?;
    for id in &ended {
        tracing::error!(submission = %id, "a submission ended as INFRASTRUCTURE: its lease expired {LEASE_EXPIRIES_MAX} times");
    }
    store::requeue_expired(&mut conn, now).await
}

/// Whether this fault is one too many for the submission.
#[must_use]
pub fn gives_up(claimed: &Claimed) -> bool {
    claimed.cell_faults + 1 >= CELL_FAULTS_MAX
}
