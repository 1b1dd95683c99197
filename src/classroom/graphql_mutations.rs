//! The mutations on groups: parse, ask, wrap.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::{
    CreateRefusal, GROUPS_JOINED_MAX, GROUPS_LED_MAX, JoinRefusal, MEMBERS_MAX,
    graphql::{GroupMemberObject, GroupObject},
};
use crate::{
    auth::policy,
    db::ids::{GroupId, GroupMemberId, TypedId},
    error::Result,
    graphql::{
        app,
        user_error::{GroupFull, InvalidInput, InvalidInvitation, TooManyGroups},
        viewer, viewer_or_none,
    },
};

/// What `createGroup` takes.
#[derive(InputObject)]
pub struct CreateGroupInput {
    /// What the group is called: 1 to 80 visible characters. Its members see it.
    name: String,
}

/// What `rotateGroupCode` takes.
#[derive(InputObject)]
pub struct RotateGroupCodeInput {
    /// The group.
    group_id: ID,
}

/// What `deleteGroup` takes.
#[derive(InputObject)]
pub struct DeleteGroupInput {
    /// The group.
    group_id: ID,
}

/// What `joinGroup` takes.
#[derive(InputObject)]
pub struct JoinGroupInput {
    /// The code that the instructor gave; capitals, spaces and dashes do not count.
    invitation_code: String,
}

/// What `leaveGroup` takes.
#[derive(InputObject)]
pub struct LeaveGroupInput {
    /// The group.
    group_id: ID,
}

/// What `removeGroupMember` takes.
#[derive(InputObject)]
pub struct RemoveGroupMemberInput {
    /// The member.
    member_id: ID,
}

macro_rules! group_success {
    ($($(#[doc = $doc:literal])* $name:ident)*) => {$(
        $(#[doc = $doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The group.
            group: GroupObject,
        }
    )*};
}

group_success! {
    /// The group is made; give its `invitationCode` to the learners.
    CreateGroupSuccess
    /// The old invitation code works no more; members stay.
    RotateGroupCodeSuccess
    /// The group is gone; nobody is followed through it any more.
    DeleteGroupSuccess
    /// The viewer is out of the group; its instructor sees nothing of them any more.
    LeaveGroupSuccess
    /// The learner is out of the group.
    RemoveGroupMemberSuccess
}

/// The viewer is in the group; its instructor sees their progress, submissions, report cards and certificates until they leave.
#[derive(SimpleObject)]
pub struct JoinGroupSuccess {
    /// The membership.
    member: GroupMemberObject,
}

/// The outcome of `createGroup`.
#[derive(Union)]
pub enum CreateGroupPayload {
    Success(CreateGroupSuccess),
    InvalidInput(InvalidInput),
    TooManyGroups(TooManyGroups),
}

/// The outcome of `rotateGroupCode`.
#[derive(Union)]
pub enum RotateGroupCodePayload {
    Success(RotateGroupCodeSuccess),
}

/// The outcome of `deleteGroup`.
#[derive(Union)]
pub enum DeleteGroupPayload {
    Success(DeleteGroupSuccess),
}

/// The outcome of `joinGroup`.
#[derive(Union)]
pub enum JoinGroupPayload {
    Success(JoinGroupSuccess),
    InvalidInvitation(InvalidInvitation),
    InvalidInput(InvalidInput),
    GroupFull(GroupFull),
    TooManyGroups(TooManyGroups),
}

/// The outcome of `leaveGroup`.
#[derive(Union)]
pub enum LeaveGroupPayload {
    Success(LeaveGroupSuccess),
}

/// The outcome of `removeGroupMember`.
#[derive(Union)]
pub enum RemoveGroupMemberPayload {
    Success(RemoveGroupMemberSuccess),
}

#[derive(Default)]
pub struct ClassroomMutation;

#[Object]
impl ClassroomMutation {
    /// Makes a group. Audience: instructors.
    async fn create_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the group is called.")] input: CreateGroupInput,
    ) -> Result<CreateGroupPayload> {
        let (app, instructor) = (app(ctx)?, policy::instructor(viewer_or_none(ctx))?);
        Ok(match super::create(&app.db, app.clock.now(), instructor, &input.name).await? {
            Ok(group) => CreateGroupPayload::Success(CreateGroupSuccess { group: group.into() }),
            Err(CreateRefusal::BadName(message)) => CreateGroupPayload::InvalidInput(InvalidInput::new(message).at(&["input", "name"])),
            Err(CreateRefusal::TooMany) => CreateGroupPayload::TooManyGroups(TooManyGroups::new(format!(
                "You lead {GROUPS_LED_MAX} groups, which is the most; delete one that is over."
            ))),
        })
    }

    /// Gives a group another invitation code. Audience: its instructor and admins.
    async fn rotate_group_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: RotateGroupCodeInput,
    ) -> Result<RotateGroupCodePayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let group = super::rotate_code(&app.db, viewer, GroupId::parse(&input.group_id)?).await?;
        Ok(RotateGroupCodePayload::Success(RotateGroupCodeSuccess { group: group.into() }))
    }

    /// Ends a group. Audience: its instructor and admins.
    async fn delete_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: DeleteGroupInput,
    ) -> Result<DeleteGroupPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let group = super::delete(&app.db, viewer, GroupId::parse(&input.group_id)?).await?;
        Ok(DeleteGroupPayload::Success(DeleteGroupSuccess { group: group.into() }))
    }

    /// Joins a group by its invitation code. From then on its instructor sees the viewer's progress, submissions, report cards and
    /// certificates, until the viewer leaves. Joining twice changes nothing.
    async fn join_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The invitation code.")] input: JoinGroupInput,
    ) -> Result<JoinGroupPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let at = ["input", "invitationCode"];
        Ok(match super::join(&app.db, app.clock.now(), viewer, &input.invitation_code).await? {
            Ok(member) => JoinGroupPayload::Success(JoinGroupSuccess { member: member.into() }),
            Err(JoinRefusal::UnknownCode) => {
                let message = "No group has this code, or not any more; ask the instructor for a new one.";
                JoinGroupPayload::InvalidInvitation(InvalidInvitation::new(message).at(&at))
            }
            Err(JoinRefusal::OwnGroup) => JoinGroupPayload::InvalidInput(InvalidInput::new("You lead this group yourself.").at(&at)),
            Err(JoinRefusal::Full) => {
                JoinGroupPayload::GroupFull(GroupFull::new(format!("The group has {MEMBERS_MAX} members, which is the most.")))
            }
            Err(JoinRefusal::TooMany) => JoinGroupPayload::TooManyGroups(TooManyGroups::new(format!(
                "You are in {GROUPS_JOINED_MAX} groups, which is the most; leave one."
            ))),
        })
    }

    /// Leaves a group. Audience: its members.
    async fn leave_group(&self, ctx: &Context<'_>, #[graphql(desc = "Which group.")] input: LeaveGroupInput) -> Result<LeaveGroupPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let group = super::leave(&app.db, viewer, GroupId::parse(&input.group_id)?).await?;
        Ok(LeaveGroupPayload::Success(LeaveGroupSuccess { group: group.into() }))
    }

    /// Takes a learner out of a group. Audience: the group's instructor and admins.
    async fn remove_group_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which member.")] input: RemoveGroupMemberInput,
    ) -> Result<RemoveGroupMemberPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let group = super::remove(&app.db, viewer, GroupMemberId::parse(&input.member_id)?).await?;
        Ok(RemoveGroupMemberPayload::Success(RemoveGroupMemberSuccess { group: group.into() }))
    }
}
