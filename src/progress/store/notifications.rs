//! Statements on notifications.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn,
        ids::{NotificationId, UserId},
        schema::notifications,
    },
    error::Result,
    progress::notifications::{Hidden, NotificationKind, PageFilter},
};

/// Something that a learner should see, until it was read and after.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
pub struct Notification {
    pub id: NotificationId,
    pub user_id: UserId,
    pub kind: NotificationKind,
    pub title: String,
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

pub async fn insert_notification(conn: &mut Conn, row: &Notification) -> Result<()> {
    diesel::insert_into(notifications::table).values(row).execute(conn).await?;
    Ok(())
}

pub async fn notification(conn: &mut Conn, id: NotificationId) -> Result<Option<Notification>> {
    Ok(notifications::table.find(id).select(Notification::as_select()).first(conn).await.optional()?)
}

/// A learner's notifications, the newest first.
pub async fn notifications(conn: &mut Conn, user_id: UserId, filter: PageFilter) -> Result<Vec<Notification>> {
    let mut mine = notifications::table
        .filter(notifications::user_id.eq(user_id).and(notifications::kind.ne_all(filter.hidden)))
        .select(Notification::as_select())
        .into_boxed();
    if filter.unread_only {
        mine = mine.filter(notifications::read_at.is_null());
    }
    Ok(crate::slice!(mine, notifications::id, desc, filter.slice).load(conn).await?)
}

pub async fn unread(conn: &mut Conn, user_id: UserId, hidden: Hidden) -> Result<i64> {
    let unread = notifications::table.filter(notifications::user_id.eq(user_id)).filter(notifications::read_at.is_null());
    Ok(unread.filter(notifications::kind.ne_all(hidden)).count().get_result(conn).await?)
}

/// Marks those of these that are the learner's and not read yet, or all when None.
pub async fn mark_read(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, ids: Option<&[NotificationId]>) -> Result<()> {
    let unread = notifications::table.filter(notifications::user_id.eq(user_id)).filter(notifications::read_at.is_null());
    let read = notifications::read_at.eq(Some(now));
    match ids {
        Some(ids) => diesel::update(unread.filter(notifications::id.eq_any(ids))).set(read).execute(conn).await?,
        None => diesel::update(unread).set(read).execute(conn).await?,
    };
    Ok(())
}

/// Deletes what is past its retention.
pub async fn forget_notifications(conn: &mut Conn, before: DateTime<Utc>) -> Result<usize> {
    Ok(diesel::delete(notifications::table.filter(notifications::created_at.lt(before))).execute(conn).await?)
}
