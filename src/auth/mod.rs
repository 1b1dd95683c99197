//! Who asks, and what they may do: tokens, passwords, the viewer, and every rule on one page. Knows no domain.

pub mod policy;
pub mod viewer;

pub use viewer::{Admin, Role, Roles, Viewer};

use crate::{config::Config, error::Result};

/// Keys and hashing, built once a process.
pub struct Auth {}

impl Auth {
    pub fn new(_config: &Config) -> Result<Self> {
        Ok(Self {})
    }
}
