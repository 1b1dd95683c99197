//! Three hints a challenge, from a nudge to a partial solution; each opens only after a graded attempt since the one before.

use chrono::{DateTime, Utc};

use super::{challenge_lock, store};
use crate::{
    accounts,
    auth::Viewer,
    curriculum,
    db::{
        self, Conn, Db,
        ids::{ChallengeId, UserId},
    },
    error::{Error, Result},
};

/// An opened hint.
#[derive(Clone, Debug)]
pub struct Hint {
    /// 1 nudge, 2 structure, 3 partial solution.
    pub rung: i32,
    /// Markdown.
    pub body: String,
    pub revealed_at: DateTime<Utc>,
}

/// Opens the next hint, or says why it stays closed.
pub async fn reveal(db: &Db, now: DateTime<Utc>, viewer: &Viewer, slug: &str) -> Result<Result<Hint, String>> {
    let user_id = viewer.user_id;
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        let challenge = curriculum::challenge_by_slug(conn, slug).await?.ok_or_else(|| Error::not_found("challenge"))?;
        if let Some(lock) = challenge_lock(conn, viewer, &challenge).await? {
            return Ok(Err(lock.message));
        }
        let body = curriculum::challenge_body(conn, challenge.version_id).await?;
        let opened = store::hints(conn, user_id, challenge.id).await?;
        let Some(text) = body.hints.get(opened.len()) else { return Ok(Err("You have seen all hints of this challenge.".to_owned())) };
        let graded_at = store::challenge_progress(conn, user_id, challenge.id).await?.and_then(|progress| progress.last_graded_at);
        let since = opened.last().map(|(_, at)| *at);
        if graded_at.is_none_or(|graded| since.is_some_and(|since| graded <= since)) {
            return Ok(Err("A hint opens after a graded attempt: submit what you have, then ask again.".to_owned()));
        }
        let rung = i32::try_from(opened.len()).unwrap_or(0) + 1;
        store::open_hint(conn, now, user_id, challenge.id, rung).await?;
        Ok(Ok(Hint { rung, body: text.clone(), revealed_at: now }))
    })
    .await
}

/// The hints a learner has opened, the first first.
pub async fn opened(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<Vec<Hint>> {
    let Some(challenge) = curriculum::challenge_by_id(conn, challenge_id).await? else { return Ok(Vec::new()) };
    let body = curriculum::challenge_body(conn, challenge.version_id).await?;
    let opened = store::hints(conn, user_id, challenge_id).await?;
    let shown = opened.into_iter().filter_map(|(rung, revealed_at)| {
        let text = usize::try_from(rung - 1).ok().and_then(|index| body.hints.get(index))?;
        Some(Hint { rung, body: text.clone(), revealed_at })
    });
    Ok(shown.collect())
}
