//! The back end of Weak to Strong, a code-learning platform that teaches people to supervise AI.
//!
//! Start reading at [`submissions`], the main job: a learner submits code and watches it being judged.
//! `http` speaks the protocols, `graphql` assembles the schema, each domain folder holds its rules (`mod.rs`),
//! its statements (`store.rs`) and its part of the schema (`graphql.rs`). `worker` drains the queue through
//! `sandbox`; `events` carries what happens to whoever listens. ARCHITECTURE.md walks one submission through all of it.

pub mod accounts;
pub mod app;
pub mod auth;
pub mod backlog;
pub mod billing;
pub mod boards;
pub mod budget;
pub mod certificates;
pub mod classroom;
pub mod clock;
pub mod config;
pub mod curriculum;
pub mod db;
pub mod error;
pub mod events;
pub mod graphql;
pub mod health;
pub mod http;
pub mod jobs;
pub mod logging;
pub mod metrics;
pub mod privacy;
pub mod progress;
pub mod reports;
pub mod sandbox;
pub mod serve;
pub mod submissions;
pub mod telemetry;
pub mod typeset;
pub mod worker;
