//! Work that is done in the background: enqueued in the transaction that made it necessary, claimed under a lease, run, tried again.
//!
//! Owns the `jobs` table. It knows no job: whoever starts a process hands it the [`Handlers`]. A job may run twice, since a process may die
//! between its work and its record. Start reading at [`run`].

mod store;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use self::store::Job;
use crate::{
    clock::Clock,
    db::{
        Conn, Db,
        ids::{JobId, TypedId},
    },
    error::Result,
    events::Bell,
};

/// How long a job may take; one that takes longer is stopped, and counts as failed.
const LEASE: Duration = Duration::from_secs(60);
/// Between two looks when no bell is rung.
const POLL: Duration = Duration::from_millis(500);
/// Failures after which a job is given up; with the pauses below that takes about three hours.
const FAILURES_MAX: i32 = 12;
const PAUSE_MAX: TimeDelta = TimeDelta::minutes(30);

/// How a job's step ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Done,
    /// There is more to do, not before this has passed.
    Again(TimeDelta),
}

type Handler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Step>> + Send + Sync>;

/// What is done for each kind of job.
#[derive(Clone, Default)]
pub struct Handlers(BTreeMap<&'static str, Handler>);

impl Handlers {
    #[must_use]
    pub fn with<F>(mut self, kind: &'static str, handler: impl Fn(Value) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Step>> + Send + 'static,
    {
        self.0.insert(kind, Arc::new(move |payload| Box::pin(handler(payload))));
        self
    }
}

/// Leaves a job for whoever runs jobs, as soon as the caller's transaction commits. The caller rings the bell then.
pub async fn enqueue(conn: &mut Conn, now: DateTime<Utc>, kind: &'static str, payload: Value) -> Result<()> {
    store::insert(conn, now, JobId::generate(), kind, payload).await
}

/// Takes back jobs of a kind that were left with exactly this payload, run or not.
pub async fn forget(conn: &mut Conn, kind: &'static str, payload: &Value) -> Result<()> {
    store::delete_like(conn, kind, payload).await
}

/// Jobs that are due and in nobody's hands.
pub async fn backlog(conn: &mut Conn, now: DateTime<Utc>) -> Result<(i64, Option<DateTime<Utc>>)> {
    store::due(conn, now).await
}

/// Runs jobs one after another until `shutdown`. Any number of processes may.
pub async fn run(db: Db, clock: Clock, bell: Arc<Bell>, handlers: Handlers, shutdown: CancellationToken) {
    while !shutdown.is_cancelled() {
        let worked = match shutdown.run_until_cancelled(run_one(&db, &clock, &handlers)).await {
            None => return,
            Some(Ok(worked)) => worked,
            Some(Err(error)) => {
                tracing::warn!(error = %error.into_anyhow(), "jobs could not be looked for");
                false
            }
        };
        if !worked {
            let _rung_or_due = shutdown.run_until_cancelled(timeout(POLL, bell.rung())).await;
        }
    }
}

/// Runs the job that is due longest. False when none is.
async fn run_one(db: &Db, clock: &Clock, handlers: &Handlers) -> Result<bool> {
    let kinds: Vec<&str> = handlers.0.keys().copied().collect();
    let (now, lease) = (clock.now(), TimeDelta::from_std(LEASE).unwrap_or(TimeDelta::minutes(1)));
    let Some(job) = store::claim(&mut *db.conn().await?, now, now + lease, &kinds).await? else { return Ok(false) };
    let Some(handler) = handlers.0.get(job.kind.as_str()) else { return Ok(false) };
    let ended = match timeout(LEASE, handler(job.payload.clone())).await {
        Ok(ended) => ended.map_err(|error| format!("{:#}", error.into_anyhow())),
        Err(_) => Err(format!("it took longer than {} s", LEASE.as_secs())),
    };
    note(&mut *db.conn().await?, clock.now(), &job, ended).await?;
    Ok(true)
}

async fn note(conn: &mut Conn, now: DateTime<Utc>, job: &Job, ended: std::result::Result<Step, String>) -> Result<()> {
    match ended {
        Ok(Step::Done) => store::delete(conn, job).await,
        Ok(Step::Again(after)) => store::run_again(conn, job, now + after).await,
        Err(why) if job.failures + 1 >= FAILURES_MAX => {
            tracing::error!(job = %job.id, kind = job.kind, why, "a job is given up");
            store::fail(conn, job, &why, None, now).await
        }
        Err(why) => {
            tracing::warn!(job = %job.id, kind = job.kind, why, failures = job.failures + 1, "a job failed and is tried again");
            store::fail(conn, job, &why, Some(now + pause(job.failures)), now).await
        }
    }
}

/// Doubles with each failure, from a second on.
fn pause(failures: i32) -> TimeDelta {
    TimeDelta::seconds(1 << failures.clamp(0, 20)).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!([0, 1, 5].map(pause), [1, 2, 32].map(TimeDelta::seconds));
        assert_eq!(pause(i32::MAX), PAUSE_MAX);
    }
}
