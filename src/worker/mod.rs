//! Takes submissions from the queue, runs them in the sandbox and records how they ended.
//!
//! Owns nothing but time: the rows are `submissions`', the cells are `sandbox`'s. Any number of workers may run, on any
//! number of machines; one that dies leaves a lease to expire and its work is done again. Start reading at [`run`].

mod drive;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    app::App,
    error::Result,
    sandbox::Sandbox,
    submissions::{
        queue::{self, Claimed, Want},
        types::{Runtime, stored_runtime},
    },
};

/// How long a worker that cannot reach the database waits before it tries again.
const RETRY_AFTER: Duration = Duration::from_millis(500);

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
    let slots = Arc::new(Semaphore::new(worker.app.config.worker.slots));
    let tasks = TaskTracker::new();
    let give_back = CancellationToken::new();
    let runtimes: Vec<Runtime> = worker.sandbox.runtimes().into_iter().map(stored_runtime).collect();
    tracing::info!(worker = worker.worker_id, slots = worker.app.config.worker.slots, "the worker takes submissions");
    while !shutdown.is_cancelled() {
        let Some(Ok(permit)) = shutdown.run_until_cancelled(Arc::clone(&slots).acquire_owned()).await else { break };
        // The last free slot is for learners who are looking at the screen.
        let live_only = worker.app.config.worker.slots > 1 && slots.available_permits() == 0;
        match claim(&worker, &runtimes, live_only).await {
            Ok(Some(claimed)) => {
                let (worker, give_back) = (worker.clone(), give_back.clone());
                tasks.spawn(async move {
                    drive::drive(&worker, claimed, give_back).await;
                    drop(permit);
                });
            }
            Ok(None) => {
                drop(permit);
                let wait = timeout(worker.app.config.worker.poll, worker.app.queue_bell.notified());
                let _rung_or_due = shutdown.run_until_cancelled(wait).await;
            }
            Err(error) => {
                drop(permit);
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

async fn claim(worker: &Worker, runtimes: &[Runtime], live_only: bool) -> Result<Option<Claimed>> {
    let App { db, clock, config, .. } = &worker.app;
    let want = Want { worker_id: &worker.worker_id, runtimes, lease: config.worker.lease, live_only };
    queue::claim(db, clock.now(), &want).await
}

/// Puts back what dead workers left, until `shutdown`. One in each process is harmless; one in all is enough.
pub async fn reap(app: App, shutdown: CancellationToken) {
    let every = app.config.worker.poll.min(app.config.worker.heartbeat);
    while shutdown.run_until_cancelled(tokio::time::sleep(every)).await.is_some() {
        match queue::reap(&app.db, app.clock.now()).await {
            Ok(0) => {}
            Ok(count) => {
                tracing::warn!(count, "submissions of a lost worker are queued again");
                app.queue_bell.notify_one();
            }
            Err(error) => tracing::warn!(error = %error.into_anyhow(), "expired leases could not be looked for"),
        }
    }
}
