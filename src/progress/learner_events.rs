//! The learner's topic: what happened to them, kept in Postgres for 30 days and announced through the outbox.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::store;
use crate::{
    db::{
        Conn,
        ids::{CertificateId, NotificationId, TypedId, UserId, XpEntryId},
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
    MissionCompleted { slug: String, period: NaiveDate, completed_at: DateTime<Utc> },
    StreakChanged { current: i64, longest: i64, freezes: i64 },
    NotificationCreated { notification_id: NotificationId },
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
