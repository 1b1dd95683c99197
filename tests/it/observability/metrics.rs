use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::ACCEPT;
use serde_json::json;

use crate::support::{
    TestApp,
    client::Client,
    learning::names,
    scripted::{Act, Gate, Scripted},
    ws::Socket,
};

const LEADERBOARD_EVENTS: &str = include_str!("../../../graphql/boards/LeaderboardEvents.graphql");

/// What `/metrics` shows: each series, as it is written, with its value.
pub struct Shown {
    pub series: BTreeMap<String, f64>,
    /// Name and type of each family.
    pub families: BTreeMap<String, String>,
}

impl Shown {
    pub async fn by(app: &TestApp) -> Self {
        let text = app.get("/metrics").await.text().await.unwrap();
        let (mut series, mut families) = (BTreeMap::new(), BTreeMap::new());
        for line in text.lines() {
            if let Some(family) = line.strip_prefix("# TYPE ") {
                let (name, kind) = family.split_once(' ').unwrap();
                families.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                series.insert(name.to_owned(), value.parse().unwrap());
            }
        }
        Self { series, families }
    }

    #[track_caller]
    pub fn value(&self, series: &str) -> f64 {
        *self.series.get(series).unwrap_or_else(|| panic!("{series} is not in {:#?}", self.series))
    }

    /// Counts are whole.
    fn is(&self, series: &str, value: f64) -> bool {
        (self.value(series) - value).abs() < 0.5
    }

    /// The family of a series, and the names of its labels.
    pub fn family(&self, series: &str) -> (String, BTreeSet<String>) {
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let is_histogram = |family: &str| self.families.get(family).is_some_and(|kind| kind == "histogram");
        let whole = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part).filter(|name| is_histogram(name)));
        let labels = labels.trim_end_matches('}').split("\",").filter_map(|label| label.split_once('=')).map(|(name, _)| name.to_owned());
        (whole.unwrap_or(name).to_owned(), labels.filter(|name| name != "le").collect())
    }
}

/// A server on which a bit of everything has happened.
pub async fn after_traffic() -> TestApp {
    let gate = Gate::default();
    let app = TestApp::builder().sandbox(Scripted::new([Act::passes(), Act::passes().after(&["hello"], &gate)])).start().await;
    let ada = app.learner("Ada").await;
    let mut socket = ada.socket(&app).await;
    let own = socket.viewer_events(None).await;
    assert_eq!(names(&socket.events(&own, 1).await), ["ViewerSnapshot"]);
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let id = ada.run("print()").await;
    let stream = socket.submission_events(&id, None).await;
    let first = socket.event(&stream).await.unwrap();
    gate.open();
    while socket.event(&stream).await.is_some() {}
    ada.follow_after(&app, &id, Some(&first["cursor"])).await;
    socket.events(&own, 1).await;
    let cursor = board(&mut socket, None).await;
    board(&mut socket, Some(&cursor)).await;
    ada.query("{ __typename }", json!({})).await;
    let other = socket.submission_events(&id, Some(&json!("no cursor"))).await;
    assert_eq!(socket.refusal(&other).await, "BAD_USER_INPUT");
    socket.leave().await;
    app
}

/// The cursor of a leaderboard's first snapshot.
async fn board(socket: &mut Socket, after: Option<&serde_json::Value>) -> serde_json::Value {
    let variables = json!({"scope": {"everyone": true}, "period": "ALL_TIME", "after": after});
    let stream = socket.subscribe(LEADERBOARD_EVENTS, variables).await;
    let events = socket.events(&stream, if after.is_some() { 2 } else { 1 }).await;
    socket.complete(&stream).await;
    assert_eq!(names(&events).last(), Some(&"LeaderboardSnapshot"));
    events.last().unwrap()["cursor"].clone()
}

#[tokio::test]
async fn what_happens_is_counted() {
    let app = after_traffic().await;
    let shown = Shown::by(&app).await;
    for (series, value) in [
        (r#"subscription_starts_total{field="viewerEvents",outcome="snapshot"}"#, 1.0),
        // That of the attempt, and that of the run.
        (r#"subscription_starts_total{field="submissionEvents",outcome="snapshot"}"#, 2.0),
        (r#"subscription_starts_total{field="submissionEvents",outcome="resumed"}"#, 1.0),
        (r#"subscription_starts_total{field="submissionEvents",outcome="refused"}"#, 1.0),
        (r#"subscription_starts_total{field="leaderboardEvents",outcome="snapshot"}"#, 1.0),
        (r#"subscription_starts_total{field="leaderboardEvents",outcome="reset"}"#, 1.0),
        (r#"submissions_total{kind="SUBMISSION",verdict="ACCEPTED"}"#, 1.0),
        (r#"submissions_total{kind="RUN",verdict="ACCEPTED"}"#, 1.0),
        (r#"submission_phase_seconds_count{phase="record"}"#, 2.0),
        (r#"graphql_errors_total{code="BAD_USER_INPUT"}"#, 1.0),
        (r#"queue_rows{queue="submissions"}"#, 0.0),
        (r#"queue_oldest_seconds{queue="submissions"}"#, 0.0),
        (r#"sandbox_cells{runtime="python",state="warm"}"#, 1.0),
        ("submissions_running", 0.0),
        ("worker_runs", 0.0),
        ("worker_slots", 2.0),
    ] {
        assert!(shown.is(series, value), "{series} is {}", shown.value(series));
    }
    for series in [
        r#"subscription_lag_seconds_count{field="submissionEvents"}"#,
        r#"subscription_lag_seconds_count{field="viewerEvents"}"#,
        r#"graphql_cost_spent_total{type="query"}"#,
        r#"graphql_cost_spent_total{type="mutation"}"#,
        r#"graphql_cost_spent_total{type="subscription"}"#,
        r#"graphql_operation_seconds_count{document="other",type="mutation"}"#,
        r#"database_connections_open{pool="requests"}"#,
        r#"database_connections_open{pool="work"}"#,
        r#"database_connections_max{pool="work"}"#,
        "process_resident_memory_bytes",
    ] {
        assert!(shown.value(series) > 0.0, "{series}");
    }
    app.stop().await;
}

/// Everything a client may choose, chosen to become a label.
async fn hostile(app: &TestApp, ada: &Client, round: usize) {
    let name = format!("Chosen{round}");
    for document in [
        format!("query {name} {{ __typename }}"),
        format!("{{ {name} }}"),
        format!("mutation {name} {{ {name} }}"),
        format!("subscription {name} {{ {name} }}"),
        format!("{{ track(slug: \"{name}\") {{ id }} }}"),
        format!("{{{name}"),
    ] {
        ada.query_raw(&document, json!({})).await;
    }
    let mut socket = ada.socket(app).await;
    for document in [format!("subscription {{ {name} {{ id }} }}"), format!("subscription {{ {name}: viewerEvents {{ __typename }} }}")] {
        let id = socket.subscribe(&document, json!({})).await;
        socket.message(&id).await;
    }
    socket.send(json!({"type": name})).await;
    assert_eq!(socket.closed().await.code, 4400);
    app.get(&format!("/{name}")).await;
    let http = reqwest::Client::builder().build().unwrap();
    let method = reqwest::Method::from_bytes(name.to_uppercase().as_bytes()).unwrap();
    http.request(method, app.url("/graphql")).send().await.unwrap();
    let stream = http.post(app.url("/graphql")).header(ACCEPT, "text/event-stream").header("x-request-id", format!("id-{name}"));
    stream.json(&json!({"query": format!("subscription {{ {name} {{ id }} }}")})).send().await.unwrap().text().await.unwrap();
}

#[tokio::test]
async fn no_client_can_make_a_label() {
    let app = after_traffic().await;
    let ada = app.learner("Bob").await;
    hostile(&app, &ada, 0).await;
    let before = Shown::by(&app).await;
    for round in 1..4 {
        hostile(&app, &ada, round).await;
    }
    let after = Shown::by(&app).await;
    let new: Vec<&String> = after.series.keys().filter(|series| !before.series.contains_key(*series)).collect();
    assert!(new.is_empty(), "{new:#?}");
    let chosen: Vec<&String> = after.series.keys().filter(|series| series.to_lowercase().contains("chosen")).collect();
    assert!(chosen.is_empty(), "{chosen:#?}");
    app.stop().await;
}

#[tokio::test]
async fn what_waits_is_shown_while_it_waits() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    for _ in 0..3 {
        ada.run("print()").await;
    }
    app.clock.advance(chrono::TimeDelta::seconds(90));
    let shown = Shown::by(&app).await;
    assert!(shown.is(r#"queue_rows{queue="submissions"}"#, 3.0));
    assert!(shown.value(r#"queue_oldest_seconds{queue="submissions"}"#) >= 90.0);
    // Without its database a process shows what it knows by itself.
    app.app.close();
    let shown = Shown::by(&app).await;
    assert!(!shown.families.contains_key("queue_rows") && shown.families.contains_key("graphql_operations_total"));
}
