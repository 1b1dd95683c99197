//! One learner with a websocket, as a browser has it.

use anyhow::{Context, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

const REGISTER: &str = "mutation R($input: RegisterInput!) { register(input: $input) { __typename ... on RegisterSuccess { accessToken } ... on UserError { message } } }";

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Everything goes over the one socket; answers come in the order of what was asked.
pub struct Client {
    socket: Socket,
    ids: usize,
}

pub async fn ask(http: &reqwest::Client, url: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
    let mut request = http.post(url).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut answer: Value = request.send().await?.json().await?;
    if answer["errors"].is_array() {
        bail!("{answer:#}");
    }
    Ok(answer["data"].take())
}

pub async fn register(http: &reqwest::Client, url: &str, name: &str) -> anyhow::Result<String> {
    let email = format!("{name}@example.org");
    let input = json!({"email": email, "password": "a keel of quiet lanterns", "displayName": name, "timeZone": "Europe/Berlin"});
    let data = ask(http, url, None, &json!({"query": REGISTER, "variables": {"input": input}})).await?;
    Ok(data["register"]["accessToken"].as_str().with_context(|| format!("not registered: {data}"))?.to_owned())
}

impl Client {
    pub async fn connect(address: std::net::SocketAddr, token: &str) -> anyhow::Result<Self> {
        let mut request = format!("ws://{address}/graphql").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (socket, _) = connect_async(request).await?;
        let mut client = Self { socket, ids: 0 };
        client.send(json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}})).await?;
        client.receive().await?;
        Ok(client)
    }

    async fn send(&mut self, message: Value) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(message.to_string())).await?)
    }

    async fn receive(&mut self) -> anyhow::Result<Value> {
        while let Some(frame) = self.socket.next().await {
            let Message::Text(text) = frame? else { continue };
            let message: Value = serde_json::from_str(&text)?;
            if message["type"] == "ping" {
                self.send(json!({"type": "pong"})).await?;
                continue;
            }
            return Ok(message);
        }
        bail!("the socket was closed")
    }

    /// Starts an operation and answers its id.
    pub async fn start(&mut self, query: &str, variables: Value) -> anyhow::Result<String> {
        self.ids += 1;
        let id = self.ids.to_string();
        self.send(json!({"id": id, "type": "subscribe", "payload": {"query": query, "variables": variables}})).await?;
        Ok(id)
    }

    /// The next data of this operation; None when it is complete.
    pub async fn next(&mut self, id: &str) -> anyhow::Result<Option<Value>> {
        loop {
            let mut message = self.receive().await?;
            if message["id"] != id {
                continue;
            }
            return match message["type"].as_str() {
                Some("complete") => Ok(None),
                Some("next") if message["payload"]["errors"].is_null() => Ok(Some(message["payload"]["data"].take())),
                _ => bail!("{message:#}"),
            };
        }
    }

    /// One query or mutation to its end.
    pub async fn ask(&mut self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let id = self.start(query, variables).await?;
        let data = self.next(&id).await?.context("no answer")?;
        while self.next(&id).await?.is_some() {}
        Ok(data)
    }
}
