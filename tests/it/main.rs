//! The one integration binary: every test goes through the public door.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails there")]

mod accounts;
mod migrations;
mod protocol;
mod sandbox;
mod support;
mod tidy;
