//! GraphQL over HTTP: methods, media types, bodies, codes.

use reqwest::{
    StatusCode,
    header::{ACCEPT, ALLOW, CONTENT_TYPE, COOKIE},
};
use serde_json::{Value, json};

use crate::support::edge::Edge;

const NEW: &str = "application/graphql-response+json";

/// Status, first code and whether there is a `data` key.
async fn summary(response: reqwest::Response) -> (u16, Option<String>, bool) {
    let status = response.status().as_u16();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.expect("the answer is not JSON");
    for error in body["errors"].as_array().into_iter().flatten() {
        assert_eq!(error["extensions"]["requestId"], id, "{body}");
        assert!(error["extensions"]["code"].is_string(), "{body}");
    }
    (status, body["errors"][0]["extensions"]["code"].as_str().map(str::to_owned), body.get("data").is_some())
}

#[tokio::test]
async fn what_was_asked_decides_status_code_and_data() {
    let edge = Edge::start().await;
    let table = [
        (json!({"query": "{ hello }"}), 200, None, true),
        (json!({"query": "mutation { touch }"}), 200, None, true),
        (json!({"query": "{"}), 400, Some("GRAPHQL_PARSE_FAILED"), false),
        (json!({"query": "{ nothing }"}), 400, Some("GRAPHQL_VALIDATION_FAILED"), false),
        (json!({"query": "{ double(number: \"x\") }"}), 400, Some("GRAPHQL_VALIDATION_FAILED"), false),
        (json!({"query": "query($n: Int!) { double(number: $n) }"}), 400, Some("BAD_USER_INPUT"), false),
        (json!({"query": "query($n: Int!) { double(number: $n) }", "variables": {"n": null}}), 400, Some("BAD_USER_INPUT"), false),
        (
            json!({"query": "query($n: Int!) { double(number: $n) }", "variables": {"n": "x"}}),
            400,
            Some("GRAPHQL_VALIDATION_FAILED"),
            false,
        ),
        (
            json!({"query": "query($n: [Int!]!) { doubles(numbers: $n) }", "variables": {"n": [1, null]}}),
            400,
            Some("GRAPHQL_VALIDATION_FAILED"),
            false,
        ),
        (json!({"query": "query A { hello } query B { hello }"}), 400, Some("BAD_USER_INPUT"), false),
        (json!({"query": "query A { hello }", "operationName": "B"}), 400, Some("BAD_USER_INPUT"), false),
        (json!({"query": "subscription { count(to: 1) { seq } }"}), 400, Some("BAD_USER_INPUT"), false),
        (json!({"query": "{ hello fails }"}), 200, Some("FORBIDDEN"), true),
        (json!({"query": "{ hello faults }"}), 200, Some("INTERNAL"), true),
        (json!({"query": "{ hello panics }"}), 200, Some("INTERNAL"), true),
    ];
    for (body, status, code, has_data) in table {
        let wanted = (status, code.map(str::to_owned), has_data);
        let got = summary(edge.post(&body).header(ACCEPT, NEW).send().await.unwrap()).await;
        assert_eq!(got, wanted, "{body}");
        let (status, code, has_data) = summary(edge.post(&body).send().await.unwrap()).await;
        assert_eq!((status, code, has_data), (200, wanted.1, wanted.2), "{body} as application/json");
    }
}

#[tokio::test]
async fn causes_stay_inside() {
    let edge = Edge::start().await;
    for field in ["faults", "panics"] {
        let text = edge.post(&json!({"query": format!("{{ {field} }}")})).send().await.unwrap().text().await.unwrap();
        assert!(!text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn operation_name_chooses() {
    let edge = Edge::start().await;
    let query = "query A { a: double(number: 1) } query B { b: double(number: 2) }";
    let body: Value = edge.post(&json!({"query": query, "operationName": "B"})).send().await.unwrap().json().await.unwrap();
    assert_eq!((&body["data"], body.get("errors")), (&json!({"b": 4}), None));
    let url = reqwest::Url::parse_with_params(&edge.url("/graphql"), [("query", query), ("operationName", "A")]).unwrap();
    let body: Value = edge.client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!((&body["data"], body.get("errors")), (&json!({"a": 2}), None));
}

#[tokio::test]
async fn malformed_bodies_get_an_answer_in_the_shape_of_graphql() {
    let edge = Edge::start().await;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: [&[u8]; 14] = [
        b"",
        b"{",
        b"null",
        b"[]",
        br#"[{"query":"{ hello }"}]"#,
        b"{}",
        br#"{"query":null}"#,
        br#"{"query":""}"#,
        br#"{"query":1}"#,
        br#"{"query":"{ hello }","variables":[]}"#,
        br#"{"query":"{ hello }","operationName":1}"#,
        b"{\"query\":\"{ hello }\xff\"}",
        br#"{"query":"{ hello }"} trailing"#,
        deep.as_bytes(),
    ];
    for body in bodies {
        let request = edge.client.post(edge.url("/graphql")).header(CONTENT_TYPE, "application/json").body(body.to_vec());
        let got = summary(request.send().await.unwrap()).await;
        assert_eq!(got, (400, Some("BAD_USER_INPUT".to_owned()), false), "{}", String::from_utf8_lossy(&body[..body.len().min(80)]));
    }
}

#[tokio::test]
async fn media_types_are_negotiated() {
    let edge = Edge::start().await;
    let body = json!({"query": "{ hello }"}).to_string();
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json; charset=latin1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
        ("application/graphql", 415),
    ] {
        let request = edge.client.post(edge.url("/graphql")).header(CONTENT_TYPE, content_type).body(body.clone());
        assert_eq!(request.send().await.unwrap().status(), status, "{content_type}");
    }
    assert_eq!(edge.client.post(edge.url("/graphql")).body(body.clone()).send().await.unwrap().status(), 415, "none");
    for (accept, status, content_type) in [
        ("*/*", 200, "application/json"),
        ("application/json", 200, "application/json"),
        (NEW, 200, NEW),
        ("application/graphql-response+json, application/json;q=0.9", 200, NEW),
        ("text/html", 406, "application/json"),
        ("application/json;q=0", 406, "application/json"),
    ] {
        let response = edge.post(&json!({"query": "{ hello }"})).header(ACCEPT, accept).send().await.unwrap();
        assert_eq!(response.status(), status, "{accept}");
        assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with(content_type), "{accept}");
    }
}

#[tokio::test]
async fn get_only_reads() {
    let edge = Edge::start().await;
    assert_eq!(edge.get("/graphql?query=%7Bhello%7D").send().await.unwrap().status(), 200);
    let response = edge.get("/graphql?query=mutation%7Btouch%7D").send().await.unwrap();
    assert_eq!((response.status(), response.headers()[ALLOW].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    let named = "/graphql?query=query%20A%7Bhello%7Dmutation%20B%7Btouch%7D&operationName=B";
    assert_eq!(edge.get(named).send().await.unwrap().status(), 405);
    assert_eq!(edge.get("/graphql?query=%7Bhello%7D").header("upgrade", "h2c").send().await.unwrap().status(), 200);
    assert_eq!(edge.get("/graphql").send().await.unwrap().status(), 400);
    assert_eq!(edge.get("/graphql?query=%7Bhello%7D&variables=nonsense").send().await.unwrap().status(), 400);
    for method in ["PUT", "DELETE", "PATCH"] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let response = edge.client.request(method, edge.url("/graphql")).send().await.unwrap();
        assert_eq!((response.status(), response.headers()[ALLOW].to_str().unwrap()), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"));
        assert_eq!(summary(response).await.1.as_deref(), Some("BAD_USER_INPUT"));
    }
}

#[tokio::test]
async fn a_get_with_cookies_needs_a_header_that_other_sites_cannot_send() {
    let edge = Edge::start().await;
    let path = "/graphql?query=%7Bhello%7D";
    let got = summary(edge.get(path).header(COOKIE, "a=b").send().await.unwrap()).await;
    assert_eq!(got, (403, Some("FORBIDDEN".to_owned()), false));
    let allowed = edge.get(path).header(COOKIE, "a=b").header("graphql-require-preflight", "1");
    assert_eq!(allowed.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_announced_or_not() {
    let edge = Edge::start().await;
    let body = json!({"query": "{ hello }", "variables": {"x": "x".repeat(300 * 1024)}}).to_string();
    let announced = edge.client.post(edge.url("/graphql")).header(CONTENT_TYPE, "application/json").body(body.clone());
    assert_eq!(summary(announced.send().await.unwrap()).await, (413, Some("PAYLOAD_TOO_LARGE".to_owned()), false));
    let chunks =
        futures_util::stream::iter(body.into_bytes().chunks(8192).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>());
    let streamed = edge.client.post(edge.url("/graphql")).header(CONTENT_TYPE, "application/json").body(reqwest::Body::wrap_stream(chunks));
    assert_eq!(summary(streamed.send().await.unwrap()).await, (413, Some("PAYLOAD_TOO_LARGE".to_owned()), false));
    let fits = json!({"query": "{ hello }", "variables": {"x": "x".repeat(200 * 1024)}});
    assert_eq!(edge.post(&fits).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_operation_has_a_time_limit_and_lets_go() {
    let edge = Edge::start_with(|config| config.http.operation_timeout = std::time::Duration::from_millis(50)).await;
    let got = summary(edge.post(&json!({"query": "{ hangs }"})).header(ACCEPT, NEW).send().await.unwrap()).await;
    assert_eq!(got, (504, Some("TIMEOUT".to_owned()), false));
    edge.alive(0).await;
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_operation() {
    let edge = Edge::start().await;
    let mut requests = tokio::task::JoinSet::new();
    requests.spawn(edge.post(&json!({"query": "{ hangs }"})).send());
    edge.alive(1).await;
    requests.abort_all();
    edge.alive(0).await;
}

#[tokio::test]
async fn a_token_that_is_none_is_unauthenticated() {
    let edge = Edge::start().await;
    for authorization in ["Bearer nonsense", "Basic abc", "Bearer"] {
        let request = || edge.post(&json!({"query": "{ hello }"})).header("authorization", authorization);
        let got = summary(request().header(ACCEPT, NEW).send().await.unwrap()).await;
        assert_eq!(got, (401, Some("UNAUTHENTICATED".to_owned()), false), "{authorization}");
        assert_eq!(summary(request().send().await.unwrap()).await.0, 200, "{authorization}");
    }
}

#[tokio::test]
async fn request_ids_are_taken_over_when_sane() {
    let edge = Edge::start().await;
    let ask = |id: &'static str| edge.post(&json!({"query": "{ hello }"})).header("x-request-id", id).send();
    assert_eq!(ask("trace-1234").await.unwrap().headers()["x-request-id"], "trace-1234");
    let made = ask("x y").await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(made.len(), 36);
}

#[tokio::test]
async fn only_allowed_origins_are_answered() {
    let edge = Edge::start_with(|config| config.http.allowed_origins = vec!["https://app.example".to_owned()]).await;
    for (origin, allowed) in [("https://app.example", true), ("https://evil.example", false)] {
        let preflight = edge
            .client
            .request(reqwest::Method::OPTIONS, edge.url("/graphql"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        let response = preflight.send().await.unwrap();
        assert_eq!(response.headers().get("access-control-allow-origin").is_some_and(|value| value == origin), allowed, "{origin}");
    }
}
