//! What the tests drive the server with.

pub mod edge;
pub mod ws;
