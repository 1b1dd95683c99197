//! What this process counts, for `/metrics`. Labels have few values: never a name that a client chose.

use std::{sync::Arc, time::Duration};

use prometheus::{Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

use crate::error::{Error, Result};

/// Built once a process; other roles register their own in [`Metrics::registry`].
pub struct Metrics {
    pub registry: Registry,
    operations: IntCounterVec,
    seconds: HistogramVec,
    errors: IntCounterVec,
    sockets: IntGauge,
    subscriptions: IntGauge,
    connections_busy: IntGauge,
    connections_open: IntGauge,
    resident_bytes: IntGauge,
    phases: HistogramVec,
    submissions: IntCounterVec,
}

/// The parts of a submission's way from the queue to the stored verdict, one after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// From being queued to being claimed.
    Queue,
    /// The statement that claims it.
    Claim,
    /// From asking for a warm cell to the start of the learner's code.
    Cell,
    /// From there to the last result; for a program to its end.
    Run,
    /// From there to the verdict: what is left of the run is killed and looked for, and the results are weighed.
    Judge,
    /// The transaction that stores it, tries included.
    Record,
}

impl Phase {
    const ALL: [Self; 6] = [Self::Queue, Self::Claim, Self::Cell, Self::Run, Self::Judge, Self::Record];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Claim => "claim",
            Self::Cell => "cell",
            Self::Run => "run",
            Self::Judge => "judge",
            Self::Record => "record",
        }
    }
}

/// Counts itself out when dropped.
pub struct Open(IntGauge);

impl Open {
    fn new(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub fn new() -> Result<Arc<Self>> {
        let build = || -> prometheus::Result<Self> {
            let registry = Registry::new();
            let gauge = |name: &str, help: &str| -> prometheus::Result<IntGauge> {
                let gauge = IntGauge::new(name, help)?;
                registry.register(Box::new(gauge.clone()))?;
                Ok(gauge)
            };
            let counter = |name: &str, help: &str, labels: &[&str]| -> prometheus::Result<IntCounterVec> {
                let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
                registry.register(Box::new(counter.clone()))?;
                Ok(counter)
            };
            let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
            let seconds = HistogramVec::new(
                HistogramOpts::new("graphql_operation_seconds", "Time from admission to answer, in seconds, by trusted document.")
                    .buckets(buckets),
                &["type", "document"],
            )?;
            registry.register(Box::new(seconds.clone()))?;
            let buckets = vec![0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];
            let phases = HistogramVec::new(
                HistogramOpts::new("submission_phase_seconds", "Time a submission spends in each phase of its way, in seconds.")
                    .buckets(buckets),
                &["phase"],
            )?;
            registry.register(Box::new(phases.clone()))?;
            for phase in Phase::ALL {
                // Shown from the start, so that no phase is missing because nothing went through it yet.
                phases.with_label_values(&[phase.as_str()]);
            }
            Ok(Self {
                operations: counter("graphql_operations_total", "Queries and mutations, by how they ended.", &["type", "outcome"])?,
                seconds,
                errors: counter("graphql_errors_total", "Errors sent to clients, by code.", &["code"])?,
                sockets: gauge("graphql_sockets", "Open websockets.")?,
                subscriptions: gauge("graphql_subscriptions", "Running subscriptions, over websockets and event streams.")?,
                connections_busy: gauge("database_connections_busy", "Database connections in use.")?,
                connections_open: gauge("database_connections_open", "Database connections that are open.")?,
                resident_bytes: gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.")?,
                phases,
                submissions: counter("submissions_total", "Submissions that a worker of this process has ended.", &["kind", "verdict"])?,
                registry,
            })
        };
        build().map(Arc::new).map_err(Error::fault)
    }

    /// A query or mutation that was answered; of a document that is not trusted the name is `other`.
    pub fn operation(&self, (kind, document): (&str, &str), outcome: &str, took: Duration) {
        self.operations.with_label_values(&[kind, outcome]).inc();
        self.seconds.with_label_values(&[kind, document]).observe(took.as_secs_f64());
    }

    pub fn error(&self, code: &str) {
        self.errors.with_label_values(&[code]).inc();
    }

    /// A submission got through a phase.
    pub fn phase(&self, phase: Phase, took: Duration) {
        self.phases.with_label_values(&[phase.as_str()]).observe(took.as_secs_f64());
    }

    /// A submission has its verdict.
    pub fn submission(&self, kind: &str, verdict: &str) {
        self.submissions.with_label_values(&[kind, verdict]).inc();
    }

    pub fn socket_opened(&self) -> Open {
        Open::new(&self.sockets)
    }

    pub fn subscription_opened(&self) -> Open {
        Open::new(&self.subscriptions)
    }

    /// The text format of Prometheus; `connections` are those in use and those open.
    pub fn render(&self, connections: (usize, usize)) -> Result<String> {
        let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        self.connections_busy.set(number(connections.0));
        self.connections_open.set(number(connections.1));
        if let Some(bytes) = resident_bytes() {
            self.resident_bytes.set(bytes);
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).map_err(Error::fault)?;
        String::from_utf8(text).map_err(Error::fault)
    }
}

/// Linux only; elsewhere the gauge stays at zero.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: i64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}
