//! Subscribers that go on from their last cursor after each break, and check that their log has no hole and no repetition.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use super::{api::pace, learner::QUIZ_XP};

const SUBMISSION_EVENTS: &str = "subscription S($id: ID!, $after: Cursor) { submissionEvents(submissionId: $id, after: $after) {
  __typename ... on Event { cursor seq }
  ... on SubmissionSnapshot { submission { status output { stdout } checks { id status } } }
  ... on OutputChunk { stream text offset }
  ... on CheckStarted { check { id status } }
  ... on CheckFinished { check { id status } }
  ... on SubmissionFinished { submission { status verdict output { stdout } checks { id status } } }
} }";

const VIEWER_EVENTS: &str = "subscription V($after: Cursor) { viewerEvents(after: $after) {
  __typename ... on Event { cursor seq } ... on XpAwarded { entry { id amount } total }
} }";

/// Counts ends over all subscribers: the clock by which things are broken, which no crowd that waits makes run faster.
pub type Pulse = Arc<watch::Sender<usize>>;

/// Who listens, and where: at one server after the other, each time it connects.
#[derive(Clone)]
pub struct Ear {
    pub addresses: Vec<SocketAddr>,
    pub token: String,
    pub pulse: Pulse,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Ear {
    fn count(&self, event: &Value, wanted: &str) {
        if event["__typename"] == wanted {
            self.pulse.send_modify(|count| *count += 1);
        }
    }

    /// A socket with the operation started on it; None when the server is not there or goes away.
    async fn subscribe(&mut self, document: &str, variables: &Value) -> Option<Socket> {
        self.addresses.rotate_left(1);
        let mut request = format!("ws://{}/graphql", self.addresses[0]).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (mut socket, _) = connect_async(request).await.ok()?;
        let init = json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {}", self.token)}});
        socket.send(Message::text(init.to_string())).await.ok()?;
        let ack = receive(&mut socket).await?;
        assert_eq!(ack["type"], "connection_ack");
        let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": document, "variables": variables}});
        socket.send(Message::text(subscribe.to_string())).await.ok()?;
        Some(socket)
    }
}

/// The next message; None when the socket is gone.
async fn receive(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await?.ok()? {
            Message::Text(text) => {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["type"] != "ping" {
                    return Some(message);
                }
                socket.send(Message::text(json!({"type": "pong"}).to_string())).await.ok()?;
            }
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

/// What a subscriber of a submission has put together.
#[derive(Debug, Default)]
pub struct Log {
    cursor: Option<String>,
    seq: i64,
    /// A reset was told on this connection, and the snapshot must follow at once.
    awaits_snapshot: bool,
    stdout: String,
    checks: BTreeMap<String, String>,
    pub verdict: Option<String>,
    pub resets: usize,
    pub breaks: usize,
    history: Vec<String>,
}

/// Follows a submission to its end and answers the log.
pub async fn follow(mut ear: Ear, submission_id: String) -> Log {
    let mut log = Log::default();
    let mut pace = pace();
    loop {
        pace.tick().await;
        let variables = json!({"id": submission_id, "after": log.cursor});
        let Some(mut socket) = ear.subscribe(SUBMISSION_EVENTS, &variables).await else { continue };
        while let Some(message) = receive(&mut socket).await {
            match message["type"].as_str() {
                Some("next") if message["payload"]["errors"].is_null() => {
                    let event = &message["payload"]["data"]["submissionEvents"];
                    log.take(event);
                    ear.count(event, "SubmissionFinished");
                }
                Some("complete") if log.verdict.is_some() => return log,
                // The database went away under the stream: a client subscribes again with its cursor.
                _ => break,
            }
        }
        log.broken();
    }
}

impl Log {
    fn broken(&mut self) {
        self.breaks += 1;
        self.awaits_snapshot = false;
        self.history.push("--".to_owned());
    }

    fn take(&mut self, event: &Value) {
        let kind = event["__typename"].as_str().unwrap_or_else(|| panic!("no event: {event}")).to_owned();
        let seq = event["seq"].as_i64().unwrap_or_else(|| panic!("no seq: {event}"));
        self.history.push(format!("{kind} {seq}"));
        let told = self.history.join(", ");
        assert!(self.verdict.is_none(), "something came after the end: {told}");
        assert!(kind == "SubmissionSnapshot" || !self.awaits_snapshot, "no snapshot at once after a reset: {told}");
        match kind.as_str() {
            "SubmissionSnapshot" => {
                assert!(self.cursor.is_none() || self.awaits_snapshot, "a snapshot without a reset: {told}");
                self.awaits_snapshot = false;
                self.restore(&event["submission"]);
            }
            "StreamReset" => {
                self.awaits_snapshot = true;
                self.resets += 1;
            }
            "QueuePositionChanged" => assert_eq!(seq, self.seq, "{told}"),
            _ => assert_eq!(seq, self.seq + 1, "a hole or a repetition: {told}"),
        }
        self.seq = seq;
        match kind.as_str() {
            "OutputChunk" if event["stream"] == "STDOUT" => {
                assert_eq!(event["offset"].as_u64(), Some(self.stdout.len() as u64), "{told}");
                self.stdout.push_str(event["text"].as_str().unwrap());
            }
            "CheckStarted" | "CheckFinished" => self.check(&event["check"]),
            "SubmissionFinished" => self.end(&event["submission"], &told),
            _ => {}
        }
        self.cursor = event["cursor"].as_str().map(str::to_owned);
    }

    fn check(&mut self, check: &Value) {
        let text = |name: &str| check[name].as_str().unwrap_or_else(|| panic!("{check}")).to_owned();
        self.checks.insert(text("id"), text("status"));
    }

    fn restore(&mut self, submission: &Value) {
        submission["output"]["stdout"].as_str().unwrap().clone_into(&mut self.stdout);
        self.checks.clear();
        for check in submission["checks"].as_array().unwrap() {
            self.check(check);
        }
    }

    /// What was put together from events is what is stored.
    fn end(&mut self, stored: &Value, told: &str) {
        assert_eq!(stored["status"], "FINISHED");
        assert_eq!(stored["output"]["stdout"].as_str(), Some(self.stdout.as_str()), "{told}");
        for check in stored["checks"].as_array().unwrap() {
            let (id, status) = (check["id"].as_str().unwrap(), check["status"].as_str().unwrap());
            let known = self.checks.get(id).map(String::as_str);
            assert!(known == Some(status) || status == "NOT_RUN", "{id} is {status}, told {known:?}: {told}");
        }
        self.verdict = stored["verdict"].as_str().map(str::to_owned);
    }
}

/// Follows a learner's own topic until this much XP was told of, beside what the quiz gave before; each event once and in order.
pub async fn follow_xp(mut ear: Ear, expected: i64) {
    let (mut cursor, mut seq, mut sum) = (None::<String>, 0, QUIZ_XP);
    let mut entries = std::collections::BTreeSet::new();
    let mut pace = pace();
    while sum != expected {
        pace.tick().await;
        let Some(mut socket) = ear.subscribe(VIEWER_EVENTS, &json!({"after": cursor})).await else { continue };
        while sum != expected {
            let Some(message) = receive(&mut socket).await else { break };
            if message["type"] != "next" || !message["payload"]["errors"].is_null() {
                break;
            }
            let event = &message["payload"]["data"]["viewerEvents"];
            let now = event["seq"].as_i64().unwrap_or_else(|| panic!("no seq: {message}"));
            if event["__typename"] == "ViewerSnapshot" {
                assert!(cursor.is_none(), "a snapshot without a reset");
            } else {
                assert_eq!(now, seq + 1, "{event}");
            }
            seq = now;
            cursor = event["cursor"].as_str().map(str::to_owned);
            if event["__typename"] == "XpAwarded" {
                assert!(entries.insert(event["entry"]["id"].to_string()), "told twice: {event}");
                sum += event["entry"]["amount"].as_i64().unwrap();
                assert_eq!(event["total"].as_i64(), Some(sum));
            }
            ear.count(event, "ViewerSnapshot");
        }
    }
}
