//! What leaves the process about its work: spans for a collector, errors for Sentry. Logs are `logging.rs`', counts `metrics.rs`'.
//!
//! Owns what may be said outside. A span takes words of ours, numbers, ids and names, and a report takes the words of a log line and
//! its place in the code: there is no way to put text into them that somebody sent. Knows no domain, reads no setting, and costs the
//! product nothing when whoever is told does not answer. Start at [`Traces`] and [`Span`]; `export.rs` is the way out, `reports.rs`
//! the errors.

mod export;
mod reports;
mod traces;

pub use reports::{Reports, report_panics};
pub use traces::{Beginning, Kind, Parent, Span, Traces, span};
