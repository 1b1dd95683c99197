//! How many SQL statements an operation costs. The database has one connection here, so an operation that needed two at
//! once would not end.

mod cast;
mod documents;

use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_async::AsyncConnection;
use serde_json::{Value, json};

use crate::{
    authz::{finish, pass_quiz, run, set_instructor, submit},
    support::{TestApp, client::Client},
};

/// Keeps what is sent, the ends of transactions left out, and what publishes the outbox behind every operation.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<Vec<String>>>);

impl Counter {
    /// The statements since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let ends = ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].iter().any(|word| text.starts_with(word));
            let publishes = text.contains("\"outbox\"") && !text.starts_with("INSERT");
            if !ends && !publishes {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            }
        }
    }
}

struct Costs {
    app: TestApp,
    ada: Client,
    counter: Counter,
    /// A finished attempt and a queued run.
    submissions: [String; 2],
    /// A queued run that can be typed into.
    typed: String,
}

impl Costs {
    async fn start() -> Self {
        let app = TestApp::builder()
            .config(|config| {
                config.database.connections_max = 1;
                // The look at the session is the same for all, and not counted.
                config.auth.session_cache_ttl = std::time::Duration::from_secs(3_600);
            })
            .start()
            .await;
        let ada = app.learner("Ada").await;
        pass_quiz(&app, &ada).await;
        let attempt = submit(&ada).await;
        finish(&app, &attempt).await;
        let submissions = [attempt, run(&ada).await];
        let files = json!([{"path": "main.py", "content": "input()"}]);
        let open = json!({"input": {"runtime": "PYTHON", "files": files, "stdinOpen": true, "clientRequestId": "open"}});
        let typed = ada.query(RUN_OPEN, open).await["runCode"]["submission"]["id"].as_str().unwrap().to_owned();
        let counter = Counter::default();
        app.conn().await.set_instrumentation(counter.clone());
        Self { app, ada, counter, submissions, typed }
    }

    /// The statements of one operation that succeeds.
    async fn of(&self, client: &Client, document: &str, variables: Value) -> usize {
        self.counter.take();
        client.query(document, variables).await;
        self.counter.take().len()
    }
}

const RUN_OPEN: &str = "mutation($input: RunCodeInput!) { runCode(input: $input) { ... on RunCodeSuccess { submission { id } } } }";
const HISTORY_IN_FULL: &str = "{ viewer { submissions(first: 20) { nodes { id output { stdout } files { path content } checks { id status } challenge { slug } } } } }";

#[tokio::test]
async fn a_larger_group_costs_no_more() {
    let costs = Costs::start().await;
    set_instructor(&costs.app, &costs.ada).await;
    let ada = costs.ada.again(&costs.app).await;
    let create = "mutation { createGroup(input: {name: \"G\"}) { ... on CreateGroupSuccess { group { id invitationCode } } } }";
    let group = ada.query(create, json!({})).await["createGroup"]["group"].clone();
    let join = "mutation($code: String!) { joinGroup(input: {invitationCode: $code}) { __typename } }";
    let document = include_str!("../../../graphql/classroom/Group.graphql");
    let variables = || json!({"id": group["id"], "first": 50, "after": null, "trackSlug": "python"});
    let mut counted = Vec::new();
    for names in [["Bea", "Cleo"], ["Dora", "Eve"]] {
        for name in names {
            costs.app.learner(name).await.query(join, json!({"code": group["invitationCode"]})).await;
        }
        let mut least = usize::MAX;
        for _ in 0..9 {
            least = least.min(costs.of(&ada, document, variables()).await);
        }
        counted.push(least);
    }
    assert_eq!(counted[0], counted[1]);
    assert!(counted[0] <= 14, "{counted:?}");
}

#[tokio::test]
async fn a_longer_page_costs_no_more() {
    let costs = Costs::start().await;
    let short = costs.of(&costs.ada, HISTORY_IN_FULL, json!({})).await;
    for number in 0..5 {
        let files = json!([{"path": "converter.py", "content": format!("x = {number}")}]);
        let input = json!({"challengeSlug": "python-temperature-converter", "files": files, "clientRequestId": format!("more-{number}")});
        let data = costs
            .ada
            .query(
                "mutation($input: RunChecksInput!) { runChecks(input: $input) { ... on RunChecksSuccess { submission { id } } } }",
                json!({"input": input}),
            )
            .await;
        finish(&costs.app, data["runChecks"]["submission"]["id"].as_str().unwrap()).await;
    }
    assert_eq!(costs.of(&costs.ada, HISTORY_IN_FULL, json!({})).await, short);
}
