//! The one integration binary: every test goes through the public door.

mod protocol;
mod sandbox;
mod support;
mod tidy;
