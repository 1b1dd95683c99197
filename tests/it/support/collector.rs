//! A collector of spans, and a Sentry, on loopback: they keep every byte that they are sent.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::Span,
};
use prost::Message;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};
use weak_to_strong::config::{Sampling, Traces};

use super::app::DEADLINE;

/// A span, and who told of it.
#[derive(Clone, Debug)]
pub struct Told {
    pub service: String,
    pub span: Span,
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let value = attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    Some(match value {
        Any::StringValue(text) => text,
        Any::IntValue(number) => number.to_string(),
        other => panic!("{key} is {other:?}"),
    })
}

impl Told {
    pub fn attribute(&self, key: &str) -> Option<String> {
        text(&self.span.attributes, key)
    }

    pub fn trace_id(&self) -> String {
        hex::encode(&self.span.trace_id)
    }

    pub fn id(&self) -> String {
        hex::encode(&self.span.span_id)
    }

    pub fn parent_id(&self) -> String {
        hex::encode(&self.span.parent_span_id)
    }
}

/// How a collector answers.
#[derive(Clone, Copy)]
pub enum Mood {
    Takes,
    Refuses,
    /// Never answers.
    Hangs,
}

#[derive(Clone, Default)]
struct Kept {
    bodies: Arc<Mutex<Vec<Bytes>>>,
    mood: Arc<AtomicU8>,
    arrived: Arc<watch::Sender<usize>>,
}

pub struct Collector {
    address: SocketAddr,
    kept: Kept,
    _server: JoinSet<()>,
}

impl Collector {
    pub async fn start() -> Self {
        let kept = Kept::default();
        let routes = Router::new().route("/v1/traces", post(take)).route("/api/{project}/envelope/", post(take_envelope));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = axum::serve(listener, routes.with_state(kept.clone()));
        let mut server = JoinSet::new();
        server.spawn(async move { serving.await.unwrap() });
        Self { address, kept, _server: server }
    }

    /// What OTEL_EXPORTER_OTLP_ENDPOINT is set to.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What SENTRY_DSN is set to.
    pub fn dsn(&self) -> String {
        format!("http://public@{}/7", self.address)
    }

    /// Settings that export each span at once.
    pub fn settings(&self) -> Traces {
        Traces {
            endpoint: format!("{}/v1/traces", self.endpoint()),
            sampling: Sampling { follows_parent: true, ratio: 1.0 },
            timeout: DEADLINE,
            queue_max: 2048,
            batch_max: 512,
            delay: std::time::Duration::ZERO,
        }
    }

    pub fn becomes(&self, mood: Mood) {
        self.kept.mood.store(mood as u8, Ordering::SeqCst);
    }

    pub fn bodies(&self) -> Vec<Bytes> {
        self.kept.bodies.lock().unwrap().clone()
    }

    /// Everything that was told so far.
    pub fn spans(&self) -> Vec<Told> {
        self.bodies().iter().flat_map(decoded).collect()
    }

    /// Waits until what was told is enough.
    pub async fn until(&self, is_enough: impl Fn(&[Told]) -> bool) -> Vec<Told> {
        let mut arrived = self.kept.arrived.subscribe();
        let waiting = async {
            loop {
                arrived.borrow_and_update();
                let spans = self.spans();
                if is_enough(&spans) {
                    return spans;
                }
                arrived.changed().await.unwrap();
            }
        };
        timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("not enough: {:#?}", summary(&self.spans())))
    }

    /// The reports that a Sentry was sent, once there are so many.
    pub async fn reports(&self, count: usize) -> Vec<Value> {
        let mut arrived = self.kept.arrived.subscribe();
        let waiting = async {
            while self.bodies().len() < count {
                arrived.changed().await.unwrap();
            }
        };
        timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("{} reports instead of {count}", self.bodies().len()));
        self.bodies().iter().flat_map(events).collect()
    }

    /// Fails when one of these stands anywhere in what was told.
    pub fn knows_nothing_of(&self, secrets: &[&str]) {
        for body in self.bodies() {
            for secret in secrets {
                let found = body.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} was told: {}", String::from_utf8_lossy(&body));
            }
        }
    }
}

/// Names and services, for people.
pub fn summary(spans: &[Told]) -> Vec<String> {
    spans.iter().map(|told| format!("{} {}: {} under {}", told.service, told.span.name, told.id(), told.parent_id())).collect()
}

fn decoded(body: &Bytes) -> Vec<Told> {
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("it is no OTLP");
    let of_resource = request.resource_spans.into_iter().flat_map(|resource| {
        let service = text(&resource.resource.unwrap_or_default().attributes, "service.name").expect("nobody told it");
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.map(|span| Told { service: service.clone(), span }).collect::<Vec<_>>()
    });
    of_resource.collect()
}

/// An envelope is lines: its head, then for each item its head and its payload.
fn events(body: &Bytes) -> Vec<Value> {
    let text = std::str::from_utf8(body).expect("an envelope is text");
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let heads = lines.iter().enumerate().filter(|(_, line)| line["type"] == "event");
    heads.map(|(at, _)| lines[at + 1].clone()).collect()
}

async fn take(State(kept): State<Kept>, body: Bytes) -> StatusCode {
    let mood = kept.mood.load(Ordering::SeqCst);
    kept.bodies.lock().unwrap().push(body);
    kept.arrived.send_modify(|count| *count += 1);
    if mood == Mood::Hangs as u8 {
        std::future::pending::<()>().await;
    }
    if mood == Mood::Refuses as u8 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

async fn take_envelope(Path(project): Path<String>, kept: State<Kept>, body: Bytes) -> StatusCode {
    assert_eq!(project, "7");
    take(kept, body).await
}
