//! Every rule of who may do what, on one page, as pure functions over typed ids and plain facts.
//! What a viewer may not see does not exist for them: NOT_FOUND. What everyone knows to exist but not everyone may do: FORBIDDEN.

use super::viewer::{Admin, Instructor, Role, Roles, Viewer};
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

/// Leading groups of learners.
pub fn instructor(viewer: Option<&Viewer>) -> Result<Instructor> {
    let viewer = logged_in(viewer)?;
    let may = viewer.roles.contains(&Role::Instructor);
    if may { Ok(Instructor { user_id: viewer.user_id, _sealed: () }) } else { Err(Error::forbidden("Only an instructor may do this.")) }
}

/// A submission, its output and its checks: its learner, an instructor who leads a group that the learner is in, and admins.
#[must_use]
pub fn may_read_submission(viewer: &Viewer, owner: UserId, leads_owner: bool) -> bool {
    may_read_account(viewer, owner, leads_owner)
}

/// What an account has done (progress, report cards, certificates): its owner, an instructor who leads a group that it is in, and
/// admins. Its e-mail address, settings and drafts are not among it.
#[must_use]
pub fn may_read_account(viewer: &Viewer, owner: UserId, leads_owner: bool) -> bool {
    may_open_document(viewer.user_id, &viewer.roles, owner, leads_owner)
}

/// The same by a signed address, where there is no session: whom the address was given to, with the roles they have when it is used.
#[must_use]
pub fn may_open_document(asker: UserId, roles: &Roles, owner: UserId, leads_owner: bool) -> bool {
    asker == owner || roles.contains(&Role::Admin) || (leads_owner && roles.contains(&Role::Instructor))
}

/// A group's invitation code and its members, and changing it: the instructor who made it, for as long as they are one, and admins.
#[must_use]
pub fn may_lead_group(viewer: &Viewer, instructor: UserId) -> bool {
    viewer.is_admin() || (viewer.user_id == instructor && viewer.roles.contains(&Role::Instructor))
}

/// That there is such a group, and its name: whoever leads it, and its members.
#[must_use]
pub fn may_read_group(viewer: &Viewer, instructor: UserId, is_member: bool) -> bool {
    is_member || may_lead_group(viewer, instructor)
}

/// One learner's membership and what they have done: whoever leads the group, and the learner.
#[must_use]
pub fn may_read_member(viewer: &Viewer, instructor: UserId, learner: UserId) -> bool {
    viewer.user_id == learner || may_lead_group(viewer, instructor)
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
                for leads in [false, true] {
                    let follows = leads && viewer.roles.contains(&Role::Instructor);
                    assert_eq!(may_read_submission(viewer, owner, leads), own || staff || follows);
                    assert_eq!(may_read_account(viewer, owner, leads), own || staff || follows);
                }
                assert_eq!(may_cancel_submission(viewer, owner), own || staff);
                assert_eq!(may_type_into_submission(viewer, owner), own);
            }
        }
        assert_eq!(account_view(Some(&boss), boss.user_id), AccountView::Own);
    }

    #[test]
    fn who_may_see_and_change_a_group() {
        let (maker, other) = (someone(&[Role::Learner, Role::Instructor]), someone(&[Role::Learner, Role::Instructor]));
        let (member, boss) = (someone(&[Role::Learner]), someone(&[Role::Learner, Role::Admin]));
        for (viewer, leads, knows, sees) in
            [(&maker, true, true, true), (&other, false, false, false), (&member, false, true, true), (&boss, true, true, true)]
        {
            assert_eq!(may_lead_group(viewer, maker.user_id), leads);
            assert_eq!(may_read_group(viewer, maker.user_id, viewer.user_id == member.user_id), knows);
            assert_eq!(may_read_member(viewer, maker.user_id, member.user_id), sees);
        }
        // Who is no instructor any more leads no longer.
        let former = Viewer { roles: [Role::Learner].into(), ..maker.clone() };
        assert!(!may_lead_group(&former, maker.user_id) && !may_read_account(&former, member.user_id, true));
        assert!(instructor(Some(&maker)).is_ok() && instructor(Some(&boss)).is_err() && instructor(None).is_err());
    }
}
