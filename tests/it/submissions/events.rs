use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::CheckStatus;

use crate::support::{
    TestApp,
    learning::{names, seqs},
    scripted::{Act, Gate, Scripted},
};

#[tokio::test]
async fn a_submission_is_watched_from_the_queue_to_its_end() {
    let gate = Gate::default();
    let mut app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    let snapshot = socket.event(&stream).await.unwrap();
    assert_eq!((&snapshot["__typename"], &snapshot["seq"]), (&json!("SubmissionSnapshot"), &json!(0)));
    let shown = &snapshot["submission"];
    assert_eq!((&shown["status"], &shown["queuePosition"], &shown["verdict"]), (&json!("QUEUED"), &json!(1), &json!(null)));
    assert!(shown["checks"].as_array().unwrap().iter().all(|check| check["status"] == "PENDING"));
    app.work_in(Scripted::new([Act::passes().after(&["one\n", "zwei äöü\n", "three"], &gate)]));
    let printed = socket.events(&stream, 4).await;
    assert_eq!(names(&printed), ["SubmissionStarted", "OutputChunk", "OutputChunk", "OutputChunk"]);
    let chunks: Vec<_> = printed[1..].iter().map(|chunk| (chunk["text"].as_str().unwrap(), chunk["offset"].as_i64().unwrap())).collect();
    assert_eq!(chunks, [("one\n", 0), ("zwei äöü\n", 4), ("three", 16)]);
    // Somebody who comes now sees the output so far, and then only what is newer.
    let mut late = ada.socket(&app).await;
    let later = late.submission_events(&id, None).await;
    let so_far = late.event(&later).await.unwrap();
    assert_eq!((&so_far["submission"]["status"], &so_far["seq"]), (&json!("RUNNING"), &json!(4)));
    assert_eq!(so_far["submission"]["output"]["stdout"], "one\nzwei äöü\nthree");
    assert_eq!(ada.submission(&id).await["output"]["stdout"], "one\nzwei äöü\nthree");
    gate.open();
    let mut rest = Vec::new();
    while let Some(event) = socket.event(&stream).await {
        rest.push(event);
    }
    assert_eq!(late.events(&later, rest.len()).await, rest);
    assert_eq!(late.event(&later).await, None);
    let (end, checks) = rest.split_last().unwrap();
    assert_eq!(seqs(&rest), (5..=23).collect::<Vec<_>>());
    for pair in checks.chunks(2) {
        assert_eq!(names(pair), ["CheckStarted", "CheckFinished"]);
        assert_eq!(pair[0]["check"]["id"], pair[1]["check"]["id"]);
        assert_eq!((&pair[0]["check"]["status"], &pair[1]["check"]["status"]), (&json!("RUNNING"), &json!("PASSED")));
    }
    assert_eq!((&end["__typename"], &end["submission"]["verdict"]), (&json!("SubmissionFinished"), &json!("ACCEPTED")));
    assert_eq!((&end["submission"]["score"], &end["submission"]["maxScore"]), (&json!(80), &json!(80)));
    assert_eq!(end["cursor"], end["submission"]["eventCursor"]);
    app.stop().await;
}

#[tokio::test]
async fn a_dropped_socket_goes_on_after_its_cursor_with_nothing_missing_and_nothing_twice() {
    let gate = Gate::default();
    let acts = [Act::fails(&[("test_report_line", CheckStatus::Failed)]).after(&["one\n", "two\n"], &gate)];
    let app = TestApp::builder().sandbox(Scripted::new(acts)).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|event: &Value| event["text"] != "one\n") {
        // A snapshot may hold the first output already.
        seen.extend(socket.events(&stream, 1).await);
        if seen.last().unwrap()["submission"]["output"]["stdout"].as_str().is_some_and(|text| !text.is_empty()) {
            break;
        }
    }
    socket.leave().await;
    gate.open();
    let rest = ada.follow_after(&app, &id, Some(&seen.last().unwrap()["cursor"])).await;
    let first = seqs(&seen).last().unwrap() + 1;
    assert_eq!(seqs(&rest), (first..first + i64::try_from(rest.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(rest.last().unwrap()["submission"]["verdict"], "WRONG_ANSWER");
    // From each cursor of the whole story, everything after it and nothing else.
    let whole: Vec<Value> = seen.iter().chain(&rest).filter(|event| event["__typename"] != "SubmissionSnapshot").cloned().collect();
    for (index, event) in whole.iter().enumerate() {
        assert_eq!(ada.follow_after(&app, &id, Some(&event["cursor"])).await, whole[index + 1..], "after {event}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_has_ended_is_a_snapshot_and_the_end_and_after_the_last_cursor_nothing() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let end = ada.end(&app, &id).await;
    let events = ada.follow(&app, &id).await;
    assert_eq!(names(&events), ["SubmissionSnapshot", "SubmissionFinished"]);
    assert_eq!(seqs(&events)[1], seqs(&events)[0] + 1);
    assert_eq!(events[1]["submission"], end);
    // From the snapshot's cursor the end follows, and from the end's nothing.
    assert_eq!(ada.follow_after(&app, &id, Some(&events[0]["cursor"])).await, events[1..]);
    assert_eq!(ada.follow_after(&app, &id, Some(&events[1]["cursor"])).await, [] as [Value; 0]);
    assert_eq!(ada.follow_after(&app, &id, Some(&ada.submission(&id).await["eventCursor"])).await, [] as [Value; 0]);
    app.stop().await;
}

#[tokio::test]
async fn a_cursor_that_is_none_or_of_something_else_is_refused() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    let (id, other) = (ada.run("print(1)").await, ada.run("print(2)").await);
    ada.end(&app, &id).await;
    let of_other = ada.follow(&app, &other).await[0]["cursor"].clone();
    let mut socket = ada.socket(&app).await;
    for cursor in [json!("nonsense"), json!(""), json!("AQ"), of_other.clone()] {
        let stream = socket.submission_events(&id, Some(&cursor)).await;
        assert_eq!(socket.refusal(&stream).await, "BAD_USER_INPUT", "{cursor}");
    }
    let stream = socket.viewer_events(Some(&of_other)).await;
    assert_eq!(socket.refusal(&stream).await, "BAD_USER_INPUT");
    let mut nobody = crate::support::ws::Socket::init(app.address, None).await;
    let stream = nobody.submission_events(&id, None).await;
    assert_eq!(nobody.refusal(&stream).await, "UNAUTHENTICATED");
    app.stop().await;
}
