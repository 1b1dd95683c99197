//! Groups in the schema: the object, who sees what of it, and the queries.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use super::{Group, graphql_members::GroupMemberConnection};
use crate::{
    auth::policy,
    db::ids::{GroupId, GroupMemberId, TypedId, UserId},
    error::{Code, Error, Result},
    graphql::{
        app,
        connection::{Given, Page, PageArgs, page_cost},
        loaders::loaders,
        viewer, viewer_or_none,
    },
};

pub use super::graphql_members::{GroupMemberObject, node as member_node};

/// Learners whom an instructor follows. Audience: its instructor, its members, and admins.
pub struct GroupObject(pub Group);

impl From<Group> for GroupObject {
    fn from(group: Group) -> Self {
        Self(group)
    }
}

impl GroupObject {
    fn is_led(&self, ctx: &Context<'_>) -> bool {
        viewer_or_none(ctx).is_some_and(|viewer| policy::may_lead_group(viewer, self.0.instructor_id))
    }
}

/// Learners whom an instructor follows. Audience: its instructor, its members, and admins.
#[Object(name = "Group")]
impl GroupObject {
    /// Names the group.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What its instructor calls it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The display name of its instructor, who sees what its members do.
    async fn instructor_name(&self, ctx: &Context<'_>) -> Result<String> {
        let instructor = loaders(ctx)?.load_one(self.0.instructor_id).await?;
        Ok(instructor.ok_or_else(|| Error::not_found("user"))?.display_name.clone())
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// With what learners join; null for its members. Audience: its instructor and admins.
    async fn invitation_code(&self, ctx: &Context<'_>) -> Option<&str> {
        self.is_led(ctx).then_some(self.0.invitation_code.as_str())
    }

    /// How many members it has; null for its members. Audience: its instructor and admins.
    async fn member_count(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        if !self.is_led(ctx) {
            return None;
        }
        Some(async { super::members_count(&mut *app(ctx)?.db.conn().await?, self.0.id).await }.await)
    }

    /// Its members in the order they joined; null for its members. Audience: its instructor and admins.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<GroupMemberConnection>> {
        if !self.is_led(ctx) {
            return None;
        }
        let given = Given { first, after: after.as_deref(), last, before: before.as_deref() };
        Some(members(ctx, self.0.id, given).await)
    }
}

async fn members(ctx: &Context<'_>, id: GroupId, given: Given<'_>) -> Result<GroupMemberConnection> {
    let page = PageArgs::<GroupMemberId>::new(given)?;
    let rows = super::members(&mut *app(ctx)?.db.conn().await?, id, page.slice()).await?;
    Ok(Page::cut(&page, rows, |member| member.id)?.into())
}

#[derive(Default)]
pub struct ClassroomQuery;

#[Object]
impl ClassroomQuery {
    /// A group by its id; null when there is none or the viewer has nothing to do with it. Audience: its instructor, its members, and
    /// admins.
    async fn group(&self, ctx: &Context<'_>, #[graphql(desc = "The group.")] id: ID) -> Option<Result<GroupObject>> {
        let found = async {
            let viewer = viewer(ctx)?;
            let id = GroupId::parse(&id)?;
            let group = super::read(&mut *app(ctx)?.db.conn().await?, viewer, id).await?;
            group.map(GroupObject).ok_or_else(|| Error::not_found("group"))
        };
        match found.await {
            Err(Error::Refused { code: Code::NotFound, .. }) => None,
            other => Some(other),
        }
    }
}

/// For `node(id)`: None for anonymous viewers and strangers.
pub async fn node(ctx: &Context<'_>, id: GroupId) -> Result<Option<GroupObject>> {
    let Some(viewer) = viewer_or_none(ctx) else { return Ok(None) };
    Ok(super::read(&mut *app(ctx)?.db.conn().await?, viewer, id).await?.map(GroupObject))
}

/// The classroom's part of the viewer.
pub struct ViewerClassroom(pub UserId);

#[Object]
impl ViewerClassroom {
    /// The groups that the viewer is in, the last joined first. Their instructors see what the viewer does. Audience: self.
    #[graphql(complexity = "2 + 5 * child_complexity")]
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<GroupObject>> {
        let rows = super::joined(&mut *app(ctx)?.db.conn().await?, self.0).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The groups that the viewer leads, newest first; empty for who is no instructor. Audience: self.
    #[graphql(complexity = "2 + 10 * child_complexity")]
    async fn led_groups(&self, ctx: &Context<'_>) -> Result<Vec<GroupObject>> {
        let leads = policy::instructor(viewer_or_none(ctx)).is_ok();
        if !leads {
            return Ok(Vec::new());
        }
        let rows = super::led(&mut *app(ctx)?.db.conn().await?, self.0).await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
