//! What is read when somebody looks: pools, what runs, and what waits.

use prometheus::{IntGauge, IntGaugeVec, Result};

use super::register::Register;

/// The connections of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub busy: usize,
    pub open: usize,
    pub max: usize,
    /// Callers without one.
    pub waiting: usize,
}

/// The rows of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub rows: i64,
    /// Age of the oldest; 0 without any.
    pub oldest_seconds: i64,
}

/// As things are.
#[derive(Debug, Default)]
pub struct Moment {
    pub pools: Vec<(&'static str, Pool)>,
    /// Queries and mutations.
    pub operations_running: usize,
    pub operations_waiting: usize,
    /// Empty when the database did not answer.
    pub queues: Vec<(&'static str, Waiting)>,
    /// Submissions, at all workers.
    pub submissions_running: Option<i64>,
}

pub(super) struct Gauges {
    busy: IntGaugeVec,
    open: IntGaugeVec,
    max: IntGaugeVec,
    waiting: IntGaugeVec,
    operations: IntGaugeVec,
    rows: IntGaugeVec,
    oldest: IntGaugeVec,
    running: IntGaugeVec,
    resident_bytes: IntGauge,
}

fn number(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Gauges {
    pub(super) fn new(register: &Register) -> Result<Self> {
        Ok(Self {
            busy: register.gauges("database_connections_busy", "Database connections in use.", &["pool"])?,
            open: register.gauges("database_connections_open", "Database connections that are open.", &["pool"])?,
            max: register.gauges("database_connections_max", "Database connections that there may be.", &["pool"])?,
            waiting: register.gauges("database_connections_waiting", "Those who wait for a database connection.", &["pool"])?,
            operations: register.gauges("graphql_operations_now", "Queries and mutations that run, and that wait to.", &["state"])?,
            rows: register.gauges("queue_rows", "What waits in the database; the same at every process.", &["queue"])?,
            oldest: register.gauges("queue_oldest_seconds", "Age of the oldest that waits; the same at every process.", &["queue"])?,
            running: register.gauges("submissions_running", "Submissions at all workers; the same at every process.", &[])?,
            resident_bytes: register.gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.")?,
        })
    }

    pub(super) fn set(&self, moment: &Moment) {
        for (name, pool) in &moment.pools {
            self.busy.with_label_values(&[name]).set(number(pool.busy));
            self.open.with_label_values(&[name]).set(number(pool.open));
            self.max.with_label_values(&[name]).set(number(pool.max));
            self.waiting.with_label_values(&[name]).set(number(pool.waiting));
        }
        self.operations.with_label_values(&["running"]).set(number(moment.operations_running));
        self.operations.with_label_values(&["waiting"]).set(number(moment.operations_waiting));
        // What is not known is not shown, rather than shown as it was.
        self.rows.reset();
        self.oldest.reset();
        self.running.reset();
        for (queue, waiting) in &moment.queues {
            self.rows.with_label_values(&[queue]).set(waiting.rows);
            self.oldest.with_label_values(&[queue]).set(waiting.oldest_seconds);
        }
        if let Some(running) = moment.submissions_running {
            self.running.with_label_values::<&str>(&[]).set(running);
        }
        if let Some(bytes) = resident_bytes() {
            self.resident_bytes.set(bytes);
        }
    }
}

/// Linux only; elsewhere the gauge stays at zero.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}
