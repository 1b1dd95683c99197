//! The one integration binary: every test goes through the public door.

mod accounts;
mod migrations;
mod protocol;
mod sandbox;
mod support;
mod tidy;
