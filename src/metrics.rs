//! What this process counts, for `/metrics`. Labels have few values: never a name that a client chose. `deploy/README.md` describes
//! each; a test compares it with what is shown.

mod moment;
mod register;
mod streams;

use std::{sync::Arc, time::Duration};

use prometheus::{Encoder, HistogramVec, IntCounterVec, IntGauge, Registry, TextEncoder};

use self::{moment::Gauges, register::Register};
use crate::error::{Code, Error, Result};

pub use moment::{Moment, Pool, Waiting};
pub use streams::{Began, CLOSES, Streams};

/// Built once a process; other roles register their own in [`Metrics::registry`].
pub struct Metrics {
    pub registry: Registry,
    /// What is open for long.
    pub streams: Streams,
    /// Spans, by what became of them.
    pub spans: IntCounterVec,
    operations: IntCounterVec,
    seconds: HistogramVec,
    errors: IntCounterVec,
    spent: IntCounterVec,
    phases: HistogramVec,
    submissions: IntCounterVec,
    runs: IntGauge,
    slots: IntGauge,
    gauges: Gauges,
}

/// Seconds that an operation takes.
const OPERATION_BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Seconds that a phase of a submission takes.
const PHASE_BUCKETS: [f64; 16] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0];

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

    #[must_use]
    pub const fn as_str(self) -> &'static str {
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
            let register = Register(Registry::new());
            let seconds = "Time from admission to answer, in seconds, by trusted document.";
            let phases = "Time a submission spends in each phase of its way, in seconds.";
            let metrics = Self {
                streams: Streams::new(&register)?,
                gauges: Gauges::new(&register)?,
                spans: register.counters("trace_spans_total", "Spans that ended, by what became of them.", &["outcome"])?,
                operations: register.counters(
                    "graphql_operations_total",
                    "Queries and mutations, by how they ended.",
                    &["type", "outcome"],
                )?,
                seconds: register.histograms("graphql_operation_seconds", seconds, &["type", "document"], &OPERATION_BUCKETS)?,
                errors: register.counters("graphql_errors_total", "Errors sent to clients, by code.", &["code"])?,
                spent: register.counters("graphql_cost_spent_total", "What operations cost those who ran them.", &["type"])?,
                phases: register.histograms("submission_phase_seconds", phases, &["phase"], &PHASE_BUCKETS)?,
                submissions: register.counters(
                    "submissions_total",
                    "Submissions that a worker of this process has ended.",
                    &["kind", "verdict"],
                )?,
                runs: register.gauge("worker_runs", "Submissions that this process runs.")?,
                slots: register.gauge("worker_slots", "Submissions that this process may run at the same time.")?,
                registry: register.0,
            };
            metrics.show_all();
            Ok(metrics)
        };
        build().map(Arc::new).map_err(Error::fault)
    }

    /// Shown from the start, so that nothing is missing because it has not happened yet.
    fn show_all(&self) {
        for phase in Phase::ALL {
            self.phases.with_label_values(&[phase.as_str()]);
        }
        for code in Code::ALL {
            self.errors.with_label_values(&[code.as_str()]);
        }
        for outcome in ["exported", "queue_full", "export_failed"] {
            self.spans.with_label_values(&[outcome]);
        }
        for kind in ["query", "mutation"] {
            self.seconds.with_label_values(&[kind, "other"]);
            self.spent.with_label_values(&[kind]);
            for outcome in ["ok", "failed", "refused"] {
                self.operations.with_label_values(&[kind, outcome]);
            }
        }
        self.spent.with_label_values(&["subscription"]);
    }

    /// A query or mutation that was answered; of a document that is not trusted the name is `other`.
    pub fn operation(&self, (kind, document): (&str, &str), outcome: &str, took: Duration) {
        self.operations.with_label_values(&[kind, outcome]).inc();
        self.seconds.with_label_values(&[kind, document]).observe(took.as_secs_f64());
    }

    pub fn error(&self, code: &str) {
        self.errors.with_label_values(&[code]).inc();
    }

    /// What an operation cost whoever ran it.
    pub fn spent(&self, kind: &str, cost: u64) {
        self.spent.with_label_values(&[kind]).inc_by(cost);
    }

    /// A submission got through a phase.
    pub fn phase(&self, phase: Phase, took: Duration) {
        self.phases.with_label_values(&[phase.as_str()]).observe(took.as_secs_f64());
    }

    /// A submission has its verdict.
    pub fn submission(&self, kind: &str, verdict: &str) {
        self.submissions.with_label_values(&[kind, verdict]).inc();
    }

    /// A worker with so many slots works here.
    pub fn works(&self, slots: usize) {
        self.slots.set(i64::try_from(slots).unwrap_or(i64::MAX));
    }

    pub fn run_started(&self) -> Open {
        Open::new(&self.runs)
    }

    /// The text format of Prometheus.
    pub fn render(&self, moment: &Moment) -> Result<String> {
        self.gauges.set(moment);
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).map_err(Error::fault)?;
        String::from_utf8(text).map_err(Error::fault)
    }
}
