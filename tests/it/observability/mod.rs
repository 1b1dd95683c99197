//! What those who run the platform are told: spans, metrics, their dashboard, error reports.

mod dashboard;
mod metrics;
mod nodes;
mod reports;
mod traces;
