use pretty_assertions::assert_eq;
use serde_json::json;

use super::cancel;
use crate::support::{
    TestApp,
    learning::names,
    scripted::{Act, Scripted},
};

#[tokio::test]
async fn what_waits_ends_at_once_and_uses_no_attempt() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    assert_eq!(socket.event(&stream).await.unwrap()["submission"]["status"], "QUEUED");
    let cancelled = cancel(&ada, &id).await;
    assert_eq!((&cancelled["submission"]["status"], &cancelled["submission"]["verdict"]), (&json!("FINISHED"), &json!("CANCELLED")));
    let end = socket.event(&stream).await.unwrap();
    assert_eq!((&end["__typename"], &end["submission"]["usesAttempt"]), (&json!("SubmissionFinished"), &json!(false)));
    assert_eq!(socket.event(&stream).await, None);
    assert_eq!(names(&ada.follow(&app, &id).await), ["SubmissionSnapshot", "SubmissionFinished"]);
    assert_eq!(cancel(&ada, &id).await["__typename"], "AlreadyFinished");
    let again = ada.submit_as("x = 1", "again").await;
    assert_eq!(again["submission"]["attempt"], 1);
    app.stop().await;
}

#[tokio::test]
async fn what_runs_is_killed_and_counts_once_a_check_has_ended() {
    let stage = Scripted::new([Act::hangs(0), Act::hangs(1)]);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    for (run, uses_attempt) in [(1, false), (2, true)] {
        let id = ada.submit("x = 1").await;
        let mut socket = ada.socket(&app).await;
        let stream = socket.submission_events(&id, None).await;
        stage.begun(run).await;
        if uses_attempt {
            loop {
                // A snapshot may hold the check already.
                let event = socket.event(&stream).await.unwrap();
                if event["check"]["status"] == "PASSED" || event["submission"]["checks"][0]["status"] == "PASSED" {
                    break;
                }
            }
        }
        let asked = cancel(&ada, &id).await;
        assert_eq!(asked["__typename"], "CancelSubmissionSuccess", "{asked}");
        let end = ada.end(&app, &id).await;
        assert_eq!(
            (&end["verdict"], &end["usesAttempt"], &end["attempt"]),
            (&json!("CANCELLED"), &json!(uses_attempt), &json!(1)),
            "{end}"
        );
        assert_eq!(end["checks"][8]["status"], "NOT_RUN");
    }
    assert_eq!(ada.submit_as("x = 1", "next").await["submission"]["attempt"], 2);
    app.stop().await;
}
