//! The `Viewer` object: one part a domain, each built from the account's id.

use async_graphql::{Context, ID, MergedObject};

use crate::{accounts::graphql::ViewerAccount, db::ids::UserId};

/// The logged-in account and everything personal that hangs on it. Audience: the account itself.
#[derive(MergedObject)]
#[graphql(name = "Viewer")]
pub struct ViewerObject(ViewerAccount);

impl ViewerObject {
    #[must_use]
    pub fn of(user_id: UserId) -> Self {
        Self(ViewerAccount(user_id))
    }

    /// The `Node` interface asks the merged object itself.
    pub(super) async fn id(&self, _: &Context<'_>) -> async_graphql::Result<ID> {
        Ok(self.0.0.into())
    }
}
