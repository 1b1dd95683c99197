//! The messages of graphql-transport-ws: their fields, their order, and many of them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{edge::Edge, ws::Socket};

const QUIET: &str = "subscription { quiet { seq } }";

fn subscribe(id: &Value, payload: &Value) -> Value {
    json!({"type": "subscribe", "id": id, "payload": payload})
}

/// The code of the close that this message brings, on a socket of its own.
async fn end_after(edge: &Edge, initialised: bool, message: &Value) -> u16 {
    let mut socket = if initialised { Socket::init(edge.address, None).await } else { Socket::connect(edge.address).await };
    socket.send(message.clone()).await;
    socket.closed().await.code
}

#[tokio::test]
async fn fields_that_nobody_knows_are_passed_over() {
    let edge = Edge::start().await;
    let mut socket = Socket::connect(edge.address).await;
    socket.send(json!({"type": "connection_init", "payload": {"client": "x", "authorization": null}, "id": "init", "more": [1]})).await;
    assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
    socket.send(json!({"type": "ping", "id": "x", "more": {}})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong"}));
    socket.send(json!({"type": "pong", "more": 1})).await;
    let mut message = subscribe(&json!("1"), &json!({"query": "{ hello }", "doc_id": 1, "extensions": {"other": 1}}));
    message["more"] = json!(null);
    socket.send(message).await;
    assert_eq!(socket.next("1").await, Some(json!({"hello": "hello"})));
    assert_eq!(socket.next("1").await, None);
    socket.send(json!({"type": "complete", "id": "1", "payload": "x"})).await;
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn a_payload_that_is_null_is_none() {
    let edge = Edge::start().await;
    let mut socket = Socket::connect(edge.address).await;
    socket.send(json!({"type": "ping", "payload": null})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong"}));
    socket.send(json!({"type": "pong", "payload": null})).await;
    socket.send(json!({"type": "connection_init", "payload": null})).await;
    assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
    let nothing = json!({"query": "{ hello }", "operationName": null, "variables": null, "extensions": null});
    socket.send(subscribe(&json!("1"), &nothing)).await;
    assert_eq!(socket.next("1").await, Some(json!({"hello": "hello"})));
}

#[tokio::test]
async fn payloads_of_another_type_are_bad_requests() {
    let edge = Edge::start().await;
    for payload in [json!("x"), json!(1), json!(true), json!([]), json!([{"authorization": "x"}])] {
        for kind in ["connection_init", "ping", "pong"] {
            assert_eq!(end_after(&edge, false, &json!({"type": kind, "payload": payload})).await, 4400, "{kind} {payload}");
        }
        assert_eq!(end_after(&edge, true, &subscribe(&json!("1"), &payload)).await, 4400, "subscribe {payload}");
    }
    for payload in [
        json!(null),
        json!({"query": null}),
        json!({"query": 1}),
        json!({"query": {"kind": "Document"}}),
        json!({"query": "{ hello }", "operationName": 1}),
        json!({"query": "{ hello }", "variables": []}),
        json!({"query": "{ hello }", "variables": "{}"}),
        json!({"query": "{ hello }", "extensions": []}),
        json!({"documentId": 1}),
    ] {
        assert_eq!(end_after(&edge, true, &subscribe(&json!("1"), &payload)).await, 4400, "{payload}");
    }
}

#[tokio::test]
async fn an_id_is_text_of_1_to_128_bytes() {
    let edge = Edge::start().await;
    let payload = json!({"query": "{ hello }"});
    for id in [json!(null), json!(7), json!(""), json!({}), json!(["1"]), json!(true), json!("x".repeat(129)), json!("é".repeat(65))] {
        assert_eq!(end_after(&edge, true, &subscribe(&id, &payload)).await, 4400, "{id}");
        assert_eq!(end_after(&edge, true, &json!({"type": "complete", "id": id})).await, 4400, "complete {id}");
    }
    let mut socket = Socket::init(edge.address, None).await;
    for id in ["x".repeat(128), "é".repeat(64), "\"\\\n\u{0}\u{2028}".to_owned(), " ".to_owned()] {
        socket.send(subscribe(&json!(id), &payload)).await;
        assert_eq!(socket.next(&id).await, Some(json!({"hello": "hello"})));
        assert_eq!(socket.next(&id).await, None);
    }
}

#[tokio::test]
async fn messages_of_the_older_protocol_and_of_servers_are_bad_requests() {
    let edge = Edge::start().await;
    for kind in [
        "start",
        "stop",
        "data",
        "connection_terminate",
        "connection_error",
        "ka",
        "init",
        "GQL_CONNECTION_INIT",
        "next",
        "error",
        "connection_ack",
        "Subscribe",
        "subscribe ",
        "",
    ] {
        let message = json!({"type": kind, "id": "1", "payload": {"query": "{ hello }"}});
        assert_eq!(end_after(&edge, true, &message).await, 4400, "{kind}");
    }
    for initialised in [false, true] {
        for raw in [
            Message::text(""),
            Message::text("null"),
            Message::text(r#""connection_init""#),
            Message::text(r#"{"type":"ping"}{"type":"ping"}"#),
            Message::text("[".repeat(100_000)),
            Message::binary(json!({"type": "connection_init"}).to_string().into_bytes()),
            Message::binary(Vec::new()),
        ] {
            let mut socket = if initialised { Socket::init(edge.address, None).await } else { Socket::connect(edge.address).await };
            socket.send_raw(raw.clone()).await;
            assert_eq!(socket.closed().await.code, 4400, "{raw:.80}");
        }
    }
}

#[tokio::test]
async fn before_the_init_pings_are_answered_and_nothing_runs() {
    let edge = Edge::start().await;
    let mut socket = Socket::connect(edge.address).await;
    for payload in [json!({"n": 1}), json!({"deep": {"list": [null, "é", 1.5]}}), json!({})] {
        socket.send(json!({"type": "ping", "payload": payload})).await;
        assert_eq!(socket.receive().await, json!({"type": "pong", "payload": payload}));
        socket.send(json!({"type": "pong", "payload": payload})).await;
    }
    // Nothing of this id runs, so there is nothing to end.
    socket.complete("1").await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.receive().await, json!({"type": "connection_ack"}));
    for payload in [json!({"query": "{ hello }"}), json!({"query": QUIET}), json!({"query": "{"}), json!({"documentId": "sha256:x"})] {
        assert_eq!(end_after(&edge, false, &subscribe(&json!("1"), &payload)).await, 4401, "{payload}");
    }
    edge.alive(0).await;
}

#[tokio::test]
async fn pings_do_not_put_off_the_init() {
    let edge = Edge::start_with(|config| config.realtime.connection_init_timeout = Duration::from_millis(50)).await;
    let mut socket = Socket::connect(edge.address).await;
    let mut pings = 0;
    loop {
        socket.send(json!({"type": "ping"})).await;
        match socket.receive_or_close().await {
            Ok(message) => assert_eq!(message, json!({"type": "pong"})),
            Err(closed) => break assert_eq!(closed.code, 4408),
        }
        pings += 1;
        assert!(pings < 1_000_000, "the init is waited for without end");
    }
}

#[tokio::test]
async fn inits_at_once_are_one_too_many_and_a_refused_one_is_refused() {
    let edge = Edge::start().await;
    let mut socket = Socket::connect(edge.address).await;
    socket.send(json!({"type": "connection_init"})).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.closed().await.code, 4429);
    let mut socket = Socket::connect(edge.address).await;
    socket.send(json!({"type": "connection_init", "payload": {"authorization": "Bearer nonsense"}})).await;
    socket.send(json!({"type": "connection_init"})).await;
    assert_eq!(socket.closed().await.code, 4403);
}

#[tokio::test]
async fn operation_name_variables_and_errors_are_those_of_http() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let query = "query A { a: double(number: 1) } query B($n: Int!) { b: double(number: $n) } subscription C { count(to: 1) { seq } }";
    let ask = |name: &str, variables: Value| json!({"query": query, "operationName": name, "variables": variables});
    for (payload, data) in [
        (ask("A", json!(null)), json!({"a": 2})),
        (ask("B", json!({"n": 4, "unused": 1})), json!({"b": 8})),
        (ask("C", json!({})), json!({"count": {"seq": 1}})),
    ] {
        let id = socket.subscribe_with(payload).await;
        assert_eq!(socket.next(&id).await, Some(data));
        assert_eq!(socket.next(&id).await, None);
    }
    for (payload, code) in [
        (json!({"query": query}), "BAD_USER_INPUT"),
        (ask("D", json!({})), "BAD_USER_INPUT"),
        (ask("", json!({})), "BAD_USER_INPUT"),
        (ask("B", json!({"n": "x"})), "GRAPHQL_VALIDATION_FAILED"),
        (json!({"query": ""}), "BAD_USER_INPUT"),
        (json!({"query": "fragment F on Query { hello }"}), "GRAPHQL_PARSE_FAILED"),
    ] {
        let over_http: Value = edge.post(&payload).send().await.unwrap().json().await.unwrap();
        let id = socket.subscribe_with(payload.clone()).await;
        let message = socket.message(&id).await;
        assert_eq!(
            (&message["type"], &message["payload"][0]["extensions"]["code"]),
            (&json!("error"), &json!(code)),
            "{payload} {message}"
        );
        assert_eq!(over_http["errors"][0]["message"], message["payload"][0]["message"], "{payload}");
    }
}

#[tokio::test]
async fn an_id_is_free_again_whatever_ended_it() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    for query in
        ["{ hello }", "{", "{ fails }", "subscription { refused }", "subscription { count(to: 3) { seq } }", "subscription { falters }"]
    {
        for _ in 0..3 {
            socket.send(subscribe(&json!("same"), &json!({"query": query}))).await;
            while socket.message("same").await["type"] == "next" {}
        }
    }
    // And at once after the client's own `complete`; what was on its way is not written any more.
    for _ in 0..20 {
        socket.send(subscribe(&json!("same"), &json!({"query": "subscription { flood(bytes: 1000) }"}))).await;
        assert!(socket.next("same").await.is_some());
        socket.complete("same").await;
        socket.send(subscribe(&json!("same"), &json!({"query": "{ double(number: 1) }"}))).await;
        loop {
            let data = socket.next("same").await.expect("the second operation has an answer");
            if data == json!({"double": 2}) {
                break;
            }
            assert!(data["flood"].is_string(), "{data}");
        }
        assert_eq!(socket.next("same").await, None);
    }
    // A `complete` more is nothing.
    socket.complete("same").await;
    socket.complete("same").await;
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.receive().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn what_the_client_completes_before_it_answers_is_let_go() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let query = socket.subscribe("{ hangs }", json!({})).await;
    let subscription = socket.subscribe("subscription { steps(to: 1) { seq } }", json!({})).await;
    edge.alive(2).await;
    socket.complete(&query).await;
    socket.complete(&subscription).await;
    edge.alive(0).await;
    // Sent in one go, before either can have begun.
    for query in ["{ hangs }", QUIET] {
        socket.send(subscribe(&json!("1"), &json!({"query": query}))).await;
        socket.complete("1").await;
    }
    edge.alive(0).await;
}

#[tokio::test]
async fn pings_without_number_are_answered_in_order() {
    const PINGS: usize = 5_000;
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    let id = socket.subscribe("subscription { flood(bytes: 100) }", json!({})).await;
    // So many at a time as fit into what lies between, since nothing is read meanwhile.
    for first in (0..PINGS).step_by(100) {
        for n in first..first + 100 {
            socket.send(json!({"type": "ping", "payload": {"n": n}})).await;
        }
        for n in first..first + 100 {
            loop {
                let message = socket.receive().await;
                if message["type"] == "pong" {
                    break assert_eq!(message["payload"]["n"], n);
                }
                assert_eq!(message["id"], id);
            }
        }
    }
}

#[tokio::test]
async fn of_many_operations_at_once_fifty_run_and_each_of_the_others_is_told() {
    const ASKED: usize = 400;
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    for n in 0..ASKED {
        socket.send(subscribe(&json!(n.to_string()), &json!({"query": QUIET}))).await;
    }
    let mut live = Vec::new();
    for _ in 0..ASKED {
        let message = socket.receive().await;
        match message["type"].as_str().unwrap() {
            "next" => live.push(message["id"].as_str().unwrap().to_owned()),
            "error" => assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{message}"),
            _ => panic!("{message}"),
        }
    }
    assert_eq!(live.len(), 50);
    edge.alive(50).await;
    for id in &live {
        socket.complete(id).await;
    }
    edge.alive(0).await;
    let id = socket.subscribe("{ hello }", json!({})).await;
    assert!(socket.next(&id).await.is_some());
}
