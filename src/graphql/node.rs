//! `node(id)` and `nodes(ids)`: anything that has a global id, found by it. Each domain answers for its own types;
//! what a viewer may not see does not exist for them.

use async_graphql::{Context, ID, Interface, Object};
use uuid::Uuid;

use super::{viewer::ViewerObject, viewer_or_none};
use crate::{
    accounts::graphql::User,
    auth::policy::{AccountView, account_view},
    curriculum::graphql::{Challenge, Lesson, Module, Quiz, Track},
    db::ids::{self, TypedId, UserId},
    error::{Error, Result},
};

/// Ids of one `nodes` field.
const NODES_MAX: usize = 100;

/// Something with a global id, which `node(id)` finds again.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Opaque; the same for as long as the object exists."))]
pub enum Node {
    Track(Track),
    Module(Module),
    Lesson(Lesson),
    Quiz(Quiz),
    Challenge(Challenge),
    Viewer(ViewerObject),
    User(User),
}

/// The object, or None when there is none that this viewer may see.
async fn find(ctx: &Context<'_>, prefix: &str, uuid: Uuid) -> Result<Option<Node>> {
    match prefix {
        "track" | "module" | "lesson" | "quiz" | "challenge" => crate::curriculum::graphql::node(ctx, prefix, uuid).await,
        "user" => account(ctx, UserId::from_uuid(uuid)).await,
        _ => Ok(None),
    }
}

/// One's own account is a `Viewer`; another's is a `User`, for admins.
async fn account(ctx: &Context<'_>, id: UserId) -> Result<Option<Node>> {
    match account_view(viewer_or_none(ctx), id) {
        AccountView::Own => Ok(Some(Node::Viewer(ViewerObject::of(id)))),
        AccountView::Administered => Ok(User::find(ctx, id).await?.map(Node::User)),
        AccountView::Hidden => Ok(None),
    }
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The object with this id. Null, with the error NOT_FOUND, when there is none or you may not see it.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "An id that the API gave before.")] id: ID) -> Option<Result<Node>> {
        let Some((prefix, uuid)) = ids::split(&id) else { return Some(Err(Error::not_found("object"))) };
        Some(find(ctx, &prefix, uuid).await.and_then(|node| node.ok_or_else(|| Error::not_found("object"))))
    }

    /// The objects with these ids, in the same order; null in the place of an id that names nothing you may see.
    #[graphql(complexity = "1 + ids.len().min(100) * child_complexity")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "At most 100 ids that the API gave before.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > NODES_MAX {
            return Err(Error::bad_input("At most 100 ids are looked up at once."));
        }
        let found = ids.iter().map(async |id| match ids::split(id) {
            Some((prefix, uuid)) => find(ctx, &prefix, uuid).await,
            None => Ok(None),
        });
        futures_util::future::try_join_all(found).await
    }
}
