//! The websocket below its messages: what RFC 6455 allows is understood, and what it forbids ends the socket with words that a
//! client can act on.

use std::time::Duration;

use serde_json::json;

use crate::support::{
    edge::Edge,
    wire::{self, CLOSE, CONTINUATION, End, FIN, Frame, PING, PONG, RSV1, TEXT, Wire, announced, close_payload, masked},
};

const MESSAGE_BYTES_MAX: usize = 256 * 1024;
const TOO_LARGE: &str = "The message is larger than 256 KiB";
const NOT_UTF_8: &str = "The message is not UTF-8";

fn refused(reason: &str) -> End {
    End::Closed(4400, reason.to_owned())
}

/// A ping of the protocol whose message has exactly this size.
fn ping_of(bytes: usize) -> String {
    let frame = json!({"type": "ping", "payload": {"x": ""}}).to_string();
    frame.replace(r#""x":"""#, &format!(r#""x":"{}""#, "x".repeat(bytes - frame.len())))
}

#[tokio::test]
async fn a_message_may_come_in_pieces_with_pings_between() {
    let edge = Edge::start().await;
    let mut wire = Wire::open(edge.address).await;
    // Cut within a character too.
    let init = json!({"type": "connection_init", "payload": {"name": "Åse"}}).to_string();
    let within = init.find('Å').unwrap() + 1;
    wire.frame(TEXT, &init.as_bytes()[..5]).await;
    wire.frame(FIN | PING, b"between").await;
    wire.frame(CONTINUATION, &init.as_bytes()[5..within]).await;
    wire.frame(CONTINUATION, b"").await;
    wire.frame(FIN | PONG, b"nobody asked").await;
    wire.frame(FIN | CONTINUATION, &init.as_bytes()[within..]).await;
    assert_eq!(wire.next().await, Some(Frame { head: FIN | PONG, payload: b"between".to_vec() }));
    assert_eq!(wire.message().await, json!({"type": "connection_ack"}));
    // And every byte in a packet of its own.
    for byte in masked(FIN | TEXT, json!({"type": "ping", "payload": {"n": 1}}).to_string().as_bytes()) {
        wire.write(&[byte]).await;
    }
    assert_eq!(wire.message().await, json!({"type": "pong", "payload": {"n": 1}}));
}

#[tokio::test]
async fn messages_may_come_right_behind_the_handshake_and_many_in_a_packet() {
    let edge = Edge::start().await;
    let messages = [json!({"type": "connection_init"}), json!({"type": "subscribe", "id": "1", "payload": {"query": "{ hello }"}})];
    let behind: Vec<u8> = messages.iter().flat_map(|message| masked(FIN | TEXT, message.to_string().as_bytes())).collect();
    let (mut wire, head) = Wire::request(edge.address, &wire::upgrade(&wire::in_order()), &behind).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert_eq!(wire.message().await, json!({"type": "connection_ack"}));
    assert_eq!(wire.message().await["payload"]["data"], json!({"hello": "hello"}));
    assert_eq!(wire.message().await, json!({"id": "1", "type": "complete"}));
}

#[tokio::test]
async fn a_ping_is_answered_with_its_payload_before_the_init_and_after() {
    let edge = Edge::start().await;
    let mut wire = Wire::open(edge.address).await;
    for initialised in [false, true] {
        for size in [0, 1, 125] {
            let payload = vec![0xff; size];
            wire.frame(FIN | PING, &payload).await;
            assert_eq!(wire.next().await, Some(Frame { head: FIN | PONG, payload }));
        }
        if !initialised {
            wire.send(&json!({"type": "connection_init"})).await;
            assert_eq!(wire.message().await, json!({"type": "connection_ack"}));
        }
    }
}

#[tokio::test]
async fn what_is_no_frame_is_the_clients_mistake() {
    let edge = Edge::start().await;
    let ping = br#"{"type":"ping"}"#;
    let unmasked = [&[FIN | TEXT, u8::try_from(ping.len()).unwrap()], ping.as_slice()].concat();
    let two = |first: Vec<u8>, second: Vec<u8>| [first, second].concat();
    let table = [
        ("unmasked", unmasked),
        ("the first reserved bit", masked(FIN | RSV1 | TEXT, ping)),
        ("the second", masked(FIN | 0x20 | TEXT, ping)),
        ("the third", masked(FIN | 0x10 | TEXT, ping)),
        ("a reserved bit of a ping", masked(FIN | RSV1 | PING, b"")),
        ("an unknown kind of data", masked(FIN | 0x3, ping)),
        ("an unknown kind of control", masked(FIN | 0xb, b"")),
        ("a ping in pieces", masked(PING, b"a")),
        ("a large ping", masked(FIN | PING, &[0; 126])),
        ("a piece of nothing", masked(FIN | CONTINUATION, ping)),
        ("a message within another", two(masked(TEXT, b"{"), masked(FIN | TEXT, ping))),
        ("half a close code", masked(FIN | CLOSE, &[3])),
    ];
    for (name, bytes) in table {
        let mut wire = Wire::init(edge.address).await;
        wire.write(&bytes).await;
        match wire.end_unanswered().await {
            End::Closed(4400, reason) => assert!(!reason.is_empty() && reason != TOO_LARGE, "{name}: {reason}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    edge.no_sockets().await;
}

#[tokio::test]
async fn text_is_utf_8() {
    let edge = Edge::start().await;
    for frames in [
        masked(FIN | TEXT, b"{\"type\":\"ping\xff\"}"),
        [masked(TEXT, b"{\"type\":\"ping\xc3"), masked(FIN | CONTINUATION, b"\"}")].concat(),
        masked(FIN | TEXT, &[0xed, 0xa0, 0x80]),
        masked(FIN | CLOSE, &close_payload(1000, b"\xff")),
    ] {
        let mut wire = Wire::init(edge.address).await;
        wire.write(&frames).await;
        assert_eq!(wire.end_unanswered().await, refused(NOT_UTF_8));
    }
}

#[tokio::test]
async fn a_message_has_at_most_256_kib_however_it_comes() {
    let edge = Edge::start().await;
    let largest = ping_of(MESSAGE_BYTES_MAX);
    let mut wire = Wire::init(edge.address).await;
    wire.frame(FIN | TEXT, largest.as_bytes()).await;
    assert_eq!(wire.message().await["type"], "pong");
    let (first, second) = largest.as_bytes().split_at(100_000);
    wire.frame(TEXT, first).await;
    wire.frame(FIN | CONTINUATION, second).await;
    assert_eq!(wire.message().await["type"], "pong");
    drop(wire);

    let larger = ping_of(MESSAGE_BYTES_MAX + 1);
    let (first, second) = larger.as_bytes().split_at(100_000);
    for frames in [
        masked(FIN | TEXT, larger.as_bytes()),
        [masked(TEXT, first), masked(FIN | CONTINUATION, second)].concat(),
        // Its size alone is enough: nothing of it is waited for.
        announced(FIN | TEXT, u64::from(u32::MAX)),
        announced(FIN | TEXT, i64::MAX as u64),
        announced(FIN | 0x2, u64::from(u32::MAX)),
    ] {
        let mut wire = Wire::init(edge.address).await;
        wire.write(&frames).await;
        assert_eq!(wire.end_unanswered().await, refused(TOO_LARGE));
    }
    edge.no_sockets().await;
}

#[tokio::test]
async fn who_sends_far_too_much_still_hears_why() {
    let edge = Edge::start().await;
    let mut wire = Wire::init(edge.address).await;
    wire.write_until_refused(&masked(FIN | TEXT, &vec![b' '; 32 * MESSAGE_BYTES_MAX])).await;
    assert_eq!(wire.end_unanswered().await, refused(TOO_LARGE));
}

#[tokio::test]
async fn a_clients_close_is_answered_with_its_code() {
    let edge = Edge::start().await;
    for (code, reason) in [(1000, "Normal Closure"), (1001, ""), (3000, "x"), (4005, "Internal client error"), (4499, "Terminated")] {
        let mut wire = Wire::init(edge.address).await;
        wire.frame(FIN | CLOSE, &close_payload(code, reason.as_bytes())).await;
        // What comes behind it is not looked at.
        wire.write_until_refused(&masked(FIN | TEXT, br#"{"type":"nonsense"}"#)).await;
        assert_eq!(wire.end().await, End::Closed(code, reason.to_owned()));
    }
    let mut bare = Wire::init(edge.address).await;
    bare.frame(FIN | CLOSE, b"").await;
    assert_eq!(bare.end().await, End::ClosedBare);
    let mut early = Wire::open(edge.address).await;
    early.frame(FIN | CLOSE, &close_payload(1000, &[b'x'; 123])).await;
    assert_eq!(early.end().await, End::Closed(1000, "x".repeat(123)));
}

/// The one place for 1002: the answer to a client that itself leaves with a code that nobody may send.
#[tokio::test]
async fn a_close_code_that_nobody_may_send_is_answered_too() {
    let edge = Edge::start().await;
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, u16::MAX] {
        let mut wire = Wire::init(edge.address).await;
        wire.frame(FIN | CLOSE, &close_payload(code, b"")).await;
        assert!(matches!(wire.end().await, End::Closed(1002, _)), "{code}");
    }
}

#[tokio::test]
async fn a_client_that_closes_while_it_is_written_to_is_answered() {
    let edge = Edge::start().await;
    let mut wire = Wire::init(edge.address).await;
    for (id, query) in [("1", "subscription { flood(bytes: 10000) }"), ("2", "subscription { quiet { seq } }")] {
        wire.send(&json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }
    edge.alive(1).await;
    assert_eq!(wire.message().await["type"], "next");
    wire.frame(FIN | CLOSE, &close_payload(1000, b"enough")).await;
    assert_eq!(wire.end().await, End::Closed(1000, "enough".to_owned()));
    edge.alive(0).await;
    edge.no_sockets().await;
}

#[tokio::test]
async fn a_half_closed_connection_is_over() {
    let edge = Edge::start().await;
    let mut wire = Wire::init(edge.address).await;
    wire.send(&json!({"type": "subscribe", "id": "1", "payload": {"query": "subscription { quiet { seq } }"}})).await;
    assert_eq!(wire.message().await["type"], "next");
    wire.finish().await;
    assert_eq!(wire.end().await, End::Cut);
    edge.alive(0).await;
    // Within a frame as well.
    let mut wire = Wire::init(edge.address).await;
    wire.write(&masked(FIN | TEXT, br#"{"type":"ping"}"#)[..9]).await;
    wire.finish().await;
    assert_eq!(wire.end().await, End::Cut);
    edge.no_sockets().await;
}

#[tokio::test]
async fn who_never_answers_a_close_is_let_go() {
    let edge = Edge::start().await;
    let mut wire = Wire::init(edge.address).await;
    wire.send(&json!({"type": "nonsense"})).await;
    assert!(matches!(wire.end_unanswered().await, End::Closed(4400, _)));
    // Messages instead of an answer are not executed.
    wire.write_until_refused(&masked(FIN | TEXT, br#"{"type":"ping"}"#)).await;
    assert_eq!(wire.next().await, None);
    edge.no_sockets().await;
}

#[tokio::test]
async fn reasons_are_cut_to_the_size_of_a_control_frame() {
    let edge = Edge::start().await;
    let id = "é".repeat(64);
    let mut wire = Wire::init(edge.address).await;
    let subscribe = json!({"type": "subscribe", "id": id, "payload": {"query": "subscription { quiet { seq } }"}});
    wire.send(&subscribe).await;
    wire.send(&subscribe).await;
    let End::Closed(4409, reason) = wire.end().await else { panic!("the id is taken") };
    assert_eq!((reason.len(), reason.starts_with("Subscriber for é")), (123, true), "{reason}");
    let mut wire = Wire::init(edge.address).await;
    wire.send(&json!({"type": "x".repeat(1_000)})).await;
    assert!(matches!(wire.end().await, End::Closed(4400, reason) if reason.len() == 123));
}

#[tokio::test]
async fn who_pings_and_never_reads_is_closed_as_too_slow() {
    let edge = Edge::start_with(|config| config.realtime.write_timeout = Duration::from_millis(100)).await;
    let mut wire = Wire::init(edge.address).await;
    let pings: Vec<u8> = (0..100).flat_map(|_| masked(FIN | PING, &[b'x'; 125])).collect();
    let pinging = async {
        loop {
            wire.write_until_refused(&pings).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = pinging => {}
        () = edge.no_sockets() => {}
    }
    let text = edge.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(text.contains(r#"graphql_socket_closes_total{cause="too_slow"} 1"#), "{text}");
}

#[tokio::test]
async fn a_handshake_is_in_order_or_refused() {
    let edge = Edge::start().await;
    let lines = wire::in_order();
    for (name, request, status) in [
        ("an old version", wire::upgrade(&lines.replace("version: 13", "version: 8")), 400),
        ("no version", wire::upgrade(&lines.replace("sec-websocket-version: 13\r\n", "")), 400),
        ("no key", wire::upgrade(&lines.replace("sec-websocket-key", "x-key")), 400),
        ("another method", wire::upgrade(&lines).replace("GET /", "POST /"), 415),
        ("no connection line", wire::upgrade(&lines).replace("connection: Upgrade", "connection: keep-alive"), 400),
    ] {
        let (_, head) = Wire::request(edge.address, &request, b"").await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{name}: {head}");
        assert!(head.contains("content-type: application/json"), "{name}: {head}");
    }
    for (name, request) in [
        ("many protocols", wire::upgrade(&lines.replace("graphql-transport-ws", "graphql-ws, graphql-transport-ws"))),
        ("as browsers do", wire::upgrade(&lines).replace("connection: Upgrade", "connection: keep-alive, Upgrade")),
        ("with an extension", wire::upgrade(&format!("{lines}\r\nsec-websocket-extensions: permessage-deflate"))),
    ] {
        let (_, head) = Wire::request(edge.address, &request, b"").await;
        assert!(head.starts_with("HTTP/1.1 101") && head.contains("sec-websocket-protocol: graphql-transport-ws"), "{name}: {head}");
        assert!(!head.contains("extensions"), "{name}: nothing was agreed on: {head}");
    }
    for (name, lines) in [
        ("the older protocol", lines.replace("graphql-transport-ws", "graphql-ws")),
        ("none", lines.replace("sec-websocket-protocol: graphql-transport-ws", "x-none: 1")),
    ] {
        let (mut wire, head) = Wire::request(edge.address, &wire::upgrade(&lines), b"").await;
        assert!(head.starts_with("HTTP/1.1 101") && !head.contains("sec-websocket-protocol"), "{name}: {head}");
        assert_eq!(wire.end().await, End::Closed(4406, "Subprotocol not acceptable".to_owned()), "{name}");
    }
}
