//! A websocket by hand: every byte of it is the test's, so that it can be wrong.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// How long anything may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(15);
/// Any will do.
const MASK: [u8; 4] = [0x12, 0x34, 0x56, 0x78];
/// The example of RFC 6455 and what has to come back for it.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub const FIN: u8 = 0x80;
pub const RSV1: u8 = 0x40;
pub const CONTINUATION: u8 = 0x0;
pub const TEXT: u8 = 0x1;
pub const CLOSE: u8 = 0x8;
pub const PING: u8 = 0x9;
pub const PONG: u8 = 0xa;

pub struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    /// The first byte: whether it is final, the reserved bits, the kind.
    pub head: u8,
    pub payload: Vec<u8>,
}

/// How the server ended it.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Closed(u16, String),
    /// A close frame with nothing in it.
    ClosedBare,
    /// The connection ended without a close frame.
    Cut,
}

/// The request that switches protocols, with these lines besides the necessary ones.
pub fn upgrade(lines: &str) -> String {
    format!("GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n{lines}\r\n\r\n")
}

/// The lines of a handshake that is in order.
pub fn in_order() -> String {
    format!("sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\nsec-websocket-protocol: graphql-transport-ws")
}

/// A client's frame.
pub fn masked(head: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = announced(head, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// The head of a client's frame of this size, and its mask.
pub fn announced(head: u8, size: u64) -> Vec<u8> {
    let mut bytes = vec![head];
    match (u8::try_from(size), u16::try_from(size)) {
        (Ok(small), _) if small < 126 => bytes.push(FIN | small),
        (_, Ok(middle)) => {
            bytes.push(FIN | 0x7e);
            bytes.extend(middle.to_be_bytes());
        }
        _ => {
            bytes.push(FIN | 0x7f);
            bytes.extend(size.to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes
}

pub fn close_payload(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

impl Wire {
    /// Sends a request and what comes right behind it; the head of the answer.
    pub async fn request(address: SocketAddr, request: &str, behind: &[u8]) -> (Self, String) {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut wire = Self { stream, received: Vec::new() };
        wire.write(&[request.as_bytes(), behind].concat()).await;
        let end = loop {
            if let Some(end) = wire.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(wire.more().await, "the server left before its answer");
        };
        let head = wire.received.drain(..end).collect();
        (wire, String::from_utf8(head).unwrap())
    }

    /// Switches protocols and sends nothing.
    pub async fn open(address: SocketAddr) -> Self {
        let (wire, head) = Self::request(address, &upgrade(&in_order()), b"").await;
        assert!(head.starts_with("HTTP/1.1 101") && head.contains(ACCEPT), "{head}");
        wire
    }

    /// Switches protocols and initialises.
    pub async fn init(address: SocketAddr) -> Self {
        let mut wire = Self::open(address).await;
        wire.send(&json!({"type": "connection_init"})).await;
        assert_eq!(wire.message().await, json!({"type": "connection_ack"}));
        wire
    }

    pub async fn write(&mut self, bytes: &[u8]) {
        timeout(DEADLINE, self.stream.write_all(bytes)).await.expect("the server takes nothing").expect("the connection is gone");
    }

    /// Writes what the server takes before it has enough.
    pub async fn write_until_refused(&mut self, bytes: &[u8]) {
        let _ = timeout(DEADLINE, self.stream.write_all(bytes)).await.expect("the server neither takes nor ends");
    }

    pub async fn frame(&mut self, head: u8, payload: &[u8]) {
        self.write(&masked(head, payload)).await;
    }

    /// One message in one frame.
    pub async fn send(&mut self, message: &Value) {
        self.frame(FIN | TEXT, message.to_string().as_bytes()).await;
    }

    /// No more will come from here; the server can still be heard.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// False at the end of the connection.
    async fn more(&mut self) -> bool {
        let reading = self.stream.read_buf(&mut self.received);
        timeout(DEADLINE, reading).await.expect("the server said nothing in time").unwrap_or(0) > 0
    }

    /// The next frame of the server; None at the end of the connection.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.parsed() {
                return Some(frame);
            }
            if !self.more().await {
                assert!(self.received.is_empty(), "the connection ended within a frame");
                return None;
            }
        }
    }

    fn parsed(&mut self) -> Option<Frame> {
        let (&head, &second) = (self.received.first()?, self.received.get(1)?);
        assert_eq!(second & 0x80, 0, "a server masks nothing");
        let (start, size) = match second {
            126 => (4, usize::from(u16::from_be_bytes(self.received.get(2..4)?.try_into().unwrap()))),
            127 => (10, usize::try_from(u64::from_be_bytes(self.received.get(2..10)?.try_into().unwrap())).unwrap()),
            small => (2, usize::from(small)),
        };
        let payload = self.received.get(start..start + size)?.to_vec();
        self.received.drain(..start + size);
        Some(Frame { head, payload })
    }

    /// The next message of the protocol; another frame fails the test.
    pub async fn message(&mut self) -> Value {
        let frame = self.next().await.expect("the connection ended");
        assert_eq!(frame.head, FIN | TEXT, "{}", String::from_utf8_lossy(&frame.payload));
        serde_json::from_slice(&frame.payload).unwrap()
    }

    /// Reads on to the end of the connection. Answers the close frame, if one comes, as a client does.
    pub async fn end(&mut self) -> End {
        let end = self.end_unanswered().await;
        if end != End::Cut {
            let _ = self.stream.write_all(&masked(FIN | CLOSE, b"")).await;
            assert_eq!(self.next().await, None, "something came behind the close frame");
        }
        end
    }

    /// Reads on to the close frame or the end of the connection, whichever comes first.
    pub async fn end_unanswered(&mut self) -> End {
        while let Some(frame) = self.next().await {
            if frame.head == FIN | CLOSE {
                let Some((code, reason)) = frame.payload.split_first_chunk::<2>() else { return End::ClosedBare };
                assert!(reason.len() <= 123, "a control frame holds 125 bytes");
                return End::Closed(u16::from_be_bytes(*code), String::from_utf8(reason.to_vec()).unwrap());
            }
        }
        End::Cut
    }
}
