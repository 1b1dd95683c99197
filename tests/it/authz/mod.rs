//! Who gets what: every root field and every type with a global id, for every kind of viewer. A new root field or a new
//! type without a row here fails.

mod mutations;
mod nodes;
mod queries;
mod subscriptions;

use std::collections::BTreeSet;

use diesel::sql_types::{Text, Uuid};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use weak_to_strong::db::ids::{CertificateId, SubmissionId, TypedId, UserId};

use crate::support::{TestApp, client::Client};

/// The only open challenge of the seeds for somebody who passed its quiz, and its lesson.
const CHALLENGE: &str = "python-temperature-converter";
const LESSON: &str = "python-variables-and-types";

/// Everybody who asks, in the order of the columns of the tables; the last one has no column.
const VIEWERS: [&str; 6] = ["anonymous", "owner", "stranger", "instructor", "admin", "the owner's instructor"];

/// What a table says for each of [`VIEWERS`]: an error's code, or `ok`, or `null` for null without an error.
type Wanted = [&'static str; 5];

/// What the instructor who leads the owner's group gets where it is not what every other instructor gets.
const LEADER_GETS: &[(&str, &str)] = &[
    ("node", "ok"),
    ("submission", "ok"),
    ("submissionEvents", "ok"),
    ("group", "ok"),
    ("rotateGroupCode", "ok"),
    ("removeGroupMember", "ok"),
    ("deleteGroup", "ok"),
    ("Submission", "Submission"),
    ("Certificate", "Certificate"),
    ("Group", "Group"),
    ("GroupMember", "GroupMember"),
];

/// What a table says for one of [`VIEWERS`].
fn wanted_by(field: &str, wanted: &Wanted, viewer: usize) -> &'static str {
    let leader = || LEADER_GETS.iter().find(|(name, _)| *name == field).map_or(wanted[3], |(_, gets)| gets);
    wanted.get(viewer).copied().unwrap_or_else(leader)
}

const EVERYBODY: Wanted = ["ok"; 5];
const LOGGED_IN: Wanted = ["UNAUTHENTICATED", "ok", "ok", "ok", "ok"];
const ADMINS: Wanted = ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN", "FORBIDDEN", "ok"];

/// A root field, an operation that selects it, and what comes of it.
struct Row {
    field: &'static str,
    document: &'static str,
    variables: fn(&Cast, usize) -> Value,
    wanted: Wanted,
}

/// People and what they own.
struct Cast {
    app: TestApp,
    clients: Vec<Client>,
    /// Somebody who is administered.
    victim: Client,
    /// Finished attempt of the owner.
    attempt: String,
    /// Queued run of the owner.
    queued: String,
    /// All attempts at [`CHALLENGE`], judged again.
    rejudge: String,
    /// Of the owner.
    certificate: String,
    /// Group that the owner is in, and the owner's membership.
    group: [String; 2],
    /// The same for each of [`VIEWERS`] to change.
    spare: Vec<[String; 2]>,
}

impl Cast {
    async fn assemble() -> Self {
        let app = TestApp::start().await;
        let (owner, stranger) = (app.learner("Ada").await, app.learner("Eve").await);
        let (instructor, victim) = (app.learner("Ines").await, app.learner("Vic").await);
        let admin = app.admin().await;
        set_instructor(&app, &instructor).await;
        pass_quiz(&app, &owner).await;
        let attempt = submit(&owner).await;
        finish(&app, &attempt).await;
        let queued = run(&owner).await;
        let rejudge = start_rejudge(&admin).await;
        let leader = app.learner("Lea").await;
        set_instructor(&app, &leader).await;
        let certificate = certify(&app, &owner).await;
        let group = make_group(&leader, &owner).await;
        let mut spare = Vec::new();
        for _ in VIEWERS {
            spare.push(make_group(&leader, &owner).await);
        }
        let clients = vec![app.anonymous(), owner, stranger, instructor, admin, leader];
        Self { app, clients, victim, attempt, queued, rejudge, certificate, group, spare }
    }

    fn owner(&self) -> &Client {
        &self.clients[1]
    }

    /// The outcome of a query or mutation, in the words of the tables.
    async fn outcome(&self, viewer: usize, row: &Row) -> String {
        let answer = self.clients[viewer].query_raw(row.document, (row.variables)(self, viewer)).await;
        if let Some(code) = answer.body["errors"][0]["extensions"]["code"].as_str() {
            let nothing = answer.body["data"].is_null() || answer.body["data"].as_object().unwrap().values().all(Value::is_null);
            assert!(nothing, "{} gave something beside its error: {}", row.field, answer.body);
            return code.to_owned();
        }
        let root = answer.body["data"].as_object().and_then(|data| data.values().next()).unwrap_or(&Value::Null);
        if root.is_null() { "null".to_owned() } else { "ok".to_owned() }
    }
}

async fn start_rejudge(admin: &Client) -> String {
    let document = "mutation($input: StartRejudgeInput!) { startRejudge(input: $input) { ... on StartRejudgeSuccess { rejudge { id } } } }";
    let data = admin.query(document, json!({"input": {"challengeSlug": CHALLENGE}})).await;
    data["startRejudge"]["rejudge"]["id"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned()
}

/// A group of the leader's that the owner is in, and the owner's membership.
pub async fn make_group(leader: &Client, owner: &Client) -> [String; 2] {
    let create = "mutation { createGroup(input: {name: \"G\"}) { ... on CreateGroupSuccess { group { id invitationCode } } } }";
    let group = leader.query(create, json!({})).await["createGroup"]["group"].clone();
    let join = "mutation($code: String!) { joinGroup(input: {invitationCode: $code}) { ... on JoinGroupSuccess { member { id } } } }";
    let joined = owner.query(join, json!({"code": group["invitationCode"]})).await["joinGroup"]["member"]["id"].clone();
    [group["id"].clone(), joined].map(|id| id.as_str().unwrap().to_owned())
}

/// As if the learner had earned a certificate.
pub async fn certify(app: &TestApp, client: &Client) -> String {
    let (id, owner) = (CertificateId::generate(), UserId::parse(&client.id).map_err(weak_to_strong::error::Error::into_anyhow).unwrap());
    diesel::sql_query(
        "INSERT INTO certificates (id, user_id, kind, code, recipient, title, statement, evidence, issued_at) \
         VALUES ($1, $2, 'challenges-10', 'AAAAA-BBBBB-CCCCC-DDDDD', 'Ada', '10 Challenges', 'has passed.', '{}', now())",
    )
    .bind::<Uuid, _>(id.uuid())
    .bind::<Uuid, _>(owner.uuid())
    .execute(&mut app.conn().await)
    .await
    .unwrap();
    id.to_string()
}

pub async fn set_instructor(app: &TestApp, client: &Client) {
    let id = UserId::parse(&client.id).map_err(weak_to_strong::error::Error::into_anyhow).unwrap().uuid();
    diesel::sql_query("UPDATE users SET roles = '{LEARNER,INSTRUCTOR}' WHERE id = $1")
        .bind::<Uuid, _>(id)
        .execute(&mut app.conn().await)
        .await
        .unwrap();
}

/// As if the quiz that opens [`CHALLENGE`] had been answered.
pub async fn pass_quiz(app: &TestApp, client: &Client) {
    let id = UserId::parse(&client.id).map_err(weak_to_strong::error::Error::into_anyhow).unwrap().uuid();
    let done = diesel::sql_query(
        "INSERT INTO quiz_attempts (id, user_id, quiz_id, content_version_id, number, answers, score, created_at) \
         SELECT gen_random_uuid(), $1, q.id, q.version_id, 1, '[]', 100, now() - interval '1 hour' \
         FROM quizzes q JOIN lessons l ON l.id = q.lesson_id WHERE l.slug = $2 AND q.retired_at IS NULL",
    )
    .bind::<Uuid, _>(id)
    .bind::<Text, _>(LESSON)
    .execute(&mut app.conn().await)
    .await
    .unwrap();
    assert_eq!(done, 1, "the seeds have no such quiz");
}

pub async fn submit(client: &Client) -> String {
    submit_as(client, "first").await
}

pub async fn submit_as(client: &Client, request_id: &str) -> String {
    let input = json!({"challengeSlug": CHALLENGE, "files": [{"path": "converter.py", "content": "x = 1"}], "clientRequestId": request_id});
    let document = "mutation($input: SubmitSolutionInput!) { submitSolution(input: $input) { ... on SubmitSolutionSuccess { submission { id } } ... on UserError { message } } }";
    let data = client.query(document, json!({"input": input})).await;
    data["submitSolution"]["submission"]["id"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned()
}

pub async fn run(client: &Client) -> String {
    let input = json!({"runtime": "PYTHON", "files": [{"path": "main.py", "content": "print(1)"}], "clientRequestId": "run"});
    let document = "mutation($input: RunCodeInput!) { runCode(input: $input) { ... on RunCodeSuccess { submission { id } } ... on UserError { message } } }";
    let data = client.query(document, json!({"input": input})).await;
    data["runCode"]["submission"]["id"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned()
}

/// As if a worker had judged it.
pub async fn finish(app: &TestApp, submission: &str) {
    let id = SubmissionId::parse(submission).map_err(weak_to_strong::error::Error::into_anyhow).unwrap().uuid();
    diesel::sql_query(
        "UPDATE submissions SET status = 'FINISHED', verdict = 'WRONG_ANSWER', score = 0, max_score = 80, uses_attempt = true, \
         generation = 1, final_seq = 1, stdout = 'a secret', started_at = now(), finished_at = now() WHERE id = $1",
    )
    .bind::<Uuid, _>(id)
    .execute(&mut app.conn().await)
    .await
    .unwrap();
}

/// The root fields that introspection shows, such as `Query.viewer`.
async fn root_fields(client: &Client, root: &str) -> BTreeSet<String> {
    let data = client.query("query($root: String!) { __type(name: $root) { fields { name } } }", json!({"root": root})).await;
    let fields = data["__type"]["fields"].as_array().unwrap().clone();
    fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

/// Walks a table; all its faults at once.
async fn walk(cast: &Cast, root: &str, rows: &[Row]) {
    let listed: BTreeSet<String> = rows.iter().map(|row| row.field.to_owned()).collect();
    pretty_assertions::assert_eq!(listed, root_fields(cast.owner(), root).await, "the table has to name every field of {root}");
    let mut wrong = Vec::new();
    for row in rows {
        for (viewer, who) in VIEWERS.iter().enumerate() {
            let wanted = wanted_by(row.field, &row.wanted, viewer);
            let got = cast.outcome(viewer, row).await;
            if got != wanted {
                wrong.push(format!("{root}.{} as {}: {got} instead of {wanted}", row.field, who));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
