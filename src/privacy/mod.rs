//! What people may ask of data about themselves: a copy of all of it, and its end.
//!
//! Owns the `data_exports` and `data_export_parts` tables. An export is a job that reads every table that names the account, in one snapshot of
//! the database; the text is kept for a week behind signed addresses. A deletion is one transaction: the ledger goes to a nameless account, so that
//! its sums stay what they were, and the account's row takes everything else with it. Start reading at [`request`] and [`delete_account`].

mod export;
pub mod graphql;
mod store;

use chrono::{DateTime, TimeDelta, Utc};
pub use export::{EXPORTED, step};
use serde_json::json;
pub use store::Export;

use crate::{
    accounts,
    app::App,
    auth::{ClientAddress, Viewer, tokens::Tokens},
    boards,
    db::{
        self, Conn,
        ids::{TypedId, UserId},
    },
    error::{Error, Result},
    jobs, progress, submissions,
    submissions::live,
};

/// The kind of the job that draws up an export.
pub const JOB: &str = "data-export";
/// How long a finished export can be fetched.
const KEPT: TimeDelta = TimeDelta::days(7);
/// The least time between two requests of an account.
const PAUSE: TimeDelta = TimeDelta::hours(1);

impl Export {
    /// When it is deleted; None until it is ready.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.ready_at.map(|ready| ready + KEPT)
    }
}

/// No other export may be asked for before this.
#[derive(Clone, Copy, Debug)]
pub struct TooSoon(pub DateTime<Utc>);

/// Asks for a copy of everything about an account. While one is being drawn up, asking again answers that one.
pub async fn request(app: &App, user_id: UserId, with_submissions: bool) -> Result<Result<Export, TooSoon>> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    let asked = db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        match store::export(conn, user_id).await? {
            Some(last) if now < last.requested_at + PAUSE && last.ready_at.is_none() => return Ok(Ok(last)),
            Some(last) if now < last.requested_at + PAUSE => return Ok(Err(TooSoon(last.requested_at + PAUSE))),
            _ => {}
        }
        let export = Export { user_id, with_submissions, requested_at: now, ready_at: None, bytes: 0 };
        store::put(conn, &export).await?;
        jobs::enqueue(conn, now, JOB, json!({"account": user_id.uuid()})).await?;
        Ok(Ok(export))
    })
    .await?;
    app.jobs_bell.ring();
    Ok(asked)
}

/// The newest export of an account that has not expired.
pub async fn export_of(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId) -> Result<Option<Export>> {
    Ok(store::export(conn, user_id).await?.filter(|export| export.expires_at().is_none_or(|end| now < end)))
}

/// The path at which whoever has it may fetch a finished export until the address ends.
pub fn path(tokens: &Tokens, now: DateTime<Utc>, export: &Export) -> Result<String> {
    Ok(format!("/documents/{}.json", tokens.sign_link(subject(export.user_id, export.requested_at), now)?))
}

fn subject(user_id: UserId, requested_at: DateTime<Utc>) -> String {
    format!("{user_id}/data-export/{}", requested_at.timestamp_micros())
}

/// The export behind the last part of a path; NOT_FOUND when it is gone, or its address has ended or was never ours.
pub async fn open(app: &App, token: &str) -> Result<Export> {
    let now = app.clock.now();
    let gone = || Error::not_found("document, or its address has ended; ask for a new one");
    let named = app.auth.tokens.read_link(token, now).ok_or_else(gone)?;
    let user_id = named.split('/').next().and_then(|id| UserId::parse(id).ok()).ok_or_else(gone)?;
    let mut conn = app.db.conn().await?;
    let export = export_of(&mut conn, now, user_id).await?.filter(|export| export.ready_at.is_some()).ok_or_else(gone)?;
    // An account that is closed opens nothing, whatever addresses are still about.
    let open = accounts::user(&mut conn, user_id).await?.suspended_at.is_none();
    Some(export).filter(|_| open).filter(|export| subject(user_id, export.requested_at) == named).ok_or_else(gone)
}

/// A piece of an export's text; None after the last one.
pub async fn part(app: &App, user_id: UserId, position: i32) -> Result<Option<String>> {
    store::part(&mut *app.db.conn().await?, user_id, position).await
}

/// Deletes exports that have expired, and those that were never finished. Answers how many.
pub async fn forget(app: &App) -> Result<usize> {
    store::delete_older(&mut *app.db.conn().await?, app.clock.now() - KEPT).await
}

/// How the end of an account was met.
pub enum Deletion {
    Done(DateTime<Utc>),
    WrongPassword,
    LastAdmin,
}

/// Ends the viewer's account for good: its runs are stopped, its sessions end, and nothing that tells of the person stays. RATE_LIMITED after
/// too many wrong passwords.
pub async fn delete_account(app: &App, viewer: &Viewer, password: &str, address: Option<ClientAddress>) -> Result<Deletion> {
    let (now, user_id) = (app.clock.now(), viewer.user_id);
    if !accounts::is_password(app, user_id, password, address).await? {
        return Ok(Deletion::WrongPassword);
    }
    let mut conn = app.db.conn().await?;
    let erased = db::transaction(&mut conn, async |conn| {
        if accounts::is_last_admin(conn, user_id).await? {
            return Ok(None);
        }
        accounts::lock(conn, user_id).await?;
        let running = submissions::erase(conn, user_id).await?;
        boards::forget_learner(conn, user_id).await?;
        let heir = accounts::nameless(conn, now).await?;
        progress::erase(conn, user_id, heir).await?;
        jobs::forget(conn, JOB, &json!({"account": user_id.uuid()})).await?;
        let sessions = accounts::erase(conn, user_id).await?;
        Ok(Some((running, sessions)))
    })
    .await?;
    let Some((running, sessions)) = erased else { return Ok(Deletion::LastAdmin) };
    for session in sessions {
        app.auth.sessions.forget(session).await;
    }
    for id in running {
        // Whoever drives it finds its row gone, and stops it.
        app.events.ring(&live::control_name(id));
    }
    boards::follow::ring(app.events.as_ref());
    tracing::info!(user = %user_id, "an account was deleted");
    Ok(Deletion::Done(now))
}
