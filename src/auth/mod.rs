//! Who asks, and what they may do: tokens, passwords, the viewer, and every rule on one page. Knows no domain.
//! Start reading at [`viewer`], then [`policy`].

pub mod codes;
pub mod passwords;
pub mod policy;
pub mod sessions;
pub mod sign_in_limit;
pub mod tokens;
pub mod viewer;

pub use viewer::{Admin, ClientAddress, Instructor, Role, Roles, Viewer};

use crate::{config::Config, error::Result};

/// Keys, hashing, and what one process remembers of sessions and failed sign-ins; built once a process.
pub struct Auth {
    pub tokens: tokens::Tokens,
    pub passwords: passwords::Passwords,
    pub sessions: sessions::Sessions,
    pub sign_in_limit: sign_in_limit::SignInLimit,
}

impl Auth {
    /// Reads, or in development makes, the signing key.
    pub fn new(config: &Config) -> Result<Self> {
        Ok(Self {
            tokens: tokens::Tokens::new(config)?,
            passwords: passwords::Passwords::new(&config.auth)?,
            sessions: sessions::Sessions::new(config.auth.session_cache_ttl),
            sign_in_limit: sign_in_limit::SignInLimit::default(),
        })
    }
}
