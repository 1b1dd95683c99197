//! The messages of graphql-transport-ws and the codes a socket is closed with.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use crate::graphql::Answer;

/// What a client sends, checked for shape.
#[derive(Debug)]
pub(super) enum FromClient {
    Init { payload: Option<Map<String, Value>> },
    Ping { payload: Option<Map<String, Value>> },
    Pong,
    Subscribe { id: String, payload: Value },
    Complete { id: String },
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    payload: Option<Value>,
}

/// Longest id of an operation, in bytes.
const ID_BYTES_MAX: usize = 128;

impl FromClient {
    /// The close with 4400 for everything that the protocol does not know.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let json: Value = serde_json::from_str(text).map_err(|_| Close::bad_request("The message is not JSON"))?;
        if !json.is_object() {
            return Err(Close::bad_request("The message is not a JSON object"));
        }
        let raw: Raw =
            serde_json::from_value(json).map_err(|_| Close::bad_request("The message has no type, or a field of a wrong type"))?;
        match raw.kind.as_str() {
            "connection_init" => Ok(Self::Init { payload: object(raw.payload)? }),
            "ping" => Ok(Self::Ping { payload: object(raw.payload)? }),
            "pong" => object(raw.payload).map(|_| Self::Pong),
            "subscribe" => {
                let id = id(raw.id)?;
                let payload = raw.payload.filter(Value::is_object).ok_or_else(|| Close::bad_request("subscribe needs a payload"))?;
                let names_one =
                    payload.get("documentId").is_some_and(Value::is_string) || payload.pointer("/extensions/persistedQuery").is_some();
                if !payload.get("query").map_or(names_one, Value::is_string) {
                    return Err(Close::bad_request("subscribe needs payload.query, a string, or the id of a document"));
                }
                let or_null = |name: &str, is: fn(&Value) -> bool| payload.get(name).is_none_or(|value| value.is_null() || is(value));
                if !(or_null("operationName", Value::is_string)
                    && or_null("variables", Value::is_object)
                    && or_null("extensions", Value::is_object))
                {
                    return Err(Close::bad_request("operationName is a string, variables and extensions are objects, or null"));
                }
                Ok(Self::Subscribe { id, payload })
            }
            "complete" => Ok(Self::Complete { id: id(raw.id)? }),
            other => Err(Close::bad_request(&format!("Unknown message type {other:?}"))),
        }
    }
}

fn object(payload: Option<Value>) -> Result<Option<Map<String, Value>>, Close> {
    match payload {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(fields)) => Ok(Some(fields)),
        Some(_) => Err(Close::bad_request("The payload is not an object")),
    }
}

fn id(id: Option<String>) -> Result<String, Close> {
    match id {
        Some(id) if !id.is_empty() && id.len() <= ID_BYTES_MAX => Ok(id),
        Some(_) => Err(Close::bad_request("The id has no or more than 128 bytes")),
        None => Err(Close::bad_request("The message has no id")),
    }
}

pub(super) fn connection_ack() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

pub(super) fn ping() -> String {
    r#"{"type":"ping"}"#.to_owned()
}

pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    let mut message = Map::from_iter([("type".to_owned(), Value::String("pong".to_owned()))]);
    if let Some(payload) = payload {
        message.insert("payload".to_owned(), Value::Object(payload));
    }
    Value::Object(message).to_string()
}

/// What stands before each answer of an operation.
pub(super) fn head(id: &str) -> String {
    format!(r#"{{"id":{},"type":"next","payload":"#, quoted(id))
}

/// Of an answer's JSON, which others may be sent too.
pub(super) fn next(head: &str, json: &str) -> String {
    let mut text = String::with_capacity(head.len() + json.len() + 1);
    text.extend([head, json, "}"]);
    text
}

/// For what was refused before it ran: the operation ends with this, and no `complete` follows.
pub(super) fn error(id: &str, answer: &Answer) -> String {
    let errors = serde_json::to_string(&answer.errors).unwrap_or_else(|_| "[]".to_owned());
    format!(r#"{{"id":{},"type":"error","payload":{errors}}}"#, quoted(id))
}

pub(super) fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, quoted(id))
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// How the server ends a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub code: u16,
    pub reason: String,
    /// As it is counted: one of [`crate::metrics::CLOSES`].
    pub cause: &'static str,
    /// Whether nothing that the client sent from then on can be read.
    pub is_unreadable: bool,
}

/// How an operation ends its whole socket; the first one counts.
#[derive(Default)]
pub(super) struct Closing {
    close: OnceLock<Close>,
    told: Notify,
}

impl Closing {
    pub(super) fn close(&self, close: Close) {
        if self.close.set(close).is_ok() {
            self.told.notify_one();
        }
    }

    pub(super) async fn closed(&self) -> Close {
        loop {
            if let Some(close) = self.close.get() {
                return close.clone();
            }
            self.told.notified().await;
        }
    }
}

/// The frame has room for two bytes of code and 123 of reason.
const REASON_BYTES_MAX: usize = 123;

impl Close {
    fn new(code: u16, cause: &'static str, reason: &str) -> Self {
        let mut end = reason.len().min(REASON_BYTES_MAX);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        Self { code, reason: reason[..end].to_owned(), cause, is_unreadable: false }
    }

    pub(super) fn bad_request(reason: &str) -> Self {
        Self::new(4400, "bad_request", reason)
    }

    /// For frames that are none, or too large.
    pub(super) fn unreadable(reason: &str) -> Self {
        Self { is_unreadable: true, ..Self::bad_request(reason) }
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "unauthorized", "Unauthorized")
    }

    pub(super) fn forbidden() -> Self {
        Self::new(4403, "forbidden", "Forbidden")
    }

    pub(super) fn subprotocol() -> Self {
        Self::new(4406, "subprotocol", "Subprotocol not acceptable")
    }

    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "init_timeout", "Connection initialisation timeout")
    }

    pub(super) fn duplicate(id: &str) -> Self {
        Self::new(4409, "duplicate", &format!("Subscriber for {id} already exists"))
    }

    pub(super) fn second_init() -> Self {
        Self::new(4429, "second_init", "Too many initialisation requests")
    }

    pub(super) fn restarting() -> Self {
        Self::new(1012, "restarting", "Service restart")
    }

    pub(super) fn too_many(reason: &str) -> Self {
        Self::new(1013, "too_many", reason)
    }

    pub(super) fn too_slow() -> Self {
        Self::new(1013, "too_slow", "Too slow")
    }

    pub(super) fn silent() -> Self {
        Self::new(1013, "silent", "Pings were not answered")
    }

    pub(super) fn unavailable() -> Self {
        Self::new(1013, "unavailable", "Try again later")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_to_what_a_frame_holds_at_a_character() {
        let close = Close::duplicate(&"é".repeat(100));
        assert!(close.reason.len() <= REASON_BYTES_MAX && close.reason.len() > REASON_BYTES_MAX - 2);
        assert_eq!(close.code, 4409);
    }

    #[test]
    fn every_close_is_counted_under_a_known_cause() {
        let closes = [
            Close::bad_request("x"),
            Close::unauthorized(),
            Close::forbidden(),
            Close::subprotocol(),
            Close::init_timeout(),
            Close::duplicate("x"),
            Close::second_init(),
            Close::restarting(),
            Close::too_many("x"),
            Close::too_slow(),
            Close::silent(),
            Close::unavailable(),
        ];
        let causes: Vec<&str> = std::iter::once("left").chain(closes.iter().map(|close| close.cause)).collect();
        let mut known = crate::metrics::CLOSES.to_vec();
        assert_eq!(causes.len(), known.len());
        known.retain(|cause| !causes.contains(cause));
        assert!(known.is_empty(), "{known:?}");
    }

    #[test]
    fn what_the_protocol_does_not_know_is_a_bad_request() {
        for text in [
            "",
            "{",
            "[]",
            "1",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"start","id":"1","payload":{"query":"{ a }"}}"#,
            r#"{"type":"stop","id":"1"}"#,
            r#"{"type":"connection_terminate"}"#,
            r#"{"type":"connection_init","payload":"x"}"#,
            r#"{"type":"ping","payload":[]}"#,
            r#"{"type":"subscribe","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":7,"payload":{"query":"{ a }"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","operationName":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","variables":[]}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }","extensions":"x"}}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
        ] {
            assert_eq!(FromClient::parse(text).err().map(|close| close.code), Some(4400), "{text}");
        }
    }
}
