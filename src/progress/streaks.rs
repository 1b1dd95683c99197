//! Streaks that change because a day went by: looked for by the scheduler, told like any other change.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{history::History, ledger::Settlement, settle, store};
use crate::{
    accounts,
    app::App,
    db::{self, ids::UserId},
    error::Result,
};

/// How often days that have ended are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Learners looked at in one go.
const BATCH: i64 = 100;

/// Looks until `shutdown`. More than one is harmless.
pub async fn watch(app: App, shutdown: CancellationToken) {
    loop {
        match roll(&app).await {
            Ok(learners) => tracing::debug!(learners, "streaks of days that have ended were looked at"),
            Err(error) => tracing::warn!(error = %error.into_anyhow(), "streaks could not be looked at"),
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_none() {
            return;
        }
    }
}

/// Looks at every streak whose day has ended. Answers how many.
pub async fn roll(app: &App) -> Result<usize> {
    let mut rolled = 0;
    loop {
        let due = store::due_streaks(&mut *app.db.conn().await?, app.clock.now(), BATCH).await?;
        if due.is_empty() {
            return Ok(rolled);
        }
        rolled += due.len();
        for user_id in due {
            roll_one(app, user_id).await?;
        }
        app.outbox_bell.ring();
    }
}

async fn roll_one(app: &App, user_id: UserId) -> Result<()> {
    let mut conn = app.db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        let now = app.clock.now();
        let history = History::load(conn, now, user_id).await?;
        let settlement = Settlement::begin(conn, now, user_id, None).await?;
        settle::settle_streak(conn, &settlement, &history.streak()).await
    })
    .await
}
