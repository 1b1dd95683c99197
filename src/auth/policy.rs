//! Every rule of who may do what, on one page, as pure functions over typed ids and plain facts.
//! What a viewer may not see does not exist for them: NOT_FOUND. What everyone knows to exist but not everyone may do: FORBIDDEN.

use super::viewer::{Admin, Viewer};
use crate::{
    db::ids::UserId,
    error::{Error, Result},
};

/// Anything personal needs a logged-in viewer.
pub fn logged_in(viewer: Option<&Viewer>) -> Result<&Viewer> {
    viewer.ok_or_else(Error::unauthenticated)
}

/// Running the platform: accounts, roles, rejudging.
pub fn admin(viewer: Option<&Viewer>) -> Result<Admin> {
    let viewer = logged_in(viewer)?;
    if viewer.is_admin() { Ok(Admin { user_id: viewer.user_id, _sealed: () }) } else { Err(Error::forbidden("Only an admin may do this.")) }
}

/// A submission, its output and its checks: its learner and admins.
#[must_use]
pub fn may_read_submission(viewer: &Viewer, owner: UserId) -> bool {
    viewer.user_id == owner || viewer.is_admin()
}

/// An account's own data (e-mail, progress, ledger): its owner and admins.
#[must_use]
pub fn may_read_account(viewer: &Viewer, owner: UserId) -> bool {
    viewer.user_id == owner || viewer.is_admin()
}

/// Changing a submission (cancel, input): its learner; an admin may cancel too.
#[must_use]
pub fn may_cancel_submission(viewer: &Viewer, owner: UserId) -> bool {
    viewer.user_id == owner || viewer.is_admin()
}
