//! Documents made to hurt, through every door.

use std::fmt::Write;

use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use crate::support::{TestApp, edge::Edge, ws::Socket};

fn corpus() -> Vec<(&'static str, String, &'static str)> {
    let mut bomb = "{ ...F0 }".to_owned();
    for level in 0..20 {
        let _ = write!(bomb, " fragment F{level} on Query {{ ...F{0} ...F{0} }}", level + 1);
    }
    bomb.push_str(" fragment F20 on Query { hello }");
    let deep = |open: &str, close: &str, times: usize| format!("{{ double(number: {}1{}) }}", open.repeat(times), close.repeat(times));
    vec![
        ("a deep list", deep("[", "]", 1_500), "GRAPHQL_PARSE_FAILED"),
        ("a deep object", deep("{a:", "}", 1_500), "GRAPHQL_PARSE_FAILED"),
        ("a deep selection", format!("{}{}", "{a".repeat(400), "}".repeat(400)), "GRAPHQL_PARSE_FAILED"),
        ("brackets without end", "[".repeat(5_000), "GRAPHQL_PARSE_FAILED"),
        ("a deep type", format!("query($a: {}Int{}) {{ hello }}", "[".repeat(500), "]".repeat(500)), "GRAPHQL_PARSE_FAILED"),
        ("a fragment bomb", bomb, "GRAPHQL_VALIDATION_FAILED"),
        ("a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            "aliases",
            format!("{{ {} }}", (0..40).map(|n| format!("a{n}: hello")).collect::<Vec<_>>().join(" ")),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("directives", format!("{{ hello {} }}", "@skip(if: false) ".repeat(50)), "GRAPHQL_VALIDATION_FAILED"),
        ("root fields", format!("{{ {} }}", "hello ".repeat(900)), "GRAPHQL_VALIDATION_FAILED"),
        ("tokens", format!("{{ {} }}", "hello ".repeat(2_000)), "GRAPHQL_PARSE_FAILED"),
        ("a large document", format!("{{ hello }} #{}", "x".repeat(17 * 1024)), "PAYLOAD_TOO_LARGE"),
        ("a string without end", "{ text(bytes: \"".to_owned(), "GRAPHQL_PARSE_FAILED"),
    ]
}

#[tokio::test]
async fn every_door_refuses_them() {
    let edge = Edge::start().await;
    let mut socket = Socket::init(edge.address, None).await;
    for (name, document, code) in corpus() {
        let body = json!({"query": document});
        let answer: Value = edge.post(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "POST {name}");
        assert!(answer.get("data").is_none(), "{name}");

        let url = reqwest::Url::parse_with_params(&edge.url("/graphql"), [("query", &document)]).unwrap();
        let answer: Value = edge.client.get(url).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "GET {name}");

        let events = edge.post(&body).header(ACCEPT, "text/event-stream").send().await.unwrap().text().await.unwrap();
        assert!(events.contains(code), "event stream {name}: {events}");

        let id = socket.subscribe(&document, json!({})).await;
        let message = socket.message(&id).await;
        assert_eq!((&message["type"], &message["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)), "websocket {name}");
    }
}

#[tokio::test]
async fn what_would_cost_too_much_is_refused_before_it_runs() {
    let app = TestApp::start().await;
    let around = "modules { track { ".repeat(13) + "slug" + &" } }".repeat(13);
    for document in [
        format!("{{ tracks {{ nodes {{ {around} }} }} }}"),
        "{ viewer { submissions(first: 100) { nodes { output { stdout } } } } }".to_owned(),
    ] {
        let answer = app.learner("Ada").await.query_raw(&document, json!({})).await;
        assert_eq!(answer.code(), "COST_EXCEEDED", "{document}");
        assert!(answer.body.get("data").is_none());
    }
    let document = "{ viewer { submissions(first: 20) { nodes { output { stdout } } } } }";
    app.learner("Bob").await.query(document, json!({})).await;
}

#[tokio::test]
async fn the_query_that_tools_learn_the_schema_by_is_within_the_limits() {
    let edge = Edge::start().await;
    let query = r"query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
        types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
        fragment FullType on __Type { kind name description specifiedByURL isOneOf
          fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
          inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
          enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
        fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
          ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
    let answer: Value = edge.post(&json!({"query": query})).send().await.unwrap().json().await.unwrap();
    assert!(answer["errors"].is_null(), "{}", answer["errors"]);
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
}
