//! Who asks: the account behind a checked session.

use std::{collections::BTreeSet, str::FromStr};

use crate::{
    db::ids::{SessionId, UserId},
    error::{Error, Result},
};

/// What an account may do beyond its own learning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, async_graphql::Enum)]
pub enum Role {
    /// Learns: every account has this role.
    Learner,
    /// Follows the groups they lead.
    Instructor,
    /// Runs the platform.
    Admin,
}

impl Role {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Learner => "LEARNER",
            Self::Instructor => "INSTRUCTOR",
            Self::Admin => "ADMIN",
        }
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "LEARNER" => Ok(Self::Learner),
            "INSTRUCTOR" => Ok(Self::Instructor),
            "ADMIN" => Ok(Self::Admin),
            _ => Err(Error::broken("an unknown role is stored")),
        }
    }
}

pub type Roles = BTreeSet<Role>;

/// A logged-in account whose session was live within the last second.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub roles: Roles,
    pub plan: String,
    /// When the access token ends; an open socket is closed then.
    pub token_expires_at: chrono::DateTime<chrono::Utc>,
}

impl Viewer {
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.roles.contains(&Role::Admin)
    }
}

/// Where the request came from; the HTTP and websocket layers put it into each request, for the sign-in limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub std::net::IpAddr);

/// Proof that the viewer is an admin; only [`crate::auth::policy::admin`] makes one.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::manual_non_exhaustive, reason = "sealed against the rest of this crate too, which the attribute does not do")]
pub struct Admin {
    pub user_id: UserId,
    pub(super) _sealed: (),
}

/// Proof that the viewer is an instructor; only [`crate::auth::policy::instructor`] makes one.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::manual_non_exhaustive, reason = "sealed against the rest of this crate too, which the attribute does not do")]
pub struct Instructor {
    pub user_id: UserId,
    pub(super) _sealed: (),
}
