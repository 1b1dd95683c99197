//! Takes submissions from the queue, runs them in the sandbox and records how they ended.
//!
//! Owns nothing but time: the rows are `submissions`', the cells are `sandbox`'s. Any number of workers may run, on any
//! number of machines; one that dies leaves a lease to expire and its work is done again. Start reading at [`run`].

mod drive;
mod feed;
mod pen;
pub mod slots;

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use slots::Slots;

use crate::{
    app::App,
    db::ids::TypedId,
    error::Result,
    metrics::Phase,
    sandbox::Sandbox,
    submissions::{
        queue::{self, Claimed, Want},
        types::{Runtime, stored_runtime},
    },
    telemetry::{Kind as SpanKind, Parent, Span},
};

/// How long a worker that cannot reach the database waits before it tries again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// How long a worker without a cell waits before it looks again.
const LOOK_FOR_CELLS_EVERY: Duration = Duration::from_millis(100);

/// What a worker is made of.
#[derive(Clone)]
pub struct Worker {
    pub app: App,
    pub sandbox: Arc<dyn Sandbox>,
    /// Names this process in the rows it holds, for people.
    pub worker_id: String,
}

/// Works until `shutdown`, then lets the runs in progress end for as long as the settings' drain time and gives the rest back.
pub async fn run(worker: Worker, shutdown: CancellationToken) {
    let slots = Slots::new(worker.app.config.worker.slots);
    let tasks = TaskTracker::new();
    let give_back = CancellationToken::new();
    let runtimes: Vec<Runtime> = worker.sandbox.runtimes().into_iter().map(stored_runtime).collect();
    worker.app.metrics.works(worker.app.config.worker.slots);
    tracing::info!(worker = worker.worker_id, slots = worker.app.config.worker.slots, "the worker takes submissions");
    while !shutdown.is_cancelled() {
        let Some(slot) = shutdown.run_until_cancelled(slots.take()).await else { break };
        // What is claimed without a cell to run it would only wait here instead of in the queue, and its learner be told of our fault.
        if let Err(fault) = worker.sandbox.health().await {
            drop(slot);
            tracing::debug!(%fault, "no run is claimed while there is no cell");
            let _waited = shutdown.run_until_cancelled(tokio::time::sleep(LOOK_FOR_CELLS_EVERY)).await;
            continue;
        }
        match claim(&worker, &runtimes, &slots).await {
            Ok(Some((claimed, span))) => {
                let slot = slot.holds(&claimed);
                let (worker, give_back) = (worker.clone(), give_back.clone());
                tasks.spawn(async move {
                    let _running = worker.app.metrics.run_started();
                    span.around(Box::pin(drive::drive(&worker, claimed, give_back))).await;
                    drop(slot);
                });
            }
            Ok(None) => {
                drop(slot);
                let wait = timeout(worker.app.config.worker.poll, worker.app.queue_bell.rung());
                let _rung_or_due = shutdown.run_until_cancelled(wait).await;
            }
            Err(error) => {
                drop(slot);
                tracing::warn!(error = %error.into_anyhow(), "the worker cannot claim");
                let _waited = shutdown.run_until_cancelled(tokio::time::sleep(RETRY_AFTER)).await;
            }
        }
    }
    tasks.close();
    if timeout(worker.app.config.http.drain, tasks.wait()).await.is_err() {
        tracing::warn!(runs = tasks.len(), "the drain time is over; the runs in progress go back to the queue");
        give_back.cancel();
        tasks.wait().await;
    }
    tracing::info!(worker = worker.worker_id, "the worker has stopped");
}

/// With the span of its run, in the trace that queued it.
async fn claim(worker: &Worker, runtimes: &[Runtime], slots: &Slots) -> Result<Option<(Claimed, Span)>> {
    let App { db, clock, config, metrics, .. } = &worker.app;
    let want = Want {
        worker_id: &worker.worker_id,
        runtimes,
        lease: config.worker.lease,
        live_only: slots.are_for_learners_only(),
        untyped_only: slots.are_for_untyped_only(),
    };
    let (now, began) = (clock.now(), Instant::now());
    let claimed = queue::claim(db, now, &want).await?;
    let Some(claimed) = claimed else { return Ok(None) };
    let (took, waited) = (began.elapsed(), (now - claimed.queued_at).to_std().unwrap_or_default());
    metrics.phase(Phase::Claim, took);
    metrics.phase(Phase::Queue, waited);
    let span = traced(&worker.app, &claimed, (waited, took));
    Ok(Some((claimed, span)))
}

/// Begins with the claim, which could not know yet whose trace it is in.
fn traced(app: &App, claimed: &Claimed, (waited, took): (Duration, Duration)) -> Span {
    let sent = claimed.traceparent.as_deref().and_then(Parent::parse);
    let of = |name, kind, under: &Option<Parent>| app.traces.span(name, kind).under(under.clone());
    of(Phase::Queue.as_str(), SpanKind::Internal, &sent).ago(waited + took).begin().end_ago(took);
    let mut span = of("process submissions", SpanKind::Consumer, &sent).ago(took).begin();
    span.message("postgresql", "submissions", "process", claimed.id.uuid());
    span.word("wts.submission.kind", claimed.kind.as_str()).number("wts.submission.generation", i64::from(claimed.generation));
    drop(of(Phase::Claim.as_str(), SpanKind::Internal, &span.parent()).ago(took).begin());
    span
}

/// Puts back what dead workers left, until `shutdown`. One in each process is harmless; one in all is enough.
pub async fn reap(app: App, shutdown: CancellationToken) {
    let every = app.config.worker.poll.min(app.config.worker.heartbeat);
    while shutdown.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        match queue::reap(&app.db, app.clock.now()).await {
            Ok(0) => {}
            Ok(count) => {
                tracing::warn!(count, "submissions of a lost worker are queued again");
                app.queue_bell.ring();
            }
            Err(error) => tracing::warn!(error = %error.into_anyhow(), "expired leases could not be looked for"),
        }
    }
}
