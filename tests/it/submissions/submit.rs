use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::{CheckStatus, Work};

use super::{MY_SUBMISSIONS, RUN_CODE, cancel, run_checks};
use crate::support::{
    TestApp,
    learning::{CHALLENGE, FILE, LESSON, answers, queued},
    scripted::{Act, SECRET, Scripted},
};

#[tokio::test]
async fn a_challenge_is_locked_until_its_quiz_is_passed() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let locked = ada.submit_as("x = 1", "r1").await;
    assert_eq!((&locked["__typename"], &locked["code"]), (&json!("ChallengeLocked"), &json!("CHALLENGE_LOCKED")), "{locked}");
    assert_eq!(locked["path"], json!(["input", "challengeSlug"]));
    assert_eq!(run_checks(&ada, "x = 1").await["__typename"], "ChallengeLocked");
    // Two of six right is 33.
    let poor: &[(&str, &[&str])] = &[
        ("join-or-add", &["text"]),
        ("second-name", &["ten"]),
        ("average-brackets", &["zero-low"]),
        ("float-equality", &["broken"]),
        ("which-are-float", &[]),
        ("reviewing-conversion", &["name"]),
    ];
    let graded = ada.answer_quiz(LESSON, answers(poor)).await;
    assert_eq!((&graded["score"], &graded["passed"]), (&json!(33), &json!(false)), "{graded}");
    assert_eq!(ada.submit_as("x = 1", "r1").await["__typename"], "ChallengeLocked");
    app.clock.advance(chrono::TimeDelta::seconds(61));
    ada.pass_the_quiz().await;
    let open = ada.submit_as("x = 1", "r1").await;
    assert_eq!((&open["submission"]["status"], &open["submission"]["attempt"]), (&json!("QUEUED"), &json!(1)), "{open}");
    app.stop().await;
}

#[tokio::test]
async fn the_same_request_is_the_same_submission_and_another_content_is_a_conflict() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    ada.pass_the_quiz().await;
    eve.pass_the_quiz().await;
    let (one, two) = tokio::join!(ada.submit_as("x = 1", "same"), ada.submit_as("x = 1", "same"));
    assert_eq!(queued(&one), queued(&two));
    assert_eq!(queued(&ada.submit_as("x = 1", "same").await), queued(&one));
    // Another learner's request of this name is another request.
    assert_ne!(queued(&eve.submit_as("x = 1", "same").await), queued(&one));
    let document = include_str!("../../../graphql/submissions/SubmitSolution.graphql");
    let files = json!([{"path": FILE, "content": "x = 2"}]);
    let other = json!({"input": {"challengeSlug": CHALLENGE, "files": files, "clientRequestId": "same"}});
    assert_eq!(ada.query_raw(document, other).await.code(), "CONFLICT");
    // After its end it is still the same.
    cancel(&ada, &queued(&one)).await;
    assert_eq!(queued(&ada.submit_as("x = 1", "same").await), queued(&one));
    app.stop().await;
}

#[tokio::test]
async fn what_cannot_be_judged_is_refused_with_the_field_it_is_about() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let refused = async |path: &str, content: &str, id: &str| {
        let payload = ada.submit_to(CHALLENGE, path, content, id).await;
        (payload["__typename"].as_str().unwrap().to_owned(), payload["path"][1].clone())
    };
    assert_eq!(refused(FILE, "  \n", "a").await, ("NotGradable".to_owned(), json!("files")));
    assert_eq!(refused(FILE, &"x".repeat(65 * 1024), "b").await, ("SolutionTooLarge".to_owned(), json!("files")));
    assert_eq!(refused("test_hidden.py", "x", "c").await, ("InvalidInput".to_owned(), json!("files")));
    assert_eq!(refused(FILE, "x", "").await, ("InvalidInput".to_owned(), json!("clientRequestId")));
    assert_eq!(refused(FILE, "x", "rejudge:1").await, ("InvalidInput".to_owned(), json!("clientRequestId")));
    let input = json!({"runtime": "PYTHON", "files": [{"path": "a.py", "content": "x"}], "clientRequestId": "d"});
    let no_entry = ada.query(RUN_CODE, json!({"input": input})).await["runCode"].clone();
    assert_eq!((&no_entry["__typename"], &no_entry["path"]), (&json!("InvalidInput"), &json!(["input", "entry"])));
    let document = include_str!("../../../graphql/submissions/SubmitSolution.graphql");
    let input = json!({"challengeSlug": "nothing-like-it", "files": [{"path": FILE, "content": "x"}], "clientRequestId": "e"});
    assert_eq!(ada.query_raw(document, json!({"input": input})).await.code(), "NOT_FOUND");
    assert_eq!(app.anonymous().query_raw(document, json!({"input": input})).await.code(), "UNAUTHENTICATED");
    assert_eq!(ada.query(MY_SUBMISSIONS, json!({"first": 5})).await["viewer"]["submissions"]["edges"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_learner_sees_why_a_check_failed_and_nothing_of_hidden_ones() {
    let failing = [("test_report_line", CheckStatus::Failed), ("test_report_for_any_reading", CheckStatus::Failed)];
    let app = TestApp::builder().sandbox(Scripted::new([Act::fails(&failing)])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let events = ada.follow(&app, &id).await;
    let stored = ada.submission(&id).await;
    assert_eq!((&stored["verdict"], &stored["score"], &stored["maxScore"]), (&json!("WRONG_ANSWER"), &json!(60), &json!(80)));
    let of_events = events.iter().flat_map(|event| match &event["check"] {
        Value::Null => event["submission"]["checks"].as_array().cloned().unwrap_or_default(),
        check => vec![check.clone()],
    });
    let all: Vec<Value> = of_events.chain(stored["checks"].as_array().unwrap().clone()).collect();
    assert!(all.iter().any(|check| check["visibility"] == "HIDDEN" && check["status"] == "FAILED"));
    for check in &all {
        let hidden = check["visibility"] == "HIDDEN";
        for field in ["message", "expected", "actual", "cpuMs", "wallMs", "peakMemoryKib"] {
            assert!(!hidden || check[field].is_null(), "a hidden check shows its {field}: {check}");
        }
        if check["id"] == "test_report_line" && check["status"] == "FAILED" {
            assert_eq!((&check["message"], &check["actual"], &check["cpuMs"]), (&json!(SECRET), &json!(SECRET), &json!(1)));
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn running_the_visible_checks_uses_no_attempt_and_leaves_the_hidden_ones_out() {
    let stage = Scripted::new([]);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let queued_run = run_checks(&ada, "x = 1").await;
    let end = ada.end(&app, &queued(&queued_run)).await;
    assert_eq!((&end["verdict"], &end["attempt"], &end["usesAttempt"]), (&json!("ACCEPTED"), &json!(null), &json!(false)));
    let checks = end["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 5, "{checks:?}");
    assert!(checks.iter().all(|check| check["visibility"] != "HIDDEN"));
    let Work::Checks { checks: files, declared } = &stage.requests()[0].work else { panic!("no checks") };
    assert_eq!(declared.len(), 5);
    assert!(files.iter().all(|file| file.path != "test_hidden.py"), "the hidden checks went into the cell");
    assert_eq!((ada.xp().await, ada.progress().await["progress"]["challengesPassed"].clone()), (25, json!(0)));
    app.stop().await;
}

#[tokio::test]
async fn submissions_are_their_learners_and_admins_and_nobody_elses() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let (ada, eve, admin) = (app.learner("Ada").await, app.learner("Eve").await, app.admin().await);
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    ada.end(&app, &id).await;
    assert_eq!(eve.submission(&id).await, json!(null));
    assert_eq!(admin.submission(&id).await["files"], json!([{"path": FILE, "content": "x = 1"}]));
    let mut socket = eve.socket(&app).await;
    for (id, after) in [(id.as_str(), None), ("submission_01h455vb4pex5vsknk084sn02q", None), ("nonsense", None)] {
        let stream = socket.submission_events(id, after).await;
        assert_eq!(socket.refusal(&stream).await, "NOT_FOUND");
    }
    let document = include_str!("../../../graphql/submissions/CancelSubmission.graphql");
    assert_eq!(eve.query_raw(document, json!({"input": {"submissionId": id}})).await.code(), "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn a_learner_leafs_through_what_they_have_sent() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let attempt = ada.attempt(&app, "x = 1").await["id"].clone();
    let mut sent = vec![attempt.clone()];
    for _ in 0..3 {
        let id = ada.run("print()").await;
        ada.end(&app, &id).await;
        sent.push(json!(id));
    }
    sent.reverse();
    let ids = |page: &Value| page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].clone()).collect::<Vec<_>>();
    let read = async |variables: Value| ada.query(MY_SUBMISSIONS, variables).await["viewer"]["submissions"].clone();
    let first = read(json!({"first": 3})).await;
    assert_eq!((ids(&first), &first["pageInfo"]["hasNextPage"]), (sent[..3].to_vec(), &json!(true)));
    let rest = read(json!({"first": 3, "after": first["pageInfo"]["endCursor"]})).await;
    assert_eq!((ids(&rest), &rest["pageInfo"]["hasNextPage"]), (sent[3..].to_vec(), &json!(false)));
    assert_eq!(ids(&read(json!({"last": 2})).await), sent[2..]);
    assert_eq!(ids(&read(json!({"challengeSlug": CHALLENGE, "first": 9})).await), [attempt]);
    app.stop().await;
}
