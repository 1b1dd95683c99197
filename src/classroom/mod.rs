//! Groups: an instructor follows the learners who joined with the group's invitation code, and nobody else.
//!
//! Joining is the learner's consent, leaving ends it at once. It decides who leads whom; what that allows is `auth::policy`. Start
//! reading at [`leads`] and [`join`].

pub mod graphql;
pub mod graphql_members;
pub mod graphql_mutations;
mod store;

use chrono::{DateTime, Utc};
pub use store::{Group, Member};

use crate::{
    accounts,
    auth::{Instructor, Role, Viewer, codes, policy},
    db::{
        self, Conn, Db, Slice,
        ids::{GroupId, GroupMemberId, TypedId, UserId},
    },
    error::{Error, Result},
};

/// Characters of an invitation code: 60 random bits.
const CODE_CHARACTERS: usize = 12;
pub const NAME_CHARACTERS_MAX: usize = 80;
/// Groups that one instructor leads.
pub const GROUPS_LED_MAX: usize = 50;
/// Groups that one learner is in.
pub const GROUPS_JOINED_MAX: usize = 20;
/// Learners in one group.
pub const MEMBERS_MAX: i64 = 200;

/// Whether the viewer is an instructor who leads a group that the learner is in. No statement for everyone else.
pub async fn leads(conn: &mut Conn, viewer: &Viewer, learner: UserId) -> Result<bool> {
    if viewer.user_id == learner || viewer.is_admin() || !viewer.roles.contains(&Role::Instructor) {
        return Ok(false);
    }
    store::leads(conn, viewer.user_id, learner).await
}

/// The same of somebody who is not at hand as a viewer; what it allows depends on their roles.
pub async fn leads_a_group_of(conn: &mut Conn, instructor: UserId, learner: UserId) -> Result<bool> {
    store::leads(conn, instructor, learner).await
}

/// Why a group is not made.
pub enum CreateRefusal {
    BadName(String),
    TooMany,
}

/// Makes a group with a fresh invitation code.
pub async fn create(db: &Db, now: DateTime<Utc>, instructor: Instructor, name: &str) -> Result<Result<Group, CreateRefusal>> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        return Ok(Err(CreateRefusal::BadName(format!("A name has 1 to {NAME_CHARACTERS_MAX} visible characters."))));
    }
    let group = Group {
        id: GroupId::generate(),
        instructor_id: instructor.user_id,
        name: name.to_owned(),
        invitation_code: codes::generate(CODE_CHARACTERS),
        created_at: now,
    };
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, instructor.user_id).await?;
        if store::led(conn, instructor.user_id).await?.len() >= GROUPS_LED_MAX {
            return Ok(Err(CreateRefusal::TooMany));
        }
        store::insert(conn, &group).await?;
        Ok(Ok(group))
    })
    .await
}

/// The group, when the viewer may change it; otherwise it does not exist for them.
async fn lock_led(conn: &mut Conn, viewer: &Viewer, id: GroupId) -> Result<Group> {
    let group = store::lock(conn, id).await?.filter(|group| policy::may_lead_group(viewer, group.instructor_id));
    group.ok_or_else(|| Error::not_found("group"))
}

/// Makes the old invitation code worthless. Members stay.
pub async fn rotate_code(db: &Db, viewer: &Viewer, id: GroupId) -> Result<Group> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let group = lock_led(conn, viewer, id).await?;
        let invitation_code = codes::generate(CODE_CHARACTERS);
        store::set_code(conn, id, &invitation_code).await?;
        Ok(Group { invitation_code, ..group })
    })
    .await
}

/// Ends a group; nobody is followed through it any more.
pub async fn delete(db: &Db, viewer: &Viewer, id: GroupId) -> Result<Group> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let group = lock_led(conn, viewer, id).await?;
        store::delete(conn, id).await?;
        Ok(group)
    })
    .await
}

/// Why a learner is not let in.
pub enum JoinRefusal {
    UnknownCode,
    OwnGroup,
    Full,
    TooMany,
}

/// Lets a learner in who knows the invitation code. A second call changes nothing.
pub async fn join(db: &Db, now: DateTime<Utc>, viewer: &Viewer, typed: &str) -> Result<Result<Member, JoinRefusal>> {
    let Some(code) = codes::normal(typed, CODE_CHARACTERS) else { return Ok(Err(JoinRefusal::UnknownCode)) };
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        // The learner before the group, as everywhere.
        accounts::lock(conn, viewer.user_id).await?;
        let Some(group) = store::lock_by_code(conn, &code).await? else { return Ok(Err(JoinRefusal::UnknownCode)) };
        if group.instructor_id == viewer.user_id {
            return Ok(Err(JoinRefusal::OwnGroup));
        }
        if let Some(member) = store::membership(conn, group.id, viewer.user_id).await? {
            return Ok(Ok(member));
        }
        if store::members_count(conn, group.id).await? >= MEMBERS_MAX {
            return Ok(Err(JoinRefusal::Full));
        }
        if store::joined(conn, viewer.user_id).await?.len() >= GROUPS_JOINED_MAX {
            return Ok(Err(JoinRefusal::TooMany));
        }
        let member = Member { id: GroupMemberId::generate(), group_id: group.id, user_id: viewer.user_id, joined_at: now };
        store::insert_member(conn, &member).await?;
        Ok(Ok(member))
    })
    .await
}

/// Ends the viewer's own membership. NOT_FOUND when there is none.
pub async fn leave(db: &Db, viewer: &Viewer, id: GroupId) -> Result<Group> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let membership = store::membership(conn, id, viewer.user_id).await?.ok_or_else(|| Error::not_found("group"))?;
        let group = store::by_id(conn, id).await?.ok_or_else(|| Error::not_found("group"))?;
        store::delete_member(conn, membership.id).await?;
        Ok(group)
    })
    .await
}

/// Takes a learner out of a group that the viewer leads.
pub async fn remove(db: &Db, viewer: &Viewer, id: GroupMemberId) -> Result<Group> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let gone = || Error::not_found("member");
        let member = store::member(conn, id).await?.ok_or_else(gone)?;
        let group = store::lock(conn, member.group_id).await?.filter(|group| policy::may_lead_group(viewer, group.instructor_id));
        let group = group.ok_or_else(gone)?;
        if store::delete_member(conn, id).await? { Ok(group) } else { Err(gone()) }
    })
    .await
}

/// A group and what the viewer is to it; None when they may not know of it.
pub async fn read(conn: &mut Conn, viewer: &Viewer, id: GroupId) -> Result<Option<Group>> {
    let Some(group) = store::by_id(conn, id).await? else { return Ok(None) };
    let is_member = !policy::may_lead_group(viewer, group.instructor_id) && store::membership(conn, id, viewer.user_id).await?.is_some();
    Ok(policy::may_read_group(viewer, group.instructor_id, is_member).then_some(group))
}

/// A membership; None unless the viewer leads the group or is the member.
pub async fn read_member(conn: &mut Conn, viewer: &Viewer, id: GroupMemberId) -> Result<Option<(Group, Member)>> {
    let Some(member) = store::member(conn, id).await? else { return Ok(None) };
    let Some(group) = store::by_id(conn, member.group_id).await? else { return Ok(None) };
    Ok(policy::may_read_member(viewer, group.instructor_id, member.user_id).then_some((group, member)))
}

/// Those of the groups that exist, in no order. For who has a membership of each at hand.
pub async fn groups(conn: &mut Conn, ids: &[GroupId]) -> Result<Vec<Group>> {
    store::by_ids(conn, ids).await
}

/// The groups that an instructor leads, newest first; at most [`GROUPS_LED_MAX`].
pub async fn led(conn: &mut Conn, instructor: UserId) -> Result<Vec<Group>> {
    store::led(conn, instructor).await
}

/// The groups that a learner is in, the last joined first; at most [`GROUPS_JOINED_MAX`].
pub async fn joined(conn: &mut Conn, learner: UserId) -> Result<Vec<Group>> {
    store::joined(conn, learner).await
}

/// Members of a group in the order they joined. For whoever leads it.
pub async fn members(conn: &mut Conn, group: GroupId, slice: Slice<GroupMemberId>) -> Result<Vec<Member>> {
    store::members(conn, group, slice).await
}

/// How many they are.
pub async fn members_count(conn: &mut Conn, group: GroupId) -> Result<i64> {
    store::members_count(conn, group).await
}
