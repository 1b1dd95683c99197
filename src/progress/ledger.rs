//! XP: one append-only ledger, one target function.
//!
//! Whoever finds out what a source is worth now calls [`Settlement::settle`]; what is missing to that is appended, and nothing when
//! nothing is missing. Verdict, rejudge, correction and replay all come here, so nothing is earned twice or lost for good.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    learner_events::{self, LearnerEvent},
    levels,
    notifications::{self, NotificationKind},
    store::{self, NewXpEntry},
};
use crate::{
    db::{
        Conn,
        ids::{ContentVersionId, TrackId, TypedId, UserId, XpEntryId},
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
        Mission = "MISSION",
        /// What an admin gave or took, with a reason.
        Correction = "CORRECTION",
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
    /// The content that counted; None where the source has none of its own, and that of what caused it is noted.
    pub version_id: Option<ContentVersionId>,
    /// None for what belongs to no track.
    pub track_id: Option<TrackId>,
}

/// One derivation of a learner's progress, in one transaction under the learner's row lock.
#[derive(Debug)]
pub struct Settlement {
    pub user_id: UserId,
    pub now: DateTime<Utc>,
    /// The content whose verdict, answer or completion is the cause; None for what no content caused.
    cause: Option<ContentVersionId>,
    total: i64,
    /// What was appended, by track; None for what belongs to no track.
    appended: BTreeMap<Option<TrackId>, i64>,
}

impl Settlement {
    pub async fn begin(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, cause: Option<ContentVersionId>) -> Result<Self> {
        let total = store::total(conn, user_id).await?;
        Ok(Self { user_id, now, cause, total, appended: BTreeMap::new() })
    }

    /// Appends the difference between the target and what the ledger holds of this source.
    pub async fn settle(&mut self, conn: &mut Conn, target: Target<'_>) -> Result<()> {
        let held = store::held(conn, self.user_id, target.kind, &target.source_id).await?;
        let difference = target.xp - held.amount;
        if difference == 0 {
            return Ok(());
        }
        let entry = NewXpEntry {
            id: XpEntryId::generate(),
            user_id: self.user_id,
            kind: target.kind,
            source_id: target.source_id,
            revision: held.revision + 1,
            amount: i32::try_from(difference).map_err(|_| Error::broken("an award is out of range"))?,
            reason: target.reason.to_owned(),
            content_version_id: target.version_id.or(self.cause),
            created_at: self.now,
            track_id: target.track_id,
        };
        store::insert_entry(conn, &entry).await?;
        let before = self.total;
        self.total += difference;
        *self.appended.entry(target.track_id).or_default() += difference;
        let awarded = LearnerEvent::XpAwarded { entry_id: entry.id, total: self.total };
        learner_events::append(conn, self.now, self.user_id, &awarded).await?;
        let level = levels::level(self.total);
        if level > levels::level(before) {
            learner_events::append(conn, self.now, self.user_id, &LearnerEvent::LevelReached { level }).await?;
            let note = notifications::Note {
                kind: NotificationKind::LevelReached,
                title: format!("Level {level}"),
                body: format!("You have reached level {level} with {} XP.", self.total),
            };
            notifications::notify(conn, self.now, self.user_id, note).await?;
        }
        Ok(())
    }

    #[must_use]
    pub const fn total(&self) -> i64 {
        self.total
    }

    /// What was appended so far, by track.
    #[must_use]
    pub const fn appended(&self) -> &BTreeMap<Option<TrackId>, i64> {
        &self.appended
    }
}
