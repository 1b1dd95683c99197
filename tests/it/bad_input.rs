//! What clients get wrong, through the door: each gets a coded answer, loses nothing and leaves the server healthy.
//! The protocol's own cases are in `protocol`; another account's ids at every root field in `authz`.

use serde_json::{Value, json};

use crate::{
    authz::{finish, pass_quiz, submit},
    support::{
        TestApp,
        client::{Client, PASSWORD},
        ws::Socket,
    },
};

const CHALLENGE: &str = "python-temperature-converter";
const LESSON: &str = "python-variables-and-types";

/// What was sent, as words for a failure; the document; its variables; the code of the error or of the refusal.
type Case = (&'static str, &'static str, Value, &'static str);

macro_rules! mutation {
    ($field:literal, $input:literal) => {
        concat!("mutation($input: ", $input, "!) { ", $field, "(input: $input) { __typename ... on UserError { code path } } }")
    };
}

const SUBMIT: &str = mutation!("submitSolution", "SubmitSolutionInput");
const RUN: &str = mutation!("runCode", "RunCodeInput");
const SAVE: &str = mutation!("saveDraft", "SaveDraftInput");
const REGISTER: &str = mutation!("register", "RegisterInput");
const REPORT: &str = mutation!("reportProblem", "ReportProblemInput");
const QUIZ: &str = mutation!("answerQuiz", "AnswerQuizInput");
const CANCEL: &str = mutation!("cancelSubmission", "CancelSubmissionInput");
const HEARTBEAT: &str = "mutation($input: HeartbeatLessonInput!) { heartbeatLesson(input: $input) { __typename } }";
const TRACKS: &str = "query($first: Int, $after: String) { tracks(first: $first, after: $after) { nodes { slug } } }";
const SUBMISSIONS: &str = "query($first: Int, $after: String, $last: Int, $before: String, $slug: String) { viewer { \
    submissions(challengeSlug: $slug, first: $first, after: $after, last: $last, before: $before) { nodes { id } } } }";

/// The code of the first error, or of the refusal at the root; `ok` when there is neither.
fn code(body: &Value) -> String {
    let root = body["data"].as_object().and_then(|data| data.values().next()).unwrap_or(&Value::Null);
    let found = body["errors"][0]["extensions"]["code"].as_str().or(root["code"].as_str());
    found.unwrap_or("ok").to_owned()
}

/// Sends every case; all that came out otherwise at once. A good request follows each.
async fn walk(client: &Client, cases: Vec<Case>) {
    let mut wrong = Vec::new();
    for (name, document, variables, wanted) in cases {
        let answer = client.query_raw(document, variables).await;
        let got = code(&answer.body);
        if got != wanted {
            wrong.push(format!("{name}: {got} instead of {wanted}: {}", answer.body));
        }
        let healthy = client.query("{ track(slug: \"python\") { slug } }", json!({})).await;
        assert_eq!(healthy["track"]["slug"], "python", "after {name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn file(path: &str, content: &str) -> Value {
    json!([{"path": path, "content": content}])
}

#[expect(clippy::needless_pass_by_value, reason = "callers write json!(..) in place")]
fn solution(files: Value) -> Value {
    json!({"input": {"challengeSlug": CHALLENGE, "files": files, "clientRequestId": "bad"}})
}

/// A good input with some fields replaced.
fn changed(mut input: Value, change: &Value) -> Value {
    input["input"].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    input
}

async fn submissions(client: &Client) -> Value {
    client.query("{ viewer { submissions(first: 100) { nodes { id verdict } } drafts { files { path content } } } }", json!({})).await
}

#[tokio::test]
async fn solutions_that_cannot_be_judged() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    pass_quiz(&app, &ada).await;
    let attempt = submit(&ada).await;
    finish(&app, &attempt).await;
    ada.query(SAVE, json!({"input": {"challengeSlug": CHALLENGE, "files": file("converter.py", "kept = True")}})).await;
    let before = submissions(&ada).await;

    let many: Vec<Value> = (0..21).map(|number| json!({"path": format!("f{number}.py"), "content": "x"})).collect();
    let good = || solution(file("converter.py", "x = 1"));
    let twice = json!([{"path": "converter.py", "content": "x"}, {"path": "converter.py", "content": "y"}]);
    let mut cases = vec![
        ("64 KiB and a byte", SUBMIT, solution(file("converter.py", &"x".repeat(64 * 1024 + 1))), "SOLUTION_TOO_LARGE"),
        ("21 files", SUBMIT, solution(json!(many)), "SOLUTION_TOO_LARGE"),
        ("no file", SUBMIT, solution(json!([])), "NOT_GRADABLE"),
        ("an empty file", SUBMIT, solution(file("converter.py", "")), "NOT_GRADABLE"),
        ("white space", SUBMIT, solution(file("converter.py", " \n\t")), "NOT_GRADABLE"),
        ("a path twice", SUBMIT, solution(twice), "INVALID_INPUT"),
        ("NUL in a file", SUBMIT, solution(file("converter.py", "x\0")), "INVALID_INPUT"),
        ("an unknown challenge", SUBMIT, changed(good(), &json!({"challengeSlug": "nothing"})), "NOT_FOUND"),
        ("NUL in a slug", SUBMIT, changed(good(), &json!({"challengeSlug": "a\0"})), "NOT_FOUND"),
        ("a huge slug", SUBMIT, changed(good(), &json!({"challengeSlug": "a".repeat(100_000)})), "NOT_FOUND"),
        ("an empty request id", SUBMIT, changed(good(), &json!({"clientRequestId": ""})), "INVALID_INPUT"),
        ("a long request id", SUBMIT, changed(good(), &json!({"clientRequestId": "x".repeat(101)})), "INVALID_INPUT"),
        ("NUL in a request id", SUBMIT, changed(good(), &json!({"clientRequestId": "a\0"})), "INVALID_INPUT"),
        ("a request id of ours", SUBMIT, changed(good(), &json!({"clientRequestId": "rejudge:x"})), "INVALID_INPUT"),
        (
            "a request id used otherwise",
            SUBMIT,
            changed(good(), &json!({"clientRequestId": "first", "files": file("converter.py", "y")})),
            "CONFLICT",
        ),
        (
            "a locked challenge",
            SUBMIT,
            changed(solution(file("word_frequency.py", "x = 1")), &json!({"challengeSlug": "python-word-frequency"})),
            "CHALLENGE_LOCKED",
        ),
    ];
    let paths = [
        "other.py",
        "../converter.py",
        "a/../converter.py",
        "/etc/passwd",
        "conftest.py",
        "judge.py",
        ".hidden",
        "",
        "converter.py\0",
        "a\\b.py",
    ];
    for path in paths {
        cases.push(("a path outside the list", SUBMIT, solution(file(path, "x = 1")), "INVALID_INPUT"));
        let draft = json!({"input": {"challengeSlug": CHALLENGE, "files": file(path, "x = 1")}});
        cases.push(("a draft outside the list", SAVE, draft, "INVALID_INPUT"));
    }
    let draft = |files: Value| json!({"input": {"challengeSlug": CHALLENGE, "files": files}});
    cases.push(("a draft without files", SAVE, draft(json!([])), "INVALID_INPUT"));
    cases.push(("NUL in a draft", SAVE, draft(file("converter.py", "\0")), "INVALID_INPUT"));
    cases.push(("a large draft", SAVE, draft(file("converter.py", &"x".repeat(64 * 1024 + 1))), "SOLUTION_TOO_LARGE"));
    cases.push(("a draft for nothing", SAVE, json!({"input": {"challengeSlug": "nothing", "files": []}}), "NOT_FOUND"));
    walk(&ada, cases).await;
    assert_eq!(submissions(&ada).await, before, "something was lost or added");
}

#[tokio::test]
async fn programs_that_cannot_run() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let good = || json!({"input": {"runtime": "PYTHON", "files": file("main.py", "print(1)"), "clientRequestId": "bad"}});
    let with = |change: Value| changed(good(), &change);
    let many = vec!["x"; 51];
    walk(
        &ada,
        vec![
            ("an entry that is not sent", RUN, with(json!({"entry": "other.py"})), "INVALID_INPUT"),
            ("NUL in the entry", RUN, with(json!({"entry": "main.py\0"})), "INVALID_INPUT"),
            ("NUL in an argument", RUN, with(json!({"args": ["a\0"]})), "INVALID_INPUT"),
            ("51 arguments", RUN, with(json!({"args": many})), "INVALID_INPUT"),
            ("large arguments", RUN, with(json!({"args": ["x".repeat(9_000)]})), "INVALID_INPUT"),
            ("NUL in the input", RUN, with(json!({"stdin": "a\0b"})), "INVALID_INPUT"),
            ("a large input", RUN, with(json!({"stdin": "x".repeat(64 * 1024 + 1)})), "SOLUTION_TOO_LARGE"),
            ("a runtime that is none", RUN, with(json!({"runtime": "COBOL"})), "GRAPHQL_VALIDATION_FAILED"),
            ("a runtime that nobody offers", RUN, with(json!({"runtime": "WEB"})), "INVALID_INPUT"),
            ("a path outside", RUN, with(json!({"files": file("../main.py", "x")})), "INVALID_INPUT"),
            ("nothing", RUN, with(json!({"files": file("main.py", " ")})), "NOT_GRADABLE"),
        ],
    )
    .await;
    assert_eq!(submissions(&ada).await["viewer"]["submissions"]["nodes"], json!([]));
}

#[tokio::test]
async fn accounts_that_cannot_be() {
    let app = TestApp::start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    let good = || json!({"input": {"email": "new@example.org", "password": PASSWORD, "displayName": "New", "timeZone": "UTC"}});
    let with = |change: Value| changed(good(), &change);
    let login = mutation!("login", "LoginInput");
    let refresh = mutation!("refreshSession", "RefreshSessionInput");
    walk(
        &app.anonymous(),
        vec![
            ("NUL in a name", REGISTER, with(json!({"displayName": "a\0"})), "INVALID_INPUT"),
            ("NUL in an address", REGISTER, with(json!({"email": "a\0@example.org"})), "INVALID_INPUT"),
            ("NUL in a zone", REGISTER, with(json!({"timeZone": "UTC\0"})), "INVALID_INPUT"),
            ("a huge password", REGISTER, with(json!({"password": "x".repeat(200_000)})), "WEAK_PASSWORD"),
            ("NUL in an address to sign in", login, json!({"input": {"email": "a\0@example.org", "password": "x"}}), "INVALID_CREDENTIALS"),
            ("NUL in a password", login, json!({"input": {"email": ada.email, "password": "x\0"}}), "INVALID_CREDENTIALS"),
            ("NUL in a refresh token", refresh, json!({"input": {"refreshToken": "x\0"}}), "INVALID_REFRESH_TOKEN"),
            ("a huge refresh token", refresh, json!({"input": {"refreshToken": "x".repeat(200_000)}}), "INVALID_REFRESH_TOKEN"),
        ],
    )
    .await;
    let suspend = mutation!("suspendUser", "SuspendUserInput");
    let role = mutation!("setUserRole", "SetUserRoleInput");
    walk(
        &admin,
        vec![
            ("NUL in a reason", suspend, json!({"input": {"userId": ada.id, "reason": "x\0"}}), "INVALID_INPUT"),
            ("a long reason", suspend, json!({"input": {"userId": ada.id, "reason": "x".repeat(501)}}), "INVALID_INPUT"),
            (
                "an id of something else",
                suspend,
                json!({"input": {"userId": "track_01h455vb4pex5vsknk084sn02q", "reason": "x"}}),
                "NOT_FOUND",
            ),
            (
                "a role that is none",
                role,
                json!({"input": {"userId": ada.id, "role": "KING", "granted": true}}),
                "GRAPHQL_VALIDATION_FAILED",
            ),
            ("the role of all", role, json!({"input": {"userId": ada.id, "role": "LEARNER", "granted": false}}), "INVALID_INPUT"),
        ],
    )
    .await;
    assert_eq!(ada.query("{ viewer { roles } }", json!({})).await["viewer"]["roles"], json!(["LEARNER"]), "somebody was suspended");
}

#[tokio::test]
async fn lessons_and_quizzes_answered_wrongly() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let quiz = |answers: Value| json!({"input": {"lessonSlug": LESSON, "answers": answers}});
    let answer = |question: &str, option: &str| json!([{"questionId": question, "optionIds": [option]}]);
    let start = mutation!("startLesson", "StartLessonInput");
    let hint = mutation!("revealHint", "RevealHintInput");
    let lesson_id =
        ada.query("query($slug: String!) { lesson(slug: $slug) { id } }", json!({"slug": LESSON})).await["lesson"]["id"].clone();
    let report = |item: &Value, message: &str| json!({"input": {"itemId": item, "message": message}});
    walk(
        &ada,
        vec![
            ("no answers", QUIZ, quiz(json!([])), "INVALID_INPUT"),
            ("a question that is none", QUIZ, quiz(answer("nothing", "text")), "INVALID_INPUT"),
            ("NUL in a question", QUIZ, quiz(answer("join-or-add\0", "text")), "INVALID_INPUT"),
            ("NUL in an option", QUIZ, quiz(answer("join-or-add", "text\0")), "INVALID_INPUT"),
            ("a lesson that is none", QUIZ, json!({"input": {"lessonSlug": "nothing", "answers": []}}), "NOT_FOUND"),
            ("NUL in a lesson", start, json!({"input": {"lessonSlug": "a\0"}}), "NOT_FOUND"),
            ("a locked lesson", start, json!({"input": {"lessonSlug": "python-collections"}}), "LESSON_LOCKED"),
            ("a heartbeat without a start", HEARTBEAT, json!({"input": {"lessonSlug": LESSON}}), "BAD_USER_INPUT"),
            ("a hint of nothing", hint, json!({"input": {"challengeSlug": "nothing"}}), "NOT_FOUND"),
            ("NUL in a challenge", hint, json!({"input": {"challengeSlug": "a\0"}}), "NOT_FOUND"),
            ("an empty report", REPORT, report(&lesson_id, "  "), "INVALID_INPUT"),
            ("a long report", REPORT, report(&lesson_id, &"x".repeat(2_001)), "INVALID_INPUT"),
            ("NUL in a report", REPORT, report(&lesson_id, "x\0"), "INVALID_INPUT"),
            ("a report on nothing", REPORT, report(&json!("lesson_01h455vb4pex5vsknk084sn02q"), "x"), "NOT_FOUND"),
        ],
    )
    .await;
    assert_eq!(ada.query("{ viewer { xp } }", json!({})).await["viewer"]["xp"], 0);
}

#[tokio::test]
async fn ids_pages_and_cursors_that_are_none() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let cursor = ada.query("{ tracks(first: 1) { pageInfo { endCursor } } }", json!({})).await["tracks"]["pageInfo"]["endCursor"].clone();
    let hundred_and_one = vec!["track_01h455vb4pex5vsknk084sn02q"; 101];
    let mut cases = vec![
        ("101 ids", "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({"ids": hundred_and_one}), "BAD_USER_INPUT"),
        ("both ends", SUBMISSIONS, json!({"first": 1, "last": 1}), "BAD_USER_INPUT"),
        ("a cursor of another list", SUBMISSIONS, json!({"first": 1, "after": cursor}), "BAD_USER_INPUT"),
        ("a challenge that is none", SUBMISSIONS, json!({"slug": "nothing"}), "NOT_FOUND"),
        ("NUL in a challenge", SUBMISSIONS, json!({"slug": "a\0"}), "NOT_FOUND"),
        ("a track that is none", "{ track(slug: \"nothing\") { slug } }", json!({}), "NOT_FOUND"),
        ("NUL in a track", "query($slug: String!) { track(slug: $slug) { slug } }", json!({"slug": "\0"}), "NOT_FOUND"),
        ("NUL in a literal", "{ lesson(slug: \"a\\u0000\") { slug } }", json!({}), "NOT_FOUND"),
        ("NUL in a challenge", "query($slug: String!) { challenge(slug: $slug) { slug } }", json!({"slug": "\0"}), "NOT_FOUND"),
        ("progress on nothing", "{ viewer { progress(trackSlug: \"\\u0000\") { lessonsTotal } } }", json!({}), "ok"),
    ];
    for size in [0, -1, 101, i64::from(i32::MAX), i64::from(i32::MIN)] {
        cases.push(("a page of no size", TRACKS, json!({"first": size}), "BAD_USER_INPUT"));
        cases.push(("a page of no size", SUBMISSIONS, json!({"first": size}), "BAD_USER_INPUT"));
        cases.push(("a page of no size", SUBMISSIONS, json!({"last": size}), "BAD_USER_INPUT"));
    }
    for cursor in ["", "!!", "bm8", "\0", &"x".repeat(1_000)] {
        cases.push(("a cursor that is none", TRACKS, json!({"first": 1, "after": cursor}), "BAD_USER_INPUT"));
        cases.push(("a cursor that is none", SUBMISSIONS, json!({"first": 1, "after": cursor}), "BAD_USER_INPUT"));
        cases.push(("a cursor that is none", SUBMISSIONS, json!({"last": 1, "before": cursor}), "BAD_USER_INPUT"));
    }
    for id in
        ["", "x", "submission_", "submission_zz", "user_01h455vb4pex5vsknk084sn02q", "submission_01h455vb4pex5vsknk084sn02q\0", "Ünïcode_1"]
    {
        cases.push(("an id that is none", CANCEL, json!({"input": {"submissionId": id}}), "NOT_FOUND"));
        cases.push(("an id that is none", REPORT, json!({"input": {"itemId": id, "message": "x"}}), "NOT_FOUND"));
        // Null without an error: nothing has this id.
        cases.push(("an id that is none", "query($id: ID!) { node(id: $id) { id } }", json!({"id": id}), "ok"));
        cases.push(("an id that is none", "query($id: ID!) { submission(id: $id) { id } }", json!({"id": id}), "ok"));
    }
    walk(&ada, cases).await;
}

#[tokio::test]
async fn requests_that_are_not_of_this_schema() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    walk(
        &ada,
        vec![
            ("an unknown field", "{ viewer { shoeSize } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("an unknown argument", "{ tracks(colour: 1) { nodes { slug } } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("an unknown input field", SUBMIT, changed(solution(json!([])), &json!({"colour": 1})), "GRAPHQL_VALIDATION_FAILED"),
            ("a missing input field", SUBMIT, json!({"input": {"challengeSlug": CHALLENGE}}), "GRAPHQL_VALIDATION_FAILED"),
            ("a missing variable", SUBMIT, json!({}), "BAD_USER_INPUT"),
            ("null for an input", SUBMIT, json!({"input": null}), "BAD_USER_INPUT"),
            (
                "a number for a slug",
                "query($slug: String!) { track(slug: $slug) { slug } }",
                json!({"slug": 5}),
                "GRAPHQL_VALIDATION_FAILED",
            ),
            ("text for a number", TRACKS, json!({"first": "5"}), "GRAPHQL_VALIDATION_FAILED"),
            ("a number that is too large", TRACKS, json!({"first": 99_999_999_999_i64}), "GRAPHQL_VALIDATION_FAILED"),
            ("a number larger still", TRACKS, json!({"first": 1e300}), "GRAPHQL_VALIDATION_FAILED"),
            ("a huge literal", "{ tracks(first: 99999999999999999999999999) { nodes { slug } } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
            ("deep variables", TRACKS, json!({"first": deep}), "BAD_USER_INPUT"),
            ("text for a list", QUIZ, json!({"input": {"lessonSlug": LESSON, "answers": "all"}}), "GRAPHQL_VALIDATION_FAILED"),
        ],
    )
    .await;
}

#[tokio::test]
async fn tokens_that_are_none_or_over() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    for token in ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", &"x".repeat(5_000), &format!("{}x", ada.token())] {
        let forged = app.anonymous().signed_in(&json!({"accessToken": token, "refreshToken": "", "viewer": {"id": "", "email": ""}}));
        assert_eq!(forged.query_raw("{ viewer { id } }", json!({})).await.code(), "UNAUTHENTICATED", "{token}");
    }
    ada.query("{ viewer { id } }", json!({})).await;
    app.clock.advance(chrono::TimeDelta::minutes(16));
    assert_eq!(ada.query_raw("{ viewer { id } }", json!({})).await.code(), "UNAUTHENTICATED");
    let document = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { ... on RefreshSessionSuccess { \
        accessToken refreshToken viewer { id email } } } }";
    let fresh = app.anonymous().query(document, json!({"input": {"refreshToken": ada.refresh_token}})).await;
    let again = app.anonymous().signed_in(&fresh["refreshSession"]);
    assert_eq!(again.query("{ viewer { id } }", json!({})).await["viewer"]["id"], ada.id.as_str());
}

#[tokio::test]
async fn streams_from_nowhere() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    pass_quiz(&app, &ada).await;
    let attempt = submit(&ada).await;
    finish(&app, &attempt).await;
    let mut hers = Socket::init(app.address, Some(eve.token())).await;
    let id = hers.subscribe("subscription { viewerEvents { ... on Event { cursor } } }", json!({})).await;
    let foreign = hers.next(&id).await.unwrap()["viewerEvents"]["cursor"].clone();

    let viewer = "subscription($after: Cursor) { viewerEvents(after: $after) { __typename } }";
    let submission = "subscription($id: ID!, $after: Cursor) { submissionEvents(submissionId: $id, after: $after) { __typename } }";
    let mut socket = Socket::init(app.address, Some(ada.token())).await;
    for (document, variables, wanted) in [
        (viewer, json!({"after": "garbage"}), "BAD_USER_INPUT"),
        (viewer, json!({"after": ""}), "BAD_USER_INPUT"),
        (viewer, json!({"after": "\0"}), "BAD_USER_INPUT"),
        (viewer, json!({"after": foreign}), "BAD_USER_INPUT"),
        (viewer, json!({"after": "x".repeat(513)}), "BAD_USER_INPUT"),
        (viewer, json!({"after": 7}), "BAD_USER_INPUT"),
        (submission, json!({"id": attempt, "after": foreign}), "BAD_USER_INPUT"),
        (submission, json!({"id": "nothing"}), "NOT_FOUND"),
        (submission, json!({"id": "submission_01h455vb4pex5vsknk084sn02q"}), "NOT_FOUND"),
        (submission, json!({"id": ada.id}), "NOT_FOUND"),
        (submission, json!({}), "BAD_USER_INPUT"),
    ] {
        let id = socket.subscribe(document, variables.clone()).await;
        let message = socket.message(&id).await;
        let errors = if message["type"] == "error" { &message["payload"] } else { &message["payload"]["errors"] };
        assert_eq!(errors[0]["extensions"]["code"], wanted, "{document} {variables} {message}");
    }
    let id = socket.subscribe(viewer, json!({})).await;
    assert_eq!(socket.next(&id).await.unwrap()["viewerEvents"]["__typename"], "ViewerSnapshot");
}
