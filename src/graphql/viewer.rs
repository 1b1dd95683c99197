//! The `Viewer` object: one part a domain, each built from the account's id.

use async_graphql::{Context, ID, MergedObject};

use crate::{
    accounts::graphql::ViewerAccount,
    boards::graphql_squads::ViewerSquads,
    certificates::graphql::ViewerCertificates,
    classroom::graphql::ViewerClassroom,
    db::ids::UserId,
    privacy::graphql::ViewerPrivacy,
    progress::{graphql::ViewerProgress, graphql_learning::ViewerLearning},
    reports::graphql::ViewerReports,
    submissions::graphql::ViewerSubmissions,
};

/// The logged-in account and everything personal that hangs on it. Audience: the account itself.
#[derive(MergedObject)]
#[graphql(name = "Viewer")]
pub struct ViewerObject(
    ViewerAccount,
    ViewerProgress,
    ViewerSubmissions,
    ViewerLearning,
    ViewerSquads,
    ViewerCertificates,
    ViewerReports,
    ViewerClassroom,
    ViewerPrivacy,
);

impl ViewerObject {
    #[must_use]
    pub fn of(user_id: UserId) -> Self {
        Self(
            ViewerAccount(user_id),
            ViewerProgress(user_id),
            ViewerSubmissions(user_id),
            ViewerLearning(user_id),
            ViewerSquads(user_id),
            ViewerCertificates(user_id),
            ViewerReports(user_id),
            ViewerClassroom(user_id),
            ViewerPrivacy(user_id),
        )
    }

    /// The `Node` interface asks the merged object itself.
    pub(super) async fn id(&self, _: &Context<'_>) -> async_graphql::Result<ID> {
        Ok(self.0.0.into())
    }
}
