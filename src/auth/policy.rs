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

/// An account through `node(id)`: what it is to its owner, what an admin sees of another, and nothing to everyone else.
#[must_use]
pub fn account_view(viewer: Option<&Viewer>, owner: UserId) -> AccountView {
    match viewer {
        Some(viewer) if viewer.user_id == owner => AccountView::Own,
        Some(viewer) if viewer.is_admin() => AccountView::Administered,
        _ => AccountView::Hidden,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountView {
    Own,
    Administered,
    Hidden,
}

/// Ending a submission: its learner and admins.
#[must_use]
pub fn may_cancel_submission(viewer: &Viewer, owner: UserId) -> bool {
    viewer.user_id == owner || viewer.is_admin()
}

/// Typing into a running program: its learner alone, since it is their program that answers.
#[must_use]
pub fn may_type_into_submission(viewer: &Viewer, owner: UserId) -> bool {
    viewer.user_id == owner
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        auth::Role,
        db::ids::{SessionId, TypedId},
    };

    fn someone(roles: &[Role]) -> Viewer {
        Viewer {
            user_id: UserId::generate(),
            session_id: SessionId::generate(),
            roles: roles.iter().copied().collect(),
            plan: "free".to_owned(),
            token_expires_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn who_may_do_what() {
        let learner = someone(&[Role::Learner]);
        let instructor = someone(&[Role::Learner, Role::Instructor]);
        let boss = someone(&[Role::Learner, Role::Admin]);
        let owner = learner.user_id;
        for (viewer, own, staff, view) in [
            (None, false, false, AccountView::Hidden),
            (Some(&learner), true, false, AccountView::Own),
            (Some(&instructor), false, false, AccountView::Hidden),
            (Some(&boss), false, true, AccountView::Administered),
        ] {
            assert_eq!(logged_in(viewer).is_ok(), viewer.is_some());
            assert_eq!(admin(viewer).is_ok(), staff);
            assert_eq!(account_view(viewer, owner), view);
            if let Some(viewer) = viewer {
                assert_eq!(may_read_submission(viewer, owner), own || staff);
                assert_eq!(may_read_account(viewer, owner), own || staff);
                assert_eq!(may_cancel_submission(viewer, owner), own || staff);
                assert_eq!(may_type_into_submission(viewer, owner), own);
            }
        }
        assert_eq!(account_view(Some(&boss), boss.user_id), AccountView::Own);
    }
}
