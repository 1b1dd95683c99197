//! The way out of spans: a bounded queue, batches, and one task that sends them. What does not fit, or is not taken, is dropped and
//! counted; nobody waits for it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use opentelemetry_otlp::{Protocol, SpanExporter as Otlp, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter, SpanProcessor},
};
use prometheus::{IntCounter, IntCounterVec};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::Traces;
use crate::{
    config,
    error::{Error, Result},
};

/// How long the end of a process may wait for its last spans.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection to the collector may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// What spans end in.
#[derive(Debug)]
pub(super) struct Queue {
    sender: mpsc::Sender<SpanData>,
    refused: IntCounter,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut opentelemetry_sdk::trace::Span, _context: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() && self.sender.try_send(span).is_err() {
            self.refused.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Who exports, until it is stopped.
pub(super) struct Export {
    stopping: CancellationToken,
    task: Mutex<JoinSet<()>>,
}

impl Export {
    pub(super) fn start(settings: &config::Traces, resource: &Resource, spans: &IntCounterVec) -> Result<(Self, Queue)> {
        let counter = |outcome| spans.with_label_values(&[outcome]);
        let client = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).timeout(settings.timeout).build().map_err(Error::fault)?;
        let builder = Otlp::builder().with_http().with_http_client(client).with_protocol(Protocol::HttpBinary);
        let mut exporter = builder.with_endpoint(&settings.endpoint).with_timeout(settings.timeout).build().map_err(Traces::malformed)?;
        exporter.set_resource(resource);
        let (sender, receiver) = mpsc::channel(settings.queue_max);
        let queue = Queue { sender, refused: counter("queue_full") };
        let stopping = CancellationToken::new();
        let sending = Sending {
            receiver,
            exporter,
            settings: settings.clone(),
            batch: Vec::new(),
            exported: counter("exported"),
            failed: counter("export_failed"),
            is_failing: false,
        };
        let mut task = JoinSet::new();
        task.spawn(sending.run(stopping.clone()));
        Ok((Self { stopping, task: Mutex::new(task) }, queue))
    }

    pub(super) async fn stop(&self) {
        self.stopping.cancel();
        let mut task = std::mem::take(&mut *self.task.lock().unwrap_or_else(PoisonError::into_inner));
        // What takes longer is dropped with the task.
        let _in_time = timeout(STOP_TIMEOUT, task.join_next()).await;
    }
}

struct Sending {
    receiver: mpsc::Receiver<SpanData>,
    exporter: Otlp,
    settings: config::Traces,
    batch: Vec<SpanData>,
    exported: IntCounter,
    failed: IntCounter,
    is_failing: bool,
}

impl Sending {
    async fn run(mut self, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = self.gather() => {}
                () = stopping.cancelled(), if !self.receiver.is_closed() => {
                    // What is in the queue is still sent.
                    self.receiver.close();
                    continue;
                }
            }
            if self.batch.is_empty() {
                return;
            }
            self.send().await;
        }
    }

    /// Waits for a span, and for those that go with it. Empty-handed only when no more can come. May be dropped at any moment.
    async fn gather(&mut self) {
        let most = self.settings.batch_max;
        if self.batch.is_empty() && self.receiver.recv_many(&mut self.batch, most).await == 0 {
            return;
        }
        let due = Instant::now() + self.settings.delay;
        while self.batch.len() < most {
            let room = most - self.batch.len();
            match timeout_at(due, self.receiver.recv_many(&mut self.batch, room)).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }

    async fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        let count = batch.len() as u64;
        let failure = match timeout(self.settings.timeout, self.exporter.export(batch)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {} ms", self.settings.timeout.as_millis())),
        };
        match failure {
            None => self.exported.inc_by(count),
            Some(_) => self.failed.inc_by(count),
        }
        // Once for each change, however long the collector is away.
        if failure.is_some() != self.is_failing {
            self.is_failing = failure.is_some();
            if let Some(error) = failure {
                tracing::warn!(error, "spans cannot be exported, and are dropped");
            } else {
                tracing::info!("spans are exported again");
            }
        }
    }
}
