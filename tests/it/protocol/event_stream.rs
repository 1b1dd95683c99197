//! graphql-sse, distinct connections.

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::support::edge::Edge;

const STREAM: &str = "text/event-stream";

#[tokio::test]
async fn a_subscription_is_a_stream_with_places_to_resume_from() {
    let edge = Edge::start().await;
    let body = json!({"query": "subscription($after: String) { count(to: 3, after: $after) { seq cursor } }"});
    let response = edge.post(&body).header(ACCEPT, STREAM).send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()[CONTENT_TYPE].to_str().unwrap()), (200, STREAM));
    assert_eq!(
        response.text().await.unwrap(),
        "event: next\ndata: {\"data\":{\"count\":{\"seq\":1,\"cursor\":\"1\"}}}\nid: 1\n\n\
         event: next\ndata: {\"data\":{\"count\":{\"seq\":2,\"cursor\":\"2\"}}}\nid: 2\n\n\
         event: next\ndata: {\"data\":{\"count\":{\"seq\":3,\"cursor\":\"3\"}}}\nid: 3\n\n\
         event: complete\ndata:\n\n"
    );
    let resumed = edge.post(&body).header(ACCEPT, STREAM).header("last-event-id", "2").send().await.unwrap().text().await.unwrap();
    assert!(resumed.starts_with("event: next\ndata: {\"data\":{\"count\":{\"seq\":3"), "{resumed}");
}

#[tokio::test]
async fn queries_too_and_over_get() {
    let edge = Edge::start().await;
    let text = edge.get("/graphql?query=%7Bhello%7D").header(ACCEPT, STREAM).send().await.unwrap().text().await.unwrap();
    let (next, complete) = text.split_once("\n\n").unwrap();
    let answer: Value = serde_json::from_str(next.strip_prefix("event: next\ndata: ").unwrap()).unwrap();
    assert_eq!((&answer["data"], answer.get("errors")), (&json!({"hello": "hello"}), None));
    assert_eq!(complete, "event: complete\ndata:\n\n");
    let refused = edge.get("/graphql?query=mutation%7Btouch%7D").header(ACCEPT, STREAM).send().await.unwrap();
    assert_eq!(refused.status(), 405);
}

#[tokio::test]
async fn what_fails_is_an_event_and_what_is_malformed_a_status() {
    let edge = Edge::start().await;
    for (query, code) in [
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { refused }", "NOT_FOUND"),
        ("subscription { breaks }", "INTERNAL"),
    ] {
        let text = edge.post(&json!({"query": query})).header(ACCEPT, STREAM).send().await.unwrap().text().await.unwrap();
        assert!(text.starts_with("event: next\n") && text.contains(code) && text.ends_with("event: complete\ndata:\n\n"), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    assert_eq!(edge.post(&json!({})).header(ACCEPT, STREAM).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_reader_that_leaves_ends_the_subscription() {
    let edge = Edge::start().await;
    let mut response = edge.post(&json!({"query": "subscription { quiet { seq } }"})).header(ACCEPT, STREAM).send().await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    edge.alive(1).await;
    drop(response);
    edge.alive(0).await;
}

#[tokio::test]
async fn streams_are_not_compressed_and_answers_are() {
    let edge = Edge::start().await;
    let ask = |accept: &'static str| {
        edge.post(&json!({"query": "{ text(bytes: 5000) }"})).header(ACCEPT, accept).header("accept-encoding", "gzip").send()
    };
    assert!(ask("application/json").await.unwrap().headers().contains_key("content-encoding"));
    assert!(!ask(STREAM).await.unwrap().headers().contains_key("content-encoding"));
}
