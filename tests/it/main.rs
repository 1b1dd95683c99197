//! The one integration binary: every test goes through the public door.

mod sandbox;
