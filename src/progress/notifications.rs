//! What a learner should see: stored, read or unread, and told on their topic when it comes.

use chrono::{DateTime, TimeDelta, Utc};

pub use super::store::Notification;
use super::{
    learner_events::{self, LearnerEvent},
    store,
};
use crate::{
    app::App,
    config::Config,
    db::{
        Conn, Slice,
        ids::{NotificationId, TypedId, UserId},
    },
    error::Result,
    text_enum,
};

text_enum! {
    /// What a notification is about.
    pub enum NotificationKind {
        AchievementUnlocked = "ACHIEVEMENT_UNLOCKED",
        LevelReached = "LEVEL_REACHED",
        StreakFrozen = "STREAK_FROZEN",
        StreakLost = "STREAK_LOST",
        XpCorrected = "XP_CORRECTED",
        CertificateIssued = "CERTIFICATE_ISSUED",
        CertificateRevoked = "CERTIFICATE_REVOKED",
        ReportCardIssued = "REPORT_CARD_ISSUED",
        DataExportReady = "DATA_EXPORT_READY",
    }
}

/// Kinds that nobody is shown, because what they tell of is switched off.
pub type Hidden = &'static [NotificationKind];

#[must_use]
pub fn hidden(config: &Config) -> Hidden {
    const OF_CERTIFICATES: Hidden = &[NotificationKind::CertificateIssued, NotificationKind::CertificateRevoked];
    if config.certificates.enabled { &[] } else { OF_CERTIFICATES }
}

/// How long notifications are kept, read or not.
const KEPT: TimeDelta = TimeDelta::days(90);

/// What is to be told, in plain words.
#[derive(Clone, Debug)]
pub struct Note {
    pub kind: NotificationKind,
    pub title: String,
    pub body: String,
}

/// Stores a notification and tells of it, in the transaction of its cause, under the learner's row lock.
pub async fn notify(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, note: Note) -> Result<()> {
    let Note { kind, title, body } = note;
    let id = NotificationId::generate();
    let row = Notification { id, user_id, kind, title, body, created_at: now, read_at: None };
    store::insert_notification(conn, &row).await?;
    learner_events::append(conn, now, user_id, &LearnerEvent::NotificationCreated { notification_id: id }).await
}

/// None when it is past its retention, or hidden.
pub async fn by_id(conn: &mut Conn, id: NotificationId, hidden: Hidden) -> Result<Option<Notification>> {
    Ok(store::notification(conn, id).await?.filter(|row| !hidden.contains(&row.kind)))
}

/// Which notifications a page holds.
#[derive(Clone, Copy, Debug)]
pub struct PageFilter {
    pub unread_only: bool,
    pub hidden: Hidden,
    pub slice: Slice<NotificationId>,
}

/// A learner's notifications, the newest first.
pub async fn page(conn: &mut Conn, user_id: UserId, filter: PageFilter) -> Result<Vec<Notification>> {
    store::notifications(conn, user_id, filter).await
}

pub async fn unread(conn: &mut Conn, user_id: UserId, hidden: Hidden) -> Result<i64> {
    store::unread(conn, user_id, hidden).await
}

/// Marks these as read, or all when None; what is not the learner's is passed over.
pub async fn mark_read(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, ids: Option<&[NotificationId]>) -> Result<()> {
    store::mark_read(conn, now, user_id, ids).await
}

/// Deletes what is past its retention. Answers how many.
pub async fn forget(app: &App) -> Result<usize> {
    store::forget_notifications(&mut *app.db.conn().await?, app.clock.now() - KEPT).await
}
