//! XP: one append-only ledger, one target function.
//!
//! Whoever finds out what a source is worth now calls [`settle`]; what is missing to that is appended, and nothing when nothing is
//! missing. Verdict, rejudge, correction and replay all come here, so nothing is earned twice or lost for good.

use chrono::{DateTime, Utc};

use super::{
    learner_events::{self, LearnerEvent},
    levels,
    store::{self, NewXpEntry},
};
use crate::{
    db::{
        Conn,
        ids::{ContentVersionId, TypedId, UserId, XpEntryId},
    },
    error::{Error, Result},
    text_enum,
};

text_enum! {
    /// What XP is for.
    pub enum XpKind {
        Lesson = "LESSON",
        Challenge = "CHALLENGE",
        Module = "MODULE",
        Achievement = "ACHIEVEMENT",
    }
}

/// What a source is worth to a learner now.
#[derive(Debug)]
pub struct Target<'a> {
    pub kind: XpKind,
    pub source_id: String,
    pub xp: i64,
    /// For the learner, in plain words.
    pub reason: &'a str,
    pub version_id: Option<ContentVersionId>,
}

/// Appends the difference between the target and what the ledger holds of this source. The caller holds the learner's row lock.
pub async fn settle(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, target: Target<'_>) -> Result<()> {
    let held = store::held(conn, user_id, target.kind, &target.source_id).await?;
    let difference = target.xp - held.amount;
    if difference == 0 {
        return Ok(());
    }
    let before = store::total(conn, user_id).await?;
    let entry = NewXpEntry {
        id: XpEntryId::generate(),
        user_id,
        kind: target.kind,
        source_id: target.source_id,
        revision: held.revision + 1,
        amount: i32::try_from(difference).map_err(|_| Error::broken("an award is out of range"))?,
        reason: target.reason.to_owned(),
        content_version_id: target.version_id,
        created_at: now,
    };
    store::insert_entry(conn, &entry).await?;
    let total = before + difference;
    learner_events::append(conn, now, user_id, &LearnerEvent::XpAwarded { entry_id: entry.id, total }).await?;
    let level = levels::level(total);
    if level > levels::level(before) {
        learner_events::append(conn, now, user_id, &LearnerEvent::LevelReached { level }).await?;
    }
    Ok(())
}
