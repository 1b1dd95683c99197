//! The learner's topic: what happened to them, kept in Postgres for 30 days and announced through the outbox.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    db::{
        Conn,
        ids::{CertificateId, TypedId, UserId, XpEntryId},
    },
    error::Result,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum LearnerEvent {
    XpAwarded { entry_id: XpEntryId, total: i64 },
    LevelReached { level: i64 },
    AchievementUnlocked { slug: String },
    CertificateIssued { certificate_id: CertificateId },
}

#[must_use]
pub fn topic_name(user_id: UserId) -> String {
    format!("user:{}", user_id.uuid())
}

/// Numbers the event in the writing transaction, so that the order of numbers is the order of commits.
pub async fn append(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, event: &LearnerEvent) -> Result<()> {
    let seq = store::next_event_seq(conn, user_id).await?;
    let payload = serde_json::to_value(event)?;
    store::insert_event(conn, now, user_id, seq, &payload).await?;
    store::insert_outbox(conn, now, &topic_name(user_id), seq, &payload).await
}
