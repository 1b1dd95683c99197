//! Every statement on `groups` and `group_members`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::{
    db::{
        Conn, Slice,
        ids::{GroupId, GroupMemberId, UserId},
        schema::{group_members, groups},
    },
    error::Result,
};

/// Learners whom one instructor follows.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = groups, check_for_backend(diesel::pg::Pg))]
pub struct Group {
    pub id: GroupId,
    pub instructor_id: UserId,
    pub name: String,
    pub invitation_code: String,
    pub created_at: DateTime<Utc>,
}

/// One learner in one group.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = group_members, check_for_backend(diesel::pg::Pg))]
pub struct Member {
    pub id: GroupMemberId,
    pub group_id: GroupId,
    pub user_id: UserId,
    pub joined_at: DateTime<Utc>,
}

pub async fn insert(conn: &mut Conn, group: &Group) -> Result<()> {
    diesel::insert_into(groups::table).values(group).execute(conn).await?;
    Ok(())
}

pub async fn by_id(conn: &mut Conn, id: GroupId) -> Result<Option<Group>> {
    Ok(groups::table.find(id).select(Group::as_select()).first(conn).await.optional()?)
}

pub async fn by_ids(conn: &mut Conn, ids: &[GroupId]) -> Result<Vec<Group>> {
    Ok(groups::table.filter(groups::id.eq_any(ids)).select(Group::as_select()).load(conn).await?)
}

/// Holds the group's row until the transaction ends, so that members are counted one at a time.
pub async fn lock(conn: &mut Conn, id: GroupId) -> Result<Option<Group>> {
    Ok(groups::table.find(id).select(Group::as_select()).for_update().first(conn).await.optional()?)
}

/// The same by its invitation code.
pub async fn lock_by_code(conn: &mut Conn, code: &str) -> Result<Option<Group>> {
    let group = groups::table.filter(groups::invitation_code.eq(code)).select(Group::as_select());
    Ok(group.for_update().first(conn).await.optional()?)
}

pub async fn set_code(conn: &mut Conn, id: GroupId, code: &str) -> Result<()> {
    diesel::update(groups::table.find(id)).set(groups::invitation_code.eq(code)).execute(conn).await?;
    Ok(())
}

pub async fn delete(conn: &mut Conn, id: GroupId) -> Result<()> {
    diesel::delete(groups::table.find(id)).execute(conn).await?;
    Ok(())
}

pub async fn led(conn: &mut Conn, instructor: UserId) -> Result<Vec<Group>> {
    let rows = groups::table.filter(groups::instructor_id.eq(instructor)).order(groups::id.desc()).select(Group::as_select());
    Ok(rows.load(conn).await?)
}

pub async fn joined(conn: &mut Conn, learner: UserId) -> Result<Vec<Group>> {
    let rows = groups::table
        .inner_join(group_members::table.on(group_members::group_id.eq(groups::id)))
        .filter(group_members::user_id.eq(learner))
        .order(group_members::id.desc())
        .select(Group::as_select());
    Ok(rows.load(conn).await?)
}

pub async fn members_count(conn: &mut Conn, group: GroupId) -> Result<i64> {
    Ok(group_members::table.filter(group_members::group_id.eq(group)).count().get_result(conn).await?)
}

/// In the order they joined.
pub async fn members(conn: &mut Conn, group: GroupId, slice: Slice<GroupMemberId>) -> Result<Vec<Member>> {
    let rows = group_members::table.filter(group_members::group_id.eq(group)).select(Member::as_select()).into_boxed();
    Ok(crate::slice!(rows, group_members::id, asc, slice).load(conn).await?)
}

pub async fn member(conn: &mut Conn, id: GroupMemberId) -> Result<Option<Member>> {
    Ok(group_members::table.find(id).select(Member::as_select()).first(conn).await.optional()?)
}

pub async fn membership(conn: &mut Conn, group: GroupId, learner: UserId) -> Result<Option<Member>> {
    let row = group_members::table.filter(group_members::group_id.eq(group).and(group_members::user_id.eq(learner)));
    Ok(row.select(Member::as_select()).first(conn).await.optional()?)
}

/// Whether the learner was not in the group before.
pub async fn insert_member(conn: &mut Conn, member: &Member) -> Result<bool> {
    let inserted = diesel::insert_into(group_members::table)
        .values(member)
        .on_conflict((group_members::group_id, group_members::user_id))
        .do_nothing()
        .execute(conn)
        .await?;
    Ok(inserted == 1)
}

pub async fn delete_member(conn: &mut Conn, id: GroupMemberId) -> Result<bool> {
    Ok(diesel::delete(group_members::table.find(id)).execute(conn).await? == 1)
}

/// Whether somebody leads a group that a learner is in.
pub async fn leads(conn: &mut Conn, instructor: UserId, learner: UserId) -> Result<bool> {
    let together = groups::table
        .inner_join(group_members::table.on(group_members::group_id.eq(groups::id)))
        .filter(groups::instructor_id.eq(instructor).and(group_members::user_id.eq(learner)));
    Ok(diesel::select(diesel::dsl::exists(together)).get_result(conn).await?)
}
