//! graphql-transport-ws, frame by frame.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    edge::Edge,
    ws::{Closed, Socket},
};

fn closed(code: u16, reason: &str) -> Closed {
    Closed { code, reason: reason.to_owned() }
}

#[tokio::test]
async fn an_operation_from_init_to_complete() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let id = socket.subscribe("subscription { count(to: 2) { seq } }", json!({})).await;
    assert_eq!(socket.receive().await, json!({"id": id, "type": "next", "payload": {"data": {"count": {"seq": 1}}}}));
    assert_eq!(socket.receive().await, json!({"id": id, "type": "next", "payload": {"data": {"count": {"seq": 2}}}}));
    assert_eq!(socket.receive().await, json!({"id": id, "type": "complete"}));
}

#[tokio::test]
async fn queries_and_mutations_run_over_the_socket() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let query = socket.subscribe("query($n: Int!) { double(number: $n) }", json!({"n": 21})).await;
    assert_eq!(socket.next(&query).await, Some(json!({"double": 42})));
    assert_eq!(socket.next(&query).await, None);
    let mutation = socket.subscribe("mutation { touch }", json!(null)).await;
    assert_eq!(socket.next(&mutation).await, Some(json!({"touch": true})));
    assert_eq!(socket.next(&mutation).await, None);
}

#[tokio::test]
async fn a_lone_client_is_closed_when_it_does_not_initialise() {
    let edge = Edge::start_with(|config| config.realtime.connection_init_timeout = Duration::from_millis(50)).await;
    let mut socket = Socket::connect(edge.address).await;
    assert_eq!(socket.closed().await, closed(4408, "Connection initialisation timeout"));
}

#[tokio::test]
async fn subscribing_before_the_acknowledgement_is_unauthorized() {
    let edge = Edge::start().await;
    let mut socket = Socket::connect(edge.address).await;
    socket.subscribe("{ hello }", json!({})).await;
    assert_eq!(socket.closed().await, closed(4401, "Unauthorized"));
}

#[tokio::test]
async fn a_second_init_is_one_too_many() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.closed().await, closed(4429, "Too many initialisation requests"));
}

#[tokio::test]
async fn a_live_id_is_not_given_twice_and_free_again_afterwards() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let subscribe = |id: &str, query: &str| json!({"id": id, "type": "subscribe", "payload": {"query": query}});
    for _ in 0..20 {
        socket.send(subscribe("same", "{ hello }")).await;
        assert!(socket.next("same").await.is_some());
        assert_eq!(socket.next("same").await, None);
    }
    socket.send(subscribe("same", "subscription { quiet { seq } }")).await;
    assert!(socket.next("same").await.is_some());
    socket.complete("same").await;
    edge.alive(0).await;
    socket.send(subscribe("same", "subscription { quiet { seq } }")).await;
    assert!(socket.next("same").await.is_some());
    socket.send(subscribe("same", "{ hello }")).await;
    assert_eq!(socket.closed().await, closed(4409, "Subscriber for same already exists"));
    edge.alive(0).await;
}

#[tokio::test]
async fn what_is_not_the_protocol_is_a_bad_request() {
    let edge = Edge::start().await;
    let long = "x".repeat(100);
    let unknown = json!({"type": format!("é{long}")}).to_string();
    for text in [
        "nonsense",
        "[]",
        "{}",
        r#"{"type":"start","id":"1","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"connection_terminate"}"#,
        r#"{"type":"subscribe","payload":{"query":"{ hello }"}}"#,
        r#"{"type":"subscribe","id":"1","payload":{}}"#,
        r#"{"type":"ping","payload":1}"#,
        unknown.as_str(),
    ] {
        let mut socket = Socket::init(edge.address, None).await;
        socket.send_raw(Message::text(text)).await;
        let end = socket.closed().await;
        assert_eq!(end.code, 4400, "{text}");
        assert!(end.reason.len() <= 123, "{}", end.reason);
    }
    let mut socket = Socket::init(edge.address, None).await;
    socket.send_raw(Message::binary(br#"{"type":"ping"}"#.to_vec())).await;
    assert_eq!(socket.closed().await.code, 4400);
    let mut socket = Socket::init(edge.address, None).await;
    socket.send_raw(Message::text("x".repeat(300 * 1024))).await;
    assert_eq!(socket.closed().await, closed(4400, "The message is larger than 256 KiB"));
}

#[tokio::test]
async fn another_subprotocol_is_not_acceptable() {
    let edge = Edge::start().await;
    let mut socket = Socket::connect_with(edge.address, &[]).await.unwrap();
    assert_eq!(socket.closed().await, closed(4406, "Subprotocol not acceptable"));
}

#[tokio::test]
async fn tokens_that_are_none_are_forbidden() {
    let edge = Edge::start().await;
    for payload in [json!({"authorization": "Bearer nonsense"}), json!({"authorization": "Basic abc"}), json!({"authorization": 1})] {
        let mut socket = Socket::connect(edge.address).await;
        socket.send(json!({"type": "connection_init", "payload": payload})).await;
        assert_eq!(socket.closed().await, closed(4403, "Forbidden"), "{payload}");
    }
}

#[tokio::test]
async fn errors_before_execution_are_one_error_and_no_complete() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { count(to: 1) { seq } quiet { seq } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($n: Int!) { double(number: $n) }", "BAD_USER_INPUT"),
    ] {
        let id = socket.subscribe(query, json!({})).await;
        let message = socket.receive().await;
        assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("error")), "{message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
        assert!(message["payload"][0]["extensions"]["requestId"].is_string(), "{message}");
    }
    // Had a `complete` followed, it would come before this.
    socket.send(json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong", "payload": {"n": 1}}));
}

#[tokio::test]
async fn a_stream_that_is_interrupted_ends_with_an_error_that_clients_repeat() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let id = socket.subscribe("subscription { falters }", json!({})).await;
    assert_eq!(socket.next(&id).await, Some(json!({"falters": 1})));
    let message = socket.message(&id).await;
    assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("UNAVAILABLE")), "{message}");
    // Nothing of it follows, and the id is free again.
    socket.send(json!({"type": "subscribe", "id": id, "payload": {"query": "{ hello }"}})).await;
    assert_eq!(socket.next(&id).await, Some(json!({"hello": "hello"})));
    assert_eq!(socket.message(&id).await["type"], "complete");
}

#[tokio::test]
async fn errors_of_execution_are_results() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    for (query, code) in [("{ fails }", "FORBIDDEN"), ("{ panics }", "INTERNAL"), ("subscription { refused }", "NOT_FOUND")] {
        let id = socket.subscribe(query, json!({})).await;
        let message = socket.message(&id).await;
        assert_eq!((&message["type"], &message["payload"]["errors"][0]["extensions"]["code"]), (&json!("next"), &json!(code)), "{message}");
        assert_eq!(socket.message(&id).await["type"], "complete");
    }
    let id = socket.subscribe("subscription { breaks }", json!({})).await;
    assert_eq!(socket.next(&id).await, Some(json!({"breaks": 1})));
    let message = socket.message(&id).await;
    assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "INTERNAL");
    assert!(!message.to_string().contains("secret"));
    assert_eq!(socket.message(&id).await["type"], "complete");
}

#[tokio::test]
async fn a_clients_complete_is_not_echoed() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let id = socket.subscribe("subscription { quiet { seq } }", json!({})).await;
    assert!(socket.next(&id).await.is_some());
    socket.complete(&id).await;
    socket.complete("never started").await;
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong"}));
    edge.alive(0).await;
}

#[tokio::test]
async fn pings_are_sent_and_two_missed_are_the_end() {
    let edge = Edge::start_with(|config| config.realtime.ping_interval = Duration::from_millis(30)).await;
    let mut socket = Socket::init(edge.address, None).await;
    assert_eq!(socket.closed_silently().await, (2, closed(1013, "Pings were not answered")));
}

#[tokio::test]
async fn a_socket_runs_so_many_operations() {
    let edge = Edge::start_with(|config| config.realtime.operations_per_socket_max = 3).await;
    let mut socket = Socket::init(edge.address, None).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = socket.subscribe("subscription { quiet { seq } }", json!({})).await;
        assert!(socket.next(&id).await.is_some());
        ids.push(id);
    }
    let refused = socket.subscribe("{ hello }", json!({})).await;
    assert_eq!(socket.message(&refused).await["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    socket.complete(&ids[0]).await;
    let id = socket.subscribe("{ hello }", json!({})).await;
    assert!(socket.next(&id).await.is_some());
}

#[tokio::test]
async fn a_busy_subscription_leaves_room_for_the_others() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let flood = socket.subscribe("subscription { flood(bytes: 20000) }", json!({})).await;
    assert!(socket.next(&flood).await.is_some());
    let count = socket.subscribe("subscription { count(to: 50) { seq } }", json!({})).await;
    let (mut counted, mut flooded) = (0, 0);
    while counted < 50 {
        let message: Value = socket.receive().await;
        assert_eq!(message["type"], "next");
        if message["id"] == count { counted += 1 } else { flooded += 1 }
    }
    // The flood began first and may have filled the way out once; after that they take turns.
    assert!(flooded < 500, "{flooded} messages of the busy one for 50 of the other");
}

#[tokio::test]
async fn who_does_not_read_is_closed_as_too_slow() {
    let edge = Edge::start_with(|config| config.realtime.write_timeout = Duration::from_millis(100)).await;
    let mut socket = Socket::init(edge.address, None).await;
    for _ in 0..10 {
        socket.subscribe("subscription { flood(bytes: 200000) }", json!({})).await;
    }
    // Nothing is read until the server has given up; what it counts shows when.
    edge.no_sockets().await;
    let text = edge.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(text.contains(r#"graphql_socket_closes_total{cause="too_slow"} 1"#), "{text}");
}

#[tokio::test]
async fn a_large_answer_fits_through() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let id = socket.subscribe("{ text(bytes: 1000000) }", json!({})).await;
    assert_eq!(socket.next(&id).await.unwrap()["text"].as_str().unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn a_client_that_vanishes_ends_its_operations() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    socket.subscribe("{ hangs }", json!({})).await;
    socket.subscribe("subscription { quiet { seq } }", json!({})).await;
    edge.alive(2).await;
    drop(socket);
    edge.alive(0).await;
}

#[tokio::test]
async fn cookies_are_taken_from_our_own_pages_only() {
    let edge = Edge::start_with(|config| config.http.allowed_origins = vec!["https://app.example".to_owned()]).await;
    let own = format!("http://{}", edge.address);
    for (origin, refused) in [(own.as_str(), false), ("https://app.example", false), ("https://evil.example", true)] {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("cookie", "a=b"), ("origin", origin)];
        assert_eq!(Socket::connect_with(edge.address, &headers).await.err(), refused.then_some(403), "{origin}");
        let without = [headers[0], headers[2]];
        assert!(Socket::connect_with(edge.address, &without).await.is_ok(), "{origin} without cookies");
    }
}

#[tokio::test]
async fn a_stopping_server_tells_its_sockets_to_come_back() {
    let mut edge = Edge::start_with(|config| config.http.drain = Duration::from_millis(400)).await;
    let mut socket = Socket::init(edge.address, None).await;
    let id = socket.subscribe("subscription { quiet { seq } }", json!({})).await;
    assert!(socket.next(&id).await.is_some());
    edge.shutdown.cancel();
    assert_eq!(socket.closed().await, closed(1012, "Service restart"));
    socket.leave().await;
    edge.stopped().await;
}

#[tokio::test]
async fn the_sockets_of_a_stopping_server_leave_one_after_the_other() {
    let edge = Edge::start_with(|config| config.http.drain = Duration::from_secs(4)).await;
    let mut sockets = Vec::new();
    for _ in 0..40 {
        sockets.push(Socket::init(edge.address, None).await);
    }
    edge.shutdown.cancel();
    // Pings them in turn until one is sent away; the others are still served.
    let gone = 'all: loop {
        for (at, socket) in sockets.iter_mut().enumerate() {
            socket.send(json!({"type": "ping"})).await;
            if let Err(end) = socket.receive_or_close().await {
                assert_eq!(end, closed(1012, "Service restart"));
                break 'all at;
            }
        }
    };
    sockets.remove(gone);
    let mut served = 0;
    for socket in &mut sockets {
        socket.send(json!({"type": "ping"})).await;
        served += usize::from(socket.receive_or_close().await.is_ok());
    }
    assert!(served > 0, "all left at once");
}
