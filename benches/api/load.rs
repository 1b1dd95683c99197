//! Requests over connections that stay open: as fast as they are answered, or at a rate that answers do not change.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::sleep_until,
};

/// Makes the request of a number: the token and the body.
pub type Requests = Arc<dyn Fn(usize) -> (Option<String>, String) + Send + Sync>;

/// What one load gave.
pub struct Load {
    pub answered: usize,
    pub took: Duration,
    /// Milliseconds from when a request was due to its last byte.
    pub latencies: Vec<f64>,
    /// Answers without what each must have.
    pub wrong: usize,
}

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    address: SocketAddr,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(16 * 1024), address })
    }

    /// The body of the answer.
    pub async fn ask(&mut self, token: Option<&str>, body: &str) -> anyhow::Result<&[u8]> {
        let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\naccept: application/json\r\n{authorization}content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.buffer.clear();
        let (head, length) = loop {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = std::str::from_utf8(&self.buffer[..end])?.to_ascii_lowercase();
                let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
                let length: usize = length.context("an answer without a length")?.trim().parse()?;
                break (end + 4, length);
            }
        };
        while self.buffer.len() < head + length {
            ensure!(self.stream.read_buf(&mut self.buffer).await? > 0, "the connection was closed");
        }
        Ok(&self.buffer[head..head + length])
    }
}

/// How a load is put on a server.
#[derive(Clone, Copy)]
pub struct Pace {
    pub connections: usize,
    pub duration: Duration,
    /// Requests a second; None for as many as are answered.
    pub rate: Option<f64>,
}

/// Every answer must have the words.
pub async fn put(address: SocketAddr, requests: &Requests, pace: Pace, words: &'static str) -> anyhow::Result<Load> {
    let (numbers, mut workers) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    let began = Instant::now() + Duration::from_millis(20);
    for worker in 0..pace.connections {
        let (requests, numbers) = (requests.clone(), numbers.clone());
        let mut connection = Connection::open(address).await?;
        workers.spawn(async move {
            let (mut latencies, mut wrong) = (Vec::new(), 0);
            for turn in 0_usize.. {
                let due = match pace.rate {
                    Some(rate) => {
                        #[expect(clippy::cast_precision_loss, reason = "a bench of seconds has few requests")]
                        let number = (turn * pace.connections + worker) as f64;
                        began + Duration::from_secs_f64(number / rate)
                    }
                    None => Instant::now().max(began),
                };
                if due >= began + pace.duration {
                    break;
                }
                sleep_until(due.into()).await;
                let (token, body) = requests(numbers.fetch_add(1, Ordering::Relaxed));
                let answer = connection.ask(token.as_deref(), &body).await?;
                wrong += usize::from(!answer.windows(words.len()).any(|part| part == words.as_bytes()));
                latencies.push(due.elapsed().as_secs_f64() * 1_000.0);
            }
            anyhow::Ok((latencies, wrong))
        });
    }
    let (mut latencies, mut wrong) = (Vec::new(), 0);
    while let Some(worker) = workers.join_next().await {
        let (found, failed) = worker??;
        latencies.extend(found);
        wrong += failed;
    }
    Ok(Load { answered: latencies.len(), took: began.elapsed(), latencies, wrong })
}
