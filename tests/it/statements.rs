//! How many SQL statements an operation costs. The database has one connection here, so an operation that needed two at
//! once would not end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel_async::AsyncConnection;
use serde_json::{Value, json};

use crate::{
    authz::{finish, pass_quiz, run, set_instructor, submit},
    support::{TestApp, client::Client},
};

/// Counts what is sent, the ends of transactions left out.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicUsize>);

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            if !["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"].iter().any(|word| text.starts_with(word)) {
                self.0.fetch_add(1, Ordering::Relaxed);
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
                // Long enough that on a busy machine, too, all look-ups of a level meet in one batch.
                config.database.batch_delay = std::time::Duration::from_millis(25);
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
        let before = self.counter.0.load(Ordering::Relaxed);
        client.query(document, variables).await;
        self.counter.0.load(Ordering::Relaxed) - before
    }
}

const TRACKS: &str =
    "{ tracks(first: 10) { edges { cursor node { id slug title modules { id number title } } } pageInfo { hasNextPage } } }";
const TRACK: &str = "{ track(slug: \"python\") { id title modules { id title lessons { id slug minutes quiz { id } challenge { id slug } } \
    challenges { id slug points lesson { slug } } } } }";
const LESSON: &str = "{ lesson(slug: \"python-variables-and-types\") { id title body html version module { slug track { slug } } \
    quiz { id version questions { id prompt options { id text } } } challenge { slug title points } } }";
const CHALLENGE: &str = "{ challenge(slug: \"python-temperature-converter\") { id title statement files starter { path content } \
    tasks { id checks { id title } } version lesson { slug } module { slug } } }";
const PROFILE: &str = "{ viewer { id displayName email roles plan timeZone } }";
const PROGRESS: &str = "{ viewer { id xp level progress(trackSlug: \"python\") { lessonsCompleted } achievements { slug unlockedAt } } }";
const DASHBOARD: &str = include_str!("../../graphql/progress/Dashboard.graphql");
const LEDGER: &str =
    "{ viewer { xpEntries(first: 50) { nodes { id amount reason } } unreadNotifications notifications { nodes { title } } } }";
const BOARD: &str = "{ leaderboard(scope: {everyone: true}, period: WEEK) { learners nodes { rank displayName xp } ownEntry { rank } neighbours { rank } } }";
const LOCKS: &str = include_str!("../../graphql/progress/Locks.graphql");
const HISTORY: &str = "{ viewer { submissions(first: 20) { nodes { id kind status verdict score challenge { slug title } createdAt } pageInfo { endCursor } } } }";
const HISTORY_IN_FULL: &str = "{ viewer { submissions(first: 20) { nodes { id output { stdout } files { path content } checks { id status } challenge { slug } } } } }";
const SUBMISSION: &str = "query($id: ID!) { submission(id: $id) { id verdict score output { stdout } files { path } checks { id status message } \
    challenge { slug } eventCursor queuePosition etaMs } }";
const SAVE: &str = "mutation($input: SaveDraftInput!) { saveDraft(input: $input) { ... on SaveDraftSuccess { draft { updatedAt } } } }";
const CHECKS: &str = "mutation($input: RunChecksInput!) { runChecks(input: $input) { ... on RunChecksSuccess { submission { id } } } }";
const SEND: &str = "mutation($input: SendInputInput!) { sendInput(input: $input) { ... on SendInputSuccess { submission { id } } } }";
const RUN_OPEN: &str = "mutation($input: RunCodeInput!) { runCode(input: $input) { ... on RunCodeSuccess { submission { id } } } }";
const START: &str =
    "mutation($input: StartLessonInput!) { startLesson(input: $input) { ... on StartLessonSuccess { progress { dwellMs } } } }";

#[tokio::test]
async fn what_each_operation_costs() {
    let costs = Costs::start().await;
    let files = json!([{"path": "converter.py", "content": "x = 1"}]);
    let slug = "python-temperature-converter";
    let month = costs.app.clock.now().with_timezone(&chrono_tz::Europe::Berlin).format("%Y-%m").to_string();
    let table = [
        ("profile", PROFILE, json!({}), 1),
        ("tracks", TRACKS, json!({}), 2),
        ("track", TRACK, json!({}), 7),
        ("lesson", LESSON, json!({}), 10),
        ("challenge", CHALLENGE, json!({}), 4),
        ("progress", PROGRESS, json!({}), 11),
        ("dashboard", DASHBOARD, json!({}), 12),
        ("ledger", LEDGER, json!({}), 3),
        ("board", BOARD, json!({}), 6),
        ("locks", LOCKS, json!({"trackSlug": "python"}), 31),
        ("history", HISTORY, json!({}), 2),
        ("history in full", HISTORY_IN_FULL, json!({}), 4),
        ("finished submission", SUBMISSION, json!({"id": costs.submissions[0]}), 4),
        ("queued submission", SUBMISSION, json!({"id": costs.submissions[1]}), 4),
        ("save draft", SAVE, json!({"input": {"challengeSlug": slug, "files": files}}), 2),
        ("run checks", CHECKS, json!({"input": {"challengeSlug": slug, "files": files, "clientRequestId": "checks"}}), 14),
        ("send input", SEND, json!({"input": {"submissionId": costs.typed, "text": "x", "clientRequestId": "x"}}), 4),
        ("start lesson", START, json!({"input": {"lessonSlug": "python-variables-and-types"}}), 40),
        ("account", include_str!("../../graphql/accounts/Account.graphql"), json!({"id": costs.ada.id}), 1),
        ("viewer", include_str!("../../graphql/accounts/Viewer.graphql"), json!({}), 1),
        ("certificates", include_str!("../../graphql/certificates/Certificates.graphql"), json!({}), 2),
        ("verify", include_str!("../../graphql/certificates/VerifyCertificate.graphql"), json!({"code": "AAAAA-BBBBB-CCCCC-DDDDD"}), 1),
        ("report card", include_str!("../../graphql/reports/ReportCard.graphql"), json!({"month": month}), 18),
        ("report cards", include_str!("../../graphql/reports/ReportCards.graphql"), json!({"first": 20, "after": null}), 1),
        ("transcript", include_str!("../../graphql/reports/Transcript.graphql"), json!({}), 11),
        ("groups", include_str!("../../graphql/classroom/Groups.graphql"), json!({}), 2),
    ];
    let mut wrong = Vec::new();
    for (name, document, variables, wanted) in table {
        let mut got = costs.of(&costs.ada, document, variables.clone()).await;
        // A machine that stands still for longer than that splits a batch; it does not do so ten times.
        for _ in 0..9 {
            if got <= wanted || document.starts_with("mutation") {
                break;
            }
            got = got.min(costs.of(&costs.ada, document, variables.clone()).await);
        }
        if got > wanted {
            wrong.push(format!("{name}: {got} statements, and {wanted} are allowed"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_larger_group_costs_no_more() {
    let costs = Costs::start().await;
    set_instructor(&costs.app, &costs.ada).await;
    let ada = costs.ada.again(&costs.app).await;
    let create = "mutation { createGroup(input: {name: \"G\"}) { ... on CreateGroupSuccess { group { id invitationCode } } } }";
    let group = ada.query(create, json!({})).await["createGroup"]["group"].clone();
    let join = "mutation($code: String!) { joinGroup(input: {invitationCode: $code}) { __typename } }";
    let document = include_str!("../../graphql/classroom/Group.graphql");
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
