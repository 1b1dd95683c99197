//! What is open for long: sockets, event streams and the subscriptions on them.

use std::time::Duration;

use prometheus::{HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Result};

use super::{Open, register::Register};

/// Why a websocket ended: the client left, or what the server closed it for.
pub const CLOSES: [&str; 13] = [
    "left",
    "bad_request",
    "unauthorized",
    "forbidden",
    "subprotocol",
    "init_timeout",
    "duplicate",
    "second_init",
    "restarting",
    "too_many",
    "too_slow",
    "silent",
    "unavailable",
];

/// Seconds from an event to its subscriber.
const LAG_BUCKETS: [f64; 13] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How a subscription began, or began anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Began {
    /// Without a cursor: with a snapshot.
    Snapshot,
    /// From the cursor on.
    Resumed,
    /// What it had could not be gone on with; a snapshot follows. Also in the middle of a stream.
    Reset,
    /// Not at all.
    Refused,
}

impl Began {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Resumed => "resumed",
            Self::Reset => "reset",
            Self::Refused => "refused",
        }
    }
}

pub struct Streams {
    sockets: IntGauge,
    closes: IntCounterVec,
    sse: IntGauge,
    subscriptions: IntGaugeVec,
    starts: IntCounterVec,
    executions: IntCounterVec,
    lag: HistogramVec,
}

impl Streams {
    pub(super) fn new(register: &Register) -> Result<Self> {
        let starts = "How subscriptions began; reset also counts those that had to begin anew later.";
        let executions = "Events of subscriptions that were executed and written as JSON, each once for all who share it.";
        let lag = "Time from an event to its last byte for a subscriber who was there already, in seconds.";
        let streams = Self {
            sockets: register.gauge("graphql_sockets", "Open websockets.")?,
            closes: register.counters("graphql_socket_closes_total", "Websockets that ended, by why.", &["cause"])?,
            sse: register.gauge("graphql_event_streams", "Open event streams.")?,
            subscriptions: register.gauges(
                "graphql_subscriptions",
                "Running subscriptions, over websockets and event streams.",
                &["field"],
            )?,
            starts: register.counters("subscription_starts_total", starts, &["field", "outcome"])?,
            executions: register.counters("subscription_executions_total", executions, &["field"])?,
            lag: register.histograms("subscription_lag_seconds", lag, &["field"], &LAG_BUCKETS)?,
        };
        for cause in CLOSES {
            streams.closes.with_label_values(&[cause]);
        }
        Ok(streams)
    }

    pub fn socket_opened(&self) -> Open {
        Open::new(&self.sockets)
    }

    /// `cause` is one of [`CLOSES`].
    pub fn socket_closed(&self, cause: &str) {
        self.closes.with_label_values(&[cause]).inc();
    }

    pub fn event_stream_opened(&self) -> Open {
        Open::new(&self.sse)
    }

    /// `field` is one of the schema's.
    pub fn subscription_opened(&self, field: &str) -> Open {
        Open::new(&self.subscriptions.with_label_values(&[field]))
    }

    /// An event was executed.
    pub fn executed(&self, field: &str) {
        self.executions.with_label_values(&[field]).inc();
    }

    pub fn subscription_began(&self, field: &str, how: Began) {
        self.starts.with_label_values(&[field, how.as_str()]).inc();
    }

    pub fn delivered(&self, field: &str, lag: Duration) {
        self.lag.with_label_values(&[field]).observe(lag.as_secs_f64());
    }
}
