use serde_json::{Value, json};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};
use weak_to_strong::{
    config::Config,
    telemetry::{self, Reports},
};

use crate::support::{collector::Collector, edge::Edge};

#[tokio::test]
async fn faults_and_panics_are_told_with_their_request_and_nothing_of_anybody() {
    let collector = Collector::start().await;
    let mut config = Config::from_env().unwrap();
    config.telemetry.sentry_dsn = Some(collector.dsn());
    let reports = Reports::start(&config).unwrap().unwrap();
    let _log = tracing_subscriber::registry().with(reports.layer()).set_default();
    telemetry::report_panics();
    let edge = Edge::start().await;
    let ask = async |field: &str, request_id: &str| {
        let query = format!("query Q($number: Int!) {{ double(number: $number) {field} }}");
        let request = edge.post(&json!({"query": query, "variables": {"number": 424_242}})).header("x-request-id", request_id);
        let request = request.header("cookie", "planted=1").header("user-agent", "planted").header("x-forwarded-for", "203.0.113.9");
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    assert_eq!(ask("faults", "request-1").await["errors"][0]["extensions"]["code"], "INTERNAL");
    assert_eq!(ask("fails", "request-2").await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(ask("panics", "request-3").await["errors"][0]["extensions"]["code"], "INTERNAL");
    tracing::error!(target: "weak_to_strong::worker", error = "planted", user = "planted", detail = ?"planted", job = "job_1", "a line of ours");
    tracing::error!(target: "hyper", "planted");
    tracing::warn!(target: "weak_to_strong::worker", "planted");

    let told = collector.reports(4).await;
    let known: Vec<(&str, &str, &str)> = told
        .iter()
        .map(|report| {
            let tag = |name: &str| report["tags"][name].as_str().unwrap_or_default();
            (report["message"].as_str().unwrap(), tag("request_id"), tag("cause"))
        })
        .collect();
    let expected = [
        ("a request met a fault", "request-1", "the secret cause"),
        ("a panic", "request-3", "a message that was put together"),
        ("a request met a fault before it was executed", "request-3", "a resolver panicked"),
        ("a line of ours", "", ""),
    ];
    assert_eq!(known, expected);
    let place = told[1]["tags"]["place"].as_str().unwrap();
    assert!(place.starts_with("tests/it/support/edge.rs:"), "{place}");
    assert_eq!(told[3]["tags"]["job"], "job_1");
    for report in &told {
        for field in ["user", "request", "server_name", "breadcrumbs", "contexts", "exception", "stacktrace"] {
            assert_eq!(report[field], Value::Null, "{field} in {report:#}");
        }
        assert_eq!(report["environment"], "development");
    }
    collector.knows_nothing_of(&["planted", "424242", "203.0.113.9", "127.0.0.1", "the secret panic"]);
    assert_eq!(collector.bodies().len(), told.len());
}
