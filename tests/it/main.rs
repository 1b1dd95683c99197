//! The one integration binary: every test goes through the public door.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails there")]

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "callers write json!({..}) in place")]

mod accounts;
mod curriculum;
mod migrations;
mod protocol;
mod sandbox;
mod support;
mod tidy;
