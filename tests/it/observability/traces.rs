use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    client::{Client, PASSWORD},
    collector::{Collector, Mood, Told, summary},
    learning::{CHALLENGE, FILE, names, queued},
    scripted::{Act, Gate, SECRET, Scripted},
};

const TRUSTED: &str = include_str!("../../../graphql/trusted.json");
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// A server that tells this collector of everything at once.
async fn told_to(collector: &Collector, acts: impl IntoIterator<Item = Act>) -> TestApp {
    let traces = collector.settings();
    TestApp::builder().config(move |config| config.telemetry.traces = Some(traces)).sandbox(Scripted::new(acts)).start().await
}

/// The id of a document that the server trusts.
fn document_id(name: &str) -> String {
    let manifest: Value = serde_json::from_str(TRUSTED).unwrap();
    let mut operations = manifest["operations"].as_array().unwrap().iter();
    operations.find(|operation| operation["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
}

/// `submitSolution` as somebody else's program sends it, which has a trace of its own and says more than it should.
async fn submit_within(app: &TestApp, learner: &Client, flags: &str) -> String {
    let files = json!([{"path": FILE, "content": "PLANTED_SOURCE = 1"}]);
    let input = json!({"challengeSlug": CHALLENGE, "files": files, "clientRequestId": "PLANTED-request"});
    let request = reqwest::Client::builder().build().unwrap().post(app.url("/graphql?key=PLANTED-query"));
    let request = request.bearer_auth(learner.token()).header("traceparent", format!("00-{TRACE}-{CALLER}-{flags}"));
    let request = request.header("tracestate", "vendor=PLANTED-state").header("baggage", "user=PLANTED-baggage");
    let request = request.header("user-agent", "PLANTED-agent").header("x-request-id", "PLANTED-request-id");
    let answer: Value = request
        .json(&json!({"documentId": document_id("SubmitSolution"), "variables": {"input": input}}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    queued(&answer["data"]["submitSolution"])
}

/// Names of a span and of those above it, and the id above them all.
fn way_up(spans: &[Told], from: &Told) -> (Vec<String>, String) {
    let (mut names, mut at) = (vec![from.span.name.clone()], from.parent_id());
    while let Some(above) = spans.iter().find(|told| told.id() == at) {
        names.push(above.span.name.clone());
        at = above.parent_id();
    }
    (names, at)
}

fn one<'a>(spans: &'a [Told], name: &str) -> &'a Told {
    let found: Vec<&Told> = spans.iter().filter(|told| told.span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in {:#?}", summary(spans));
    found[0]
}

#[tokio::test]
async fn one_trace_runs_from_the_mutation_to_the_subscriber() {
    let collector = Collector::start().await;
    let gate = Gate::default();
    let app = told_to(&collector, [Act::passes().after(&["PLANTED-output"], &gate)]).await;
    let ada = app.learner("Planted Name").await;
    ada.pass_the_quiz().await;
    let id = submit_within(&app, &ada, "01").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    socket.event(&stream).await.unwrap();
    gate.open();
    let mut events = Vec::new();
    while let Some(event) = socket.event(&stream).await {
        events.push(event);
    }
    assert_eq!(names(&events).last(), Some(&"SubmissionFinished"));

    let of_trace = |spans: &[Told]| spans.iter().filter(|told| told.trace_id() == TRACE).cloned().collect::<Vec<_>>();
    let is_last = |told: &&Told| told.attribute("wts.event").as_deref() == Some("finished");
    let spans = collector
        .until(|spans| {
            let published = spans.iter().find(is_last).map(Told::id);
            let is_there = |name: &str| spans.iter().any(|told| told.span.name == name);
            spans.iter().any(|told| Some(told.parent_id()) == published)
                && ["process submissions", "subscription"].into_iter().all(is_there)
        })
        .await;
    let (all, spans) = (spans.clone(), of_trace(&spans));
    let published = spans.iter().find(is_last).unwrap();
    let delivered = spans.iter().find(|told| told.parent_id() == published.id()).unwrap();
    let way =
        ["deliver submissionEvents", "send submission-events", "process submissions", "send submissions", "mutation", "POST /graphql"];
    assert_eq!(way_up(&spans, delivered), (way.map(str::to_owned).to_vec(), CALLER.to_owned()));
    for phase in ["claim", "cell", "run", "judge", "record"] {
        assert_eq!(one(&spans, phase).parent_id(), one(&spans, "process submissions").id(), "{phase}");
    }
    assert_eq!(one(&spans, "queue").parent_id(), one(&spans, "send submissions").id());
    // The subscriber has a trace of its own, which the delivery points at.
    let subscription = one(&all, "subscription");
    assert_ne!(subscription.trace_id(), TRACE);
    assert_eq!(hex::encode(&delivered.span.links[0].span_id), subscription.id());
    says_what_the_conventions_say(&spans);
    for told in &spans {
        assert!(told.span.end_time_unix_nano >= told.span.start_time_unix_nano, "{told:?}");
        assert_ne!(told.span.status.clone().unwrap_or_default().code(), StatusCode::Error, "{told:?}");
    }
    let planted = ["PLANTED", "Planted", "planted", PASSWORD, SECRET, ada.token(), &ada.email, &ada.refresh_token, "converter"];
    collector.knows_nothing_of(&planted);
    app.stop().await;
}

fn says_what_the_conventions_say(spans: &[Told]) {
    for (name, kind, attributes) in [
        (
            "POST /graphql",
            SpanKind::Server,
            vec![("http.request.method", "POST"), ("http.route", "/graphql"), ("http.response.status_code", "200"), ("url.scheme", "http")],
        ),
        ("mutation", SpanKind::Server, vec![("graphql.operation.type", "mutation"), ("graphql.operation.name", "SubmitSolution")]),
        (
            "send submissions",
            SpanKind::Producer,
            vec![("messaging.system", "postgresql"), ("messaging.destination.name", "submissions"), ("messaging.operation.type", "send")],
        ),
        (
            "process submissions",
            SpanKind::Consumer,
            vec![("messaging.operation.type", "process"), ("wts.submission.kind", "SUBMISSION"), ("wts.submission.generation", "1")],
        ),
        ("record", SpanKind::Internal, vec![("wts.submission.verdict", "ACCEPTED")]),
    ] {
        let told = one(spans, name);
        assert_eq!(told.span.kind(), kind, "{name}");
        for (key, value) in attributes {
            assert_eq!(told.attribute(key).as_deref(), Some(value), "{name} {key}");
        }
    }
    let id = document_id("SubmitSolution");
    assert_eq!(one(spans, "mutation").attribute("graphql.document.hash").as_deref(), Some(id.trim_start_matches("sha256:")));
    let message = |name: &str| one(spans, name).attribute("messaging.message.id").unwrap();
    assert_eq!(message("send submissions"), message("process submissions"));
}

#[tokio::test]
async fn who_began_a_trace_decides_whether_it_is_told() {
    let collector = Collector::start().await;
    let app = told_to(&collector, []).await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = submit_within(&app, &ada, "00").await;
    ada.end(&app, &id).await;
    // Without a trace of its own the next request begins one, and so does one with a malformed header.
    let again = ada.run("print()").await;
    ada.end(&app, &again).await;
    let request = reqwest::Client::builder().build().unwrap().get(app.url("/graphql/schema.graphql"));
    request.header("traceparent", "00-nonsense").send().await.unwrap();
    let spans = collector
        .until(|spans| {
            let is_there = |name: &str| spans.iter().any(|told| told.span.name == name);
            is_there("process submissions") && is_there("GET /graphql/schema.graphql")
        })
        .await;
    assert!(spans.iter().all(|told| told.trace_id() != TRACE), "{:#?}", summary(&spans));
    // The worker knows of the decision: nothing of the first run is told.
    one(&spans, "process submissions");
    assert_eq!(one(&spans, "GET /graphql/schema.graphql").parent_id(), "");
    app.stop().await;
}

#[tokio::test]
async fn a_part_of_the_traces_may_be_told() {
    let collector = Collector::start().await;
    let mut traces = collector.settings();
    traces.sampling.ratio = 0.0;
    let app = TestApp::builder().config(move |config| config.telemetry.traces = Some(traces)).start().await;
    app.anonymous().query("{ __typename }", json!({})).await;
    app.app.traces.stop().await;
    assert!(collector.bodies().is_empty());
    app.stop().await;
}

#[tokio::test]
async fn faults_are_marked_and_refusals_are_named() {
    let collector = Collector::start().await;
    let app = told_to(&collector, [Act::breaks()]).await;
    let ada = app.learner("Ada").await;
    assert_eq!(ada.query_raw("{ users { nodes { id } } }", json!({})).await.code(), "FORBIDDEN");
    ada.end(&app, &ada.run("print()").await).await;
    let spans = collector.until(|spans| spans.iter().filter(|told| told.span.name == "process submissions").count() == 2).await;
    let refused = spans.iter().find(|told| told.attribute("error.type").as_deref() == Some("FORBIDDEN")).unwrap();
    assert_eq!((refused.span.name.as_str(), refused.span.status.clone().unwrap_or_default().code()), ("query", StatusCode::Unset));
    let fault = one(&spans, "fault");
    assert_eq!(fault.attribute("error.type").as_deref(), Some("CellDied"));
    assert_eq!(fault.span.status.clone().unwrap().code(), StatusCode::Error);
    app.stop().await;
}

/// How many spans ended so.
async fn spans_total(app: &TestApp, outcome: &str) -> u64 {
    let text = app.get("/metrics").await.text().await.unwrap();
    let name = format!("trace_spans_total{{outcome=\"{outcome}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(name.as_str())).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_collector_that_fails_costs_spans_and_nothing_else() {
    let collector = Collector::start().await;
    let mut traces = collector.settings();
    (traces.queue_max, traces.batch_max, traces.timeout) = (4, 1, Duration::from_millis(500));
    let app = TestApp::builder().config(move |config| config.telemetry.traces = Some(traces)).start().await;
    let ask = async |times: usize| {
        for _ in 0..times {
            assert_eq!(app.anonymous().query("{ __typename }", json!({})).await, json!({"__typename": "Query"}));
        }
    };
    collector.becomes(Mood::Hangs);
    ask(20).await;
    assert!(spans_total(&app, "queue_full").await > 0);
    collector.becomes(Mood::Refuses);
    let (mut failed, before) = (0, collector.bodies().len());
    while failed == 0 || collector.bodies().len() == before {
        ask(1).await;
        failed = spans_total(&app, "export_failed").await;
    }
    collector.becomes(Mood::Takes);
    while spans_total(&app, "exported").await == 0 {
        ask(1).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn the_last_spans_are_told_when_a_process_ends() {
    let collector = Collector::start().await;
    let mut traces = collector.settings();
    traces.delay = Duration::from_secs(3600);
    let app = TestApp::builder().config(move |config| config.telemetry.traces = Some(traces)).start().await;
    app.anonymous().query("query Last { __typename }", json!({})).await;
    assert!(collector.bodies().is_empty());
    app.app.traces.stop().await;
    let spans = collector.spans();
    let query = one(&spans, "query");
    assert_eq!((query.attribute("graphql.operation.name").as_deref(), query.attribute("graphql.document.hash")), (Some("Last"), None));
    assert_eq!(spans_total(&app, "exported").await, spans.len() as u64);
    app.stop().await;
}
