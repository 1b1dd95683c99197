//! Publishes what transactions left in the outbox: at least once, in the order of the rows. Whoever listens reads again from
//! Postgres after its own cursor, so a second publication is harmless and a late one is only late.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::store;
use crate::{
    app::App,
    boards,
    db::{self, Conn},
    error::Result,
};

/// Rows published in one transaction.
const BATCH: i64 = 200;
/// How long rows wait when no bell was heard: those that a process left that died after its commit.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How long the learner's topic is kept.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long published rows are kept.
const PUBLISHED_KEPT: TimeDelta = TimeDelta::days(7);

/// Publishes until `shutdown`. More than one is harmless.
pub async fn publish(app: App, shutdown: CancellationToken) {
    loop {
        match publish_batch(&app).await {
            Ok(0) => {
                let wait = timeout(SWEEP_EVERY, app.outbox_bell.rung());
                if shutdown.run_until_cancelled(wait).await.is_none() {
                    return;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(error = %error.into_anyhow(), "the outbox could not be published");
                if shutdown.run_until_cancelled(tokio::time::sleep(SWEEP_EVERY)).await.is_none() {
                    return;
                }
            }
        }
    }
}

async fn publish_batch(app: &App) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let rows = store::unpublished(conn, BATCH).await?;
        for row in &rows {
            // Who listens reads the event itself from Postgres.
            app.events.ring(&row.topic);
        }
        if rows.iter().any(|row| row.payload.get("type").is_some_and(|kind| kind == "XpAwarded")) {
            boards::follow::ring(app.events.as_ref());
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        store::set_published(conn, app.clock.now(), &ids).await?;
        Ok(rows.len())
    })
    .await
}

/// What is not published yet.
pub async fn backlog(conn: &mut Conn) -> Result<(i64, Option<DateTime<Utc>>)> {
    store::unpublished_since(conn).await
}

/// Deletes learners' events and published rows that are past their retention.
pub async fn forget(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    store::forget(&mut conn, now - EVENTS_KEPT, now - PUBLISHED_KEPT).await
}
