//! Many plain websockets, each with one subscription. Only as much of the protocol as that takes, so that the client costs little of the
//! machine that it shares with the server.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinSet,
};

/// Connections from one address of this machine; it has some 28 000 ports.
const PER_ADDRESS: usize = 20_000;
/// Connections that are being opened.
const OPENING_MAX: usize = 64;

/// A subscriber was told an event, after the snapshot.
pub struct Received {
    pub at: Instant,
}

pub struct Crowd {
    pub received: mpsc::UnboundedReceiver<Received>,
    sockets: JoinSet<anyhow::Result<()>>,
}

impl Crowd {
    /// Returns when each has been told its first event. The tokens are used in turn; None stands for nobody's.
    pub async fn gather(address: SocketAddr, count: usize, tokens: &[Option<String>], document: (&str, Value)) -> anyhow::Result<Self> {
        let (query, variables) = document;
        let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": query, "variables": variables}}).to_string();
        let (sender, received) = mpsc::unbounded_channel();
        let (ready, mut readies) = mpsc::unbounded_channel();
        let (places, subscribe, mut sockets) = (Arc::new(Semaphore::new(OPENING_MAX)), Arc::<str>::from(subscribe), JoinSet::new());
        for number in 0..count {
            let token = tokens.get(number % tokens.len().max(1)).cloned().flatten();
            let (places, subscribe, sender, ready) = (places.clone(), subscribe.clone(), sender.clone(), ready.clone());
            sockets.spawn(async move {
                let place = places.acquire_owned().await?;
                let mut socket = open(address, number, token).await?;
                socket.send(&subscribe).await?;
                socket.next().await?;
                ready.send(())?;
                drop(place);
                loop {
                    let at = socket.next().await?;
                    sender.send(Received { at })?;
                }
            });
        }
        drop(ready);
        let mut begun = 0;
        while begun < count {
            tokio::select! {
                ready = readies.recv() => {
                    ready.context("the subscribers are gone")?;
                    begun += 1;
                }
                Some(ended) = sockets.join_next() => ended??,
            }
        }
        Ok(Self { received, sockets })
    }

    pub fn leave(mut self) {
        self.sockets.abort_all();
    }
}

struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
}

async fn open(address: SocketAddr, number: usize, token: Option<String>) -> anyhow::Result<Socket> {
    let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, u8::try_from(1 + number / PER_ADDRESS)?));
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(from, 0))?;
    let mut stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    let head = format!(
        "GET /graphql HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut buffer = Vec::with_capacity(1024);
    let end = loop {
        ensure!(stream.read_buf(&mut buffer).await? > 0, "the upgrade was not answered");
        if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    ensure!(buffer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&buffer));
    buffer.drain(..end);
    let mut socket = Socket { stream, buffer };
    let payload = token.map_or(json!({}), |token| json!({"authorization": format!("Bearer {token}")}));
    socket.send(&json!({"type": "connection_init", "payload": payload}).to_string()).await?;
    let (_, text) = socket.frame().await?;
    ensure!(text.windows(14).any(|part| part == b"connection_ack"), "{}", String::from_utf8_lossy(&text));
    Ok(socket)
}

impl Socket {
    async fn send(&mut self, text: &str) -> anyhow::Result<()> {
        self.write(0x81, text.as_bytes()).await
    }

    /// A masked frame; the mask of zeros leaves the text as it is.
    async fn write(&mut self, first: u8, payload: &[u8]) -> anyhow::Result<()> {
        let mut frame = vec![first];
        match u16::try_from(payload.len())? {
            short @ 0..=125 => frame.push(0x80 | u8::try_from(short)?),
            long => {
                frame.push(0xfe);
                frame.extend(long.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next frame and what it holds.
    async fn frame(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        loop {
            if let Some((head, length)) = length(&self.buffer)
                && self.buffer.len() >= head + length
            {
                let first = self.buffer[0];
                let payload = self.buffer[head..head + length].to_vec();
                self.buffer.drain(..head + length);
                return Ok((first, payload));
            }
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the socket was closed");
        }
    }

    /// When the next event came. Pings of both kinds are answered.
    async fn next(&mut self) -> anyhow::Result<Instant> {
        loop {
            let (first, payload) = self.frame().await?;
            let at = Instant::now();
            match first & 0x0f {
                1 if payload == br#"{"type":"ping"}"# => self.send(r#"{"type":"pong"}"#).await?,
                1 if is_event(&payload) => return Ok(at),
                9 => self.write(0x8a, &payload).await?,
                _ => bail!("{first:#x} {}", String::from_utf8_lossy(&payload)),
            }
        }
    }
}

/// Servers put type and id in an order of their own.
fn is_event(text: &[u8]) -> bool {
    text.windows(13).take(64).any(|part| part == br#""type":"next""#) && !text.windows(8).take(96).any(|part| part == br#""errors""#)
}

/// Bytes before the payload, and bytes of it.
fn length(buffer: &[u8]) -> Option<(usize, usize)> {
    match *buffer {
        [_, short @ 0..=125, ..] => Some((2, usize::from(short))),
        [_, 126, high, low, ..] => Some((4, usize::from(u16::from_be_bytes([high, low])))),
        _ => None,
    }
}
