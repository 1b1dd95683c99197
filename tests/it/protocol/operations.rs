//! What those who run the server look at.

use serde_json::{Value, json};

use crate::support::edge::Edge;

#[tokio::test]
async fn alive_without_a_database_and_not_ready() {
    let edge = Edge::start().await;
    assert_eq!(edge.get("/health/live").send().await.unwrap().status(), 200);
    let response = edge.get("/health/ready").send().await.unwrap();
    assert_eq!(response.status(), 503);
    let body: Value = response.json().await.unwrap();
    assert_eq!((&body["status"], &body["probes"]["database"]["status"]), (&json!("failed"), &json!("failed")));
}

#[tokio::test]
async fn readiness_follows_the_probes_and_the_drain() {
    let edge = Edge::start().await;
    // The server registers its own probe when it starts; after an answer it has.
    edge.get("/health/live").send().await.unwrap();
    edge.app.health.register("database", || async { Ok(()) });
    edge.app.health.register("sandbox", || async { Ok(()) });
    let response = edge.get("/health/ready").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body, json!({"status": "ok", "probes": {"database": {"status": "ok"}, "sandbox": {"status": "ok"}}}));
    edge.app.health.drain();
    let response = edge.get("/health/ready").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "draining");
}

#[tokio::test]
async fn metrics_count_operations_and_errors() {
    let edge = Edge::start().await;
    for query in ["{ hello }", "{ fails }", "{ nothing }", "mutation { touch }"] {
        edge.post(&json!({"query": query})).send().await.unwrap();
    }
    let text = edge.get("/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        r#"graphql_operations_total{outcome="ok",type="query"} 1"#,
        r#"graphql_operations_total{outcome="failed",type="query"} 1"#,
        r#"graphql_operations_total{outcome="refused",type="query"} 1"#,
        r#"graphql_operations_total{outcome="ok",type="mutation"} 1"#,
        r#"graphql_errors_total{code="FORBIDDEN"} 1"#,
        r#"graphql_operation_seconds_count{document="other",type="query"} 3"#,
        "graphql_sockets 0",
        r#"database_connections_busy{pool="requests"} 0"#,
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn the_schema_is_there_as_text() {
    let edge = Edge::start().await;
    assert!(edge.get("/graphql/schema.graphql").send().await.unwrap().text().await.unwrap().contains("type Query"));
}

#[tokio::test]
async fn graphiql_loads_nothing_from_elsewhere() {
    let edge = Edge::start().await;
    let response = edge.get("/graphiql").send().await.unwrap();
    if response.status() == 404 {
        // Built without the bundle.
        return;
    }
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self'; script-src 'self';"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(!page.contains("https://") && !page.contains("http://"), "{page}");
    let script = page.split('"').find(|part| part.starts_with("/graphiql/assets/") && part.contains("/index-")).unwrap();
    let asset = edge.get(script).send().await.unwrap();
    assert_eq!(asset.status(), 200);
    assert!(asset.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    assert_eq!(edge.get("/graphiql/assets/../index.html").send().await.unwrap().status(), 404);
}
