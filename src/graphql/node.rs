//! Everything with a global id, by that id. A type is found by the tag in front of its id.

use async_graphql::{Context, ID, Interface, Object};

use super::{viewer::ViewerObject, viewer_or_none};
use crate::{
    accounts::graphql::User,
    auth::policy::{AccountView, account_view},
    certificates::{self, graphql::CertificateObject},
    classroom::{
        self,
        graphql::{GroupMemberObject, GroupObject},
    },
    curriculum::{
        self,
        graphql::{Challenge, Lesson, Module, Quiz, Track},
    },
    db::ids::{CertificateId, GroupId, GroupMemberId, RejudgeId, SubmissionId, TypedId, UserId, split},
    error::{Error, Result},
    submissions::{self, graphql::SubmissionObject, rejudges::graphql::RejudgeObject},
};

/// Ids that one `nodes` asks for at most.
const IDS_MAX: usize = 100;

/// Something with a globally unique id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Globally unique and opaque; says which type it names."))]
pub enum Node {
    Viewer(ViewerObject),
    Track(Track),
    Module(Module),
    Lesson(Lesson),
    Quiz(Quiz),
    Challenge(Challenge),
    Submission(SubmissionObject),
    Rejudge(RejudgeObject),
    User(User),
    Certificate(CertificateObject),
    Group(GroupObject),
    GroupMember(GroupMemberObject),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id; null when there is none, or none that the viewer may see.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "An id that this API gave.")] id: ID) -> Option<Result<Node>> {
        find(ctx, &id).await.transpose()
    }

    /// The objects with these ids, in their order; null for each that does not exist or that the viewer may not see.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, ids.len(), 1 + child_complexity)")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100 ids that this API gave.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        if ids.len() > IDS_MAX {
            return Err(Error::bad_input(format!("Ask for at most {IDS_MAX} ids at once.")));
        }
        Ok(futures_util::future::join_all(ids.iter().map(async |id| find(ctx, id).await.transpose())).await)
    }
}

async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let Some((prefix, uuid)) = split(id) else { return Ok(None) };
    match prefix.as_str() {
        UserId::PREFIX => account(ctx, UserId::from_uuid(uuid)).await,
        SubmissionId::PREFIX => Ok(submissions::graphql::node(ctx, SubmissionId::from_uuid(uuid)).await?.map(Node::Submission)),
        CertificateId::PREFIX => Ok(certificates::graphql::node(ctx, CertificateId::from_uuid(uuid)).await?.map(Node::Certificate)),
        GroupId::PREFIX => Ok(classroom::graphql::node(ctx, GroupId::from_uuid(uuid)).await?.map(Node::Group)),
        GroupMemberId::PREFIX => Ok(classroom::graphql::member_node(ctx, GroupMemberId::from_uuid(uuid)).await?.map(Node::GroupMember)),
        RejudgeId::PREFIX => Ok(submissions::rejudges::graphql::node(ctx, RejudgeId::from_uuid(uuid)).await?.map(Node::Rejudge)),
        prefix => curriculum::graphql::node(ctx, prefix, uuid).await,
    }
}

async fn account(ctx: &Context<'_>, id: UserId) -> Result<Option<Node>> {
    match account_view(viewer_or_none(ctx), id) {
        AccountView::Own => Ok(Some(Node::Viewer(ViewerObject::of(id)))),
        AccountView::Administered => Ok(User::find(ctx, id).await?.map(Node::User)),
        AccountView::Hidden => Ok(None),
    }
}
