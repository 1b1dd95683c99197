//! Connections below any protocol: who is slow, and who is too many.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{edge::Edge, ws::Socket};

const DEADLINE: Duration = Duration::from_secs(15);
const HEAD: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Reads an answer's first bytes; nothing when the server closed.
async fn heard(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let count = timeout(DEADLINE, stream.read(&mut bytes)).await.expect("the server neither answered nor closed").unwrap_or(0);
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_let_go() {
    let edge = Edge::start_with(|config| config.http.header_timeout = Duration::from_millis(100)).await;
    for begun in ["", "GET /health/live HTTP/1.1\r\nhost: local"] {
        let mut stream = TcpStream::connect(edge.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let end = heard(&mut stream).await;
        assert!(end.is_empty() || end.starts_with("HTTP/1.1 408"), "{end}");
    }
}

#[tokio::test]
async fn who_comes_when_all_places_are_taken_waits_for_one() {
    let edge = Edge::start_with(|config| config.http.connections_max = 2).await;
    let mut first = TcpStream::connect(edge.address).await.unwrap();
    first.write_all(HEAD).await.unwrap();
    assert!(heard(&mut first).await.starts_with("HTTP/1.1 200"));
    // A socket keeps the place of the connection that it was upgraded from.
    let socket = Socket::init(edge.address, None).await;
    let mut third = TcpStream::connect(edge.address).await.unwrap();
    third.write_all(HEAD).await.unwrap();
    let mut byte = [0; 1];
    assert!(timeout(Duration::from_millis(200), third.read(&mut byte)).await.is_err(), "a third connection was served");
    drop(socket);
    assert!(heard(&mut third).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_address_has_so_many_sockets_without_an_account_and_gets_them_back() {
    let edge = Edge::start_with(|config| config.realtime.sockets_per_address_max = 2).await;
    let (first, _second) = (Socket::init(edge.address, None).await, Socket::init(edge.address, None).await);
    let mut third = Socket::connect(edge.address).await;
    third.send(serde_json::json!({"type": "connection_init"})).await;
    assert_eq!(third.closed().await.code, 1013);
    drop(first);
    let let_in = async {
        loop {
            let mut next = Socket::connect(edge.address).await;
            next.send(serde_json::json!({"type": "connection_init"})).await;
            if next.acknowledged().await {
                break;
            }
        }
    };
    timeout(DEADLINE, let_in).await.expect("the place was not given back");
}

#[test]
fn the_shipped_limits_are_those_that_clients_are_promised() {
    let limits = weak_to_strong::config::Config::from_env().unwrap().realtime;
    let seconds = [limits.connection_init_timeout, limits.ping_interval, limits.comment_interval, limits.write_timeout];
    assert_eq!(seconds.map(|time| time.as_secs()), [3, 20, 12, 10]);
    assert_eq!((limits.operations_per_socket_max, limits.sockets_per_user_max, limits.outbound_bytes_max), (50, 20, 256 * 1024));
}
