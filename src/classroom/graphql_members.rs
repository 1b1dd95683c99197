//! A member of a group and what they have done, as their instructor sees it.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, dataloader::Loader};
use chrono::{DateTime, Utc};

use super::{Group, Member, graphql::GroupObject};
use crate::{
    certificates::{self, graphql::CertificateObject},
    connection,
    curriculum::{self, TrackOutline},
    db::ids::{GroupId, GroupMemberId, UserId},
    error::{Error, Result},
    graphql::{
        app,
        connection::{Given, page_cost},
        loaders::{Batch, loaders},
        viewer, viewer_or_none,
    },
    progress::{self, gates::Standing, graphql::TrackProgress, levels},
    reports::graphql::{ReportCard, ReportCardConnection, TranscriptObject, card_of, cards_of, transcript_of},
    submissions::graphql::{SubmissionConnection, page_of},
};

/// A learner in a group, and what they have done. Audience: the group's instructor, the learner, and admins.
pub struct GroupMemberObject(Member);

impl From<Member> for GroupMemberObject {
    fn from(member: Member) -> Self {
        Self(member)
    }
}

connection! {
    /// A page of the members of a group, in the order they joined.
    GroupMemberConnection of GroupMemberEdge to GroupMemberObject
}

/// A learner in a group, and what they have done. Audience: the group's instructor, the learner, and admins.
#[Object(name = "GroupMember")]
impl GroupMemberObject {
    /// Names the membership; what the learner does outside it has other names.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The group.
    async fn group(&self, ctx: &Context<'_>) -> Result<GroupObject> {
        let group = loaders(ctx)?.load_one(GroupKey(self.0.group_id)).await?;
        Ok(group.ok_or_else(|| Error::not_found("group"))?.into())
    }

    /// The learner's name.
    async fn display_name(&self, ctx: &Context<'_>) -> Result<String> {
        let user = loaders(ctx)?.load_one(self.0.user_id).await?;
        Ok(user.ok_or_else(|| Error::not_found("user"))?.display_name.clone())
    }

    /// When they joined.
    async fn joined_at(&self) -> DateTime<Utc> {
        self.0.joined_at
    }

    /// Experience points.
    async fn xp(&self, ctx: &Context<'_>) -> Result<i64> {
        xp(ctx, self.0.user_id).await
    }

    /// The level, 1 to 100.
    async fn level(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(levels::level(xp(ctx, self.0.user_id).await?))
    }

    /// How far they are on a track; null when there is no such track.
    async fn progress(&self, ctx: &Context<'_>, #[graphql(desc = "The track.")] track_slug: String) -> Option<Result<TrackProgress>> {
        progress_on(ctx, self.0.user_id, track_slug).await.transpose()
    }

    /// Their submissions, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this challenge; null means all.")] challenge_slug: Option<String>,
        #[graphql(desc = "How many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<SubmissionConnection> {
        let given = Given { first, after: after.as_deref(), last, before: before.as_deref() };
        page_of(ctx, self.0.user_id, challenge_slug, given).await
    }

    /// Their report card of a month; null for a month that has not begun and for one before their account was made.
    #[graphql(complexity = "20 + child_complexity")]
    async fn report_card(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The month, such as `2026-11`.")] month: String,
    ) -> Option<Result<ReportCard>> {
        card_of(ctx, self.0.user_id, &month).await.transpose()
    }

    /// Their issued report cards, newest first.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn report_cards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ReportCardConnection> {
        cards_of(ctx, self.0.user_id, Given { first, after: after.as_deref(), last, before: before.as_deref() }).await
    }

    /// Everything that they have done.
    #[graphql(complexity = "20 + child_complexity")]
    async fn transcript(&self, ctx: &Context<'_>) -> Result<TranscriptObject> {
        transcript_of(ctx, self.0.user_id).await
    }

    /// Their certificates, the oldest first, revoked ones too.
    #[graphql(complexity = "5 + 12 * child_complexity")]
    async fn certificates(&self, ctx: &Context<'_>) -> Result<Vec<CertificateObject>> {
        certificates::graphql::of_learner(ctx, self.0.user_id).await
    }
}

/// For `node(id)`: None for everyone who may not see it.
pub async fn node(ctx: &Context<'_>, id: GroupMemberId) -> Result<Option<GroupMemberObject>> {
    if viewer_or_none(ctx).is_none() {
        return Ok(None);
    }
    let found = super::read_member(&mut *app(ctx)?.db.conn().await?, viewer(ctx)?, id).await?;
    Ok(found.map(|(_, member)| member.into()))
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct GroupKey(GroupId);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct XpKey(UserId);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct StandingKey(UserId);

#[derive(Clone, PartialEq, Eq, Hash)]
struct TrackKey(String);

impl Loader<GroupKey> for Batch {
    type Value = Group;
    type Error = Error;

    async fn load(&self, keys: &[GroupKey]) -> Result<HashMap<GroupKey, Group>> {
        let ids: Vec<GroupId> = keys.iter().map(|key| key.0).collect();
        let groups = super::groups(&mut *self.app.db.conn().await?, &ids).await?;
        Ok(groups.into_iter().map(|group| (GroupKey(group.id), group)).collect())
    }
}

impl Loader<XpKey> for Batch {
    type Value = i64;
    type Error = Error;

    async fn load(&self, keys: &[XpKey]) -> Result<HashMap<XpKey, i64>> {
        let ids: Vec<UserId> = keys.iter().map(|key| key.0).collect();
        let totals = progress::totals(&mut *self.app.db.conn().await?, &ids).await?;
        Ok(totals.into_iter().map(|(id, xp)| (XpKey(id), xp)).collect())
    }
}

impl Loader<StandingKey> for Batch {
    type Value = Arc<Standing>;
    type Error = Error;

    async fn load(&self, keys: &[StandingKey]) -> Result<HashMap<StandingKey, Self::Value>> {
        let ids: Vec<UserId> = keys.iter().map(|key| key.0).collect();
        let standings = progress::standings(&mut *self.app.db.conn().await?, &ids).await?;
        Ok(standings.into_iter().map(|(id, standing)| (StandingKey(id), Arc::new(standing))).collect())
    }
}

impl Loader<TrackKey> for Batch {
    type Value = TrackOutline;
    type Error = Error;

    async fn load(&self, keys: &[TrackKey]) -> Result<HashMap<TrackKey, Self::Value>> {
        let mut conn = self.app.db.conn().await?;
        let mut found = HashMap::new();
        for key in keys {
            if let Some(track) = curriculum::track_by_slug(&mut conn, &key.0).await? {
                found.insert(key.clone(), curriculum::track_outline(&mut conn, track.id).await?);
            }
        }
        Ok(found)
    }
}

async fn xp(ctx: &Context<'_>, user_id: UserId) -> Result<i64> {
    Ok(loaders(ctx)?.load_one(XpKey(user_id)).await?.unwrap_or(0))
}

async fn progress_on(ctx: &Context<'_>, user_id: UserId, slug: String) -> Result<Option<TrackProgress>> {
    let Some(outline) = loaders(ctx)?.load_one(TrackKey(slug)).await? else { return Ok(None) };
    let standing = loaders(ctx)?.load_one(StandingKey(user_id)).await?.unwrap_or_default();
    TrackProgress::of(outline.modules(), &standing).map(Some)
}
