//! A client of graphql-transport-ws that shows every frame.

use std::{collections::VecDeque, net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(15);

pub struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Messages for others than the one who waits.
    kept: VecDeque<Value>,
    ids: usize,
}

/// What a socket was closed with.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    pub code: u16,
    pub reason: String,
}

impl Socket {
    /// Connects and sends nothing.
    pub async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.expect("the upgrade was refused")
    }

    /// With these headers; the HTTP status when the upgrade is refused.
    pub async fn connect_with(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
        match connect_async(request).await {
            Ok((inner, _)) => Ok(Self { inner, kept: VecDeque::new(), ids: 0 }),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Connects and initialises, as an account when there is a token.
    pub async fn init(address: SocketAddr, token: Option<&str>) -> Self {
        let mut socket = Self::connect(address).await;
        let payload = token.map_or(json!({}), |token| json!({"authorization": format!("Bearer {token}")}));
        socket.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
        socket
    }

    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.inner.send(message).await.expect("the socket is gone");
    }

    /// Starts an operation and returns its id.
    pub async fn subscribe(&mut self, query: &str, variables: Value) -> String {
        self.subscribe_with(json!({"query": query, "variables": variables})).await
    }

    /// With a payload of any kind.
    pub async fn subscribe_with(&mut self, payload: Value) -> String {
        self.ids += 1;
        let id = format!("op{}", self.ids);
        self.send(json!({"id": id, "type": "subscribe", "payload": payload})).await;
        id
    }

    pub async fn complete(&mut self, id: &str) {
        self.send(json!({"id": id, "type": "complete"})).await;
    }

    /// The next message of the protocol; pings of the server are answered and skipped.
    pub async fn receive(&mut self) -> Value {
        match self.kept.pop_front() {
            Some(message) => message,
            None => self.read().await.unwrap_or_else(|closed| panic!("the socket was closed: {closed:?}")),
        }
    }

    /// The next message, or what the server closed with instead.
    pub async fn receive_or_close(&mut self) -> Result<Value, Closed> {
        self.read().await
    }

    async fn read(&mut self) -> Result<Value, Closed> {
        loop {
            let frame = tokio::time::timeout(DEADLINE, self.inner.next()).await.expect("the server said nothing in time");
            match frame {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "ping" {
                        return Ok(message);
                    }
                    self.send(json!({"type": "pong"})).await;
                }
                Some(Ok(Message::Close(Some(frame)))) => return Err(Closed { code: frame.code.into(), reason: frame.reason.to_string() }),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(other)) => panic!("an unexpected frame: {other:?}"),
                Some(Err(error)) => panic!("the socket broke: {error}"),
                None => panic!("the socket ended without a close frame"),
            }
        }
    }

    /// The next message of this operation, as it is; those of others are kept.
    pub async fn message(&mut self, id: &str) -> Value {
        self.message_or_close(id).await.unwrap_or_else(|closed| panic!("the socket was closed: {closed:?}"))
    }

    /// Like [`Socket::message`], where the server may find the socket to be at fault.
    pub async fn message_or_close(&mut self, id: &str) -> Result<Value, Closed> {
        if let Some(at) = self.kept.iter().position(|message| message["id"] == id) {
            return Ok(self.kept.remove(at).unwrap());
        }
        loop {
            let message = self.read().await?;
            if message["id"] == id {
                return Ok(message);
            }
            self.kept.push_back(message);
        }
    }

    /// The data of the operation's next event; None when it completed. Errors fail the test.
    pub async fn next(&mut self, id: &str) -> Option<Value> {
        let mut message = self.message(id).await;
        match message["type"].as_str() {
            Some("complete") => None,
            Some("next") if message["payload"]["errors"].is_null() => Some(message["payload"]["data"].take()),
            _ => panic!("an error instead of an event: {message}"),
        }
    }

    /// Whether the next message lets it in; false when the server closes.
    pub async fn acknowledged(&mut self) -> bool {
        self.read().await.is_ok_and(|message| message["type"] == "connection_ack")
    }

    /// Reads on until the server closes; everything before that is dropped.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.read().await {
                return closed;
            }
        }
    }

    /// Like [`Socket::closed`], without answering pings.
    pub async fn closed_silently(&mut self) -> (usize, Closed) {
        let mut pings = 0;
        loop {
            match tokio::time::timeout(DEADLINE, self.inner.next()).await.expect("the server said nothing in time") {
                Some(Ok(Message::Text(text))) if text.contains(r#""ping""#) => pings += 1,
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (pings, Closed { code: frame.code.into(), reason: frame.reason.to_string() });
                }
                other => panic!("neither a ping nor a close: {other:?}"),
            }
        }
    }

    pub async fn leave(mut self) {
        let _ = self.inner.close(None).await;
    }
}
