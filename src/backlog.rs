//! What waits in the database, for `/metrics`: read when somebody looks, and the same whichever process is asked.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use crate::{
    app::App,
    error::Result,
    jobs,
    metrics::{Moment, Waiting},
    progress, submissions,
};

/// A database that takes longer has no say in what is shown.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// How many rows wait, and since when the oldest does.
pub type Rows = (i64, Option<DateTime<Utc>>);

/// All that is read when somebody looks.
pub async fn moment(app: &App) -> Moment {
    let now = app.clock.now();
    let (operations_running, operations_waiting) = app.admission.status();
    let known = Moment { pools: app.pools(), operations_running, operations_waiting, ..Moment::default() };
    let Ok(Ok(((submissions, running), jobs, outbox))) = timeout(READ_TIMEOUT, read(app, now)).await else { return known };
    let waiting = |(rows, since): Rows| Waiting { rows, oldest_seconds: since.map_or(0, |since| (now - since).num_seconds().max(0)) };
    let queues = vec![("submissions", waiting(submissions)), ("jobs", waiting(jobs)), ("outbox", waiting(outbox))];
    Moment { queues, submissions_running: Some(running), ..known }
}

async fn read(app: &App, now: DateTime<Utc>) -> Result<((Rows, i64), Rows, Rows)> {
    let mut conn = app.db.conn().await?;
    let submissions = submissions::backlog(&mut conn).await?;
    Ok((submissions, jobs::backlog(&mut conn, now).await?, progress::outbox::backlog(&mut conn).await?))
}
