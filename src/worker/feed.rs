//! Brings what is typed into a run from the database to the cell that runs it, piece by piece in its order.

use std::future::pending;

use tokio::{sync::watch, time::timeout};

use crate::{
    app::App,
    error::Result,
    sandbox::Typed,
    submissions::{inputs, live, queue::Claimed},
};

/// Looks whenever the bell is rung, and at every poll in case the bell was not heard. Never returns.
pub async fn feed(app: &App, claimed: &Claimed, typed: Option<watch::Sender<Typed>>) {
    if let Some(typed) = typed {
        let mut bell = app.events.watch(&live::input_name(claimed.id));
        let mut seen = 0;
        loop {
            bell.mark_unchanged();
            match look(app, claimed, &typed, seen).await {
                Ok(last) => seen = last,
                Err(error) => {
                    tracing::warn!(submission = %claimed.id, error = %error.into_anyhow(), "what was typed could not be read yet");
                }
            }
            if typed.borrow().ended {
                break;
            }
            let _rung_or_due = timeout(app.config.worker.poll, bell.changed()).await;
        }
    }
    pending::<()>().await;
}

/// Answers the number of the last piece.
async fn look(app: &App, claimed: &Claimed, typed: &watch::Sender<Typed>, seen: i32) -> Result<i32> {
    let pieces = inputs::after(&mut *app.db.conn().await?, claimed.id, seen).await?;
    let last = pieces.last().map_or(seen, |piece| piece.seq);
    if !pieces.is_empty() {
        typed.send_modify(|typed| {
            for piece in &pieces {
                typed.bytes.extend_from_slice(piece.text.as_bytes());
                typed.ended |= piece.ends;
            }
        });
    }
    Ok(last)
}
