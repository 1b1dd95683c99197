//! Sockets that are opened and abandoned at every point of the protocol leave nothing behind: no socket, no subscription, no memory.
//!
//! `CYCLES` is how many; how much the server may grow in the second half of them is judged only where there are many.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use super::{
    api::{Api, pace},
    platform::Platform,
    setting,
};
use crate::support::app::DEADLINE;

const CYCLES: u64 = 200;
/// Fewer say more of the allocator than of the server.
const CYCLES_TO_JUDGE_MEMORY: u64 = 5_000;
const GROWTH_KIB_MAX: u64 = 4 * 1_024;

const SETTINGS: &[(&str, &str)] = &[
    ("WTS_POOL_FLOOR", "1"),
    ("WTS_POOL_CEILING", "1"),
    ("WTS_WORKER_SLOTS", "1"),
    ("WTS_ARGON2_MEMORY_KIB", "8"),
    ("WTS_ARGON2_ITERATIONS", "1"),
    ("WTS_COST_CAPACITY", "1000000000"),
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
];

const VIEWER_EVENTS: &str = "subscription V { viewerEvents { __typename ... on Event { cursor seq } } }";

/// Where a client goes away.
#[derive(Clone, Copy, Debug)]
enum Point {
    Upgrade,
    Opened,
    Initialised,
    Acknowledged,
    Subscribed,
    Told,
    Completed,
    Closed,
}

const POINTS: [Point; 8] = [
    Point::Upgrade,
    Point::Opened,
    Point::Initialised,
    Point::Acknowledged,
    Point::Subscribed,
    Point::Told,
    Point::Completed,
    Point::Closed,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn abandoned_sockets_leave_nothing_behind() {
    let cycles = setting("CYCLES", CYCLES);
    let deadline = DEADLINE * u32::try_from(cycles.div_ceil(100)).unwrap().max(4);
    timeout(deadline, scenario(cycles)).await.expect("it stands still");
}

async fn scenario(cycles: u64) {
    let mut platform = Platform::prepare(SETTINGS).await;
    platform.start_server();
    let api = Api::new(vec![platform.url()]).register(0).await;
    let token = api.token.clone().expect("whoever registers is signed in");
    let mut halfway = 0;
    for cycle in 0..cycles {
        let turn = usize::try_from(cycle).unwrap();
        // Each point is met with a farewell and with a reset, whatever the number of points.
        abandon(platform.address, &token, POINTS[turn % POINTS.len()], (turn / POINTS.len()).is_multiple_of(2)).await;
        if cycle == cycles / 2 {
            all_gone(platform.address).await;
            halfway = resident_kib(platform.server_pid());
        }
    }
    all_gone(platform.address).await;
    let end = resident_kib(platform.server_pid());
    println!("{cycles} cycles: {halfway} KiB resident after half of them, {end} KiB at the end");
    if cycles >= CYCLES_TO_JUDGE_MEMORY {
        assert!(end <= halfway + GROWTH_KIB_MAX, "from {halfway} to {end} KiB");
    }
    assert!(platform.stop_server().await.success());
}

async fn abandon(address: SocketAddr, token: &str, point: Point, resets: bool) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    if resets {
        stream.set_zero_linger().unwrap();
    }
    if matches!(point, Point::Upgrade) {
        let half = format!("GET /graphql HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgr");
        stream.write_all(half.as_bytes()).await.unwrap();
        return;
    }
    let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    // In the order of the protocol, as far as this one goes.
    let steps = point as usize;
    if steps >= Point::Initialised as usize {
        let init = json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {token}")}});
        socket.send(Message::text(init.to_string())).await.unwrap();
    }
    if steps >= Point::Acknowledged as usize {
        await_type(&mut socket, "connection_ack").await;
    }
    if steps >= Point::Subscribed as usize {
        let subscribe = json!({"id": "1", "type": "subscribe", "payload": {"query": VIEWER_EVENTS}});
        socket.send(Message::text(subscribe.to_string())).await.unwrap();
    }
    if steps >= Point::Told as usize {
        await_type(&mut socket, "next").await;
    }
    if steps >= Point::Completed as usize {
        socket.send(Message::text(json!({"id": "1", "type": "complete"}).to_string())).await.unwrap();
    }
    if steps >= Point::Closed as usize {
        socket.close(None).await.unwrap();
    }
}

async fn await_type(socket: &mut WebSocketStream<TcpStream>, wanted: &str) {
    let told = async {
        loop {
            let message = socket.next().await.expect("the server hangs up").unwrap();
            let Message::Text(text) = message else { continue };
            let message: serde_json::Value = serde_json::from_str(&text).unwrap();
            match message["type"].as_str() {
                Some("ping") => {}
                Some(kind) if kind == wanted => return,
                _ => panic!("{message} instead of {wanted}"),
            }
        }
    };
    timeout(DEADLINE, told).await.unwrap_or_else(|_| panic!("no {wanted}"));
}

async fn all_gone(address: SocketAddr) {
    let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
    let mut told = String::new();
    let gone = async {
        let mut pace = pace();
        loop {
            told = http.get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
            let mut open = told.lines().filter(|line| line.starts_with("graphql_sockets ") || line.starts_with("graphql_subscriptions{"));
            if open.all(|line| line.ends_with(" 0")) {
                break;
            }
            pace.tick().await;
        }
    };
    timeout(DEADLINE, gone).await.unwrap_or_else(|_| panic!("sockets or subscriptions were left: {told}"));
}

fn resident_kib(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
