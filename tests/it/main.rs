//! The one integration binary: every test goes through the public door.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod accounts;
mod authz;
mod bad_input;
mod boards;
mod certificates;
mod classroom;
mod curriculum;
mod events;
mod fairness;
mod fault;
mod licences;
mod liveness;
mod migrations;
mod nodes;
mod observability;
mod outside;
mod pages;
mod privacy;
mod progress;
mod protocol;
mod reports;
mod sandbox;
mod schema;
mod statements;
mod submissions;
mod support;
mod tidy;
