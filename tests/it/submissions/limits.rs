use pretty_assertions::assert_eq;
use serde_json::json;
use weak_to_strong::db::ids::{TypedId, UserId};

use super::{arrange, cancel};
use crate::support::{
    TestApp,
    client::Client,
    learning::{NEXT_CHALLENGE, NEXT_FILE, new_request_id, queued},
};

#[tokio::test]
async fn one_attempt_at_a_challenge_is_in_flight_at_a_time() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let (one, two) = tokio::join!(ada.submit_as("x = 1", "one"), ada.submit_as("x = 2", "two"));
    let (taken, refused) = if one["submission"].is_null() { (two, one) } else { (one, two) };
    assert_eq!(refused["__typename"], "TooManyInFlight");
    // The visible checks may be run meanwhile.
    assert_eq!(super::run_checks(&ada, "x = 1").await["__typename"], "RunChecksSuccess");
    cancel(&ada, &queued(&taken)).await;
    assert_eq!(ada.submit_as("x = 3", "three").await["__typename"], "SubmitSolutionSuccess");
    app.stop().await;
}

#[tokio::test]
async fn twelve_runs_of_a_learner_are_in_flight_at_most() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    let first = ada.run("print()").await;
    for _ in 1..12 {
        ada.run("print()").await;
    }
    assert_eq!(ada.try_to_run("print()").await["code"], "TOO_MANY_IN_FLIGHT");
    eve.run("print()").await;
    cancel(&ada, &first).await;
    ada.run("print()").await;
    app.stop().await;
}

/// So many runs of a learner that ended, the last one `minutes` ago and each other a second earlier.
async fn has_run(app: &TestApp, learner: &Client, count: u32, minutes: u32) {
    let user = UserId::parse(&learner.id).ok().unwrap().uuid();
    arrange(
        app,
        &format!(
            "INSERT INTO submissions (id, user_id, kind, runtime, client_request_id, request_digest, files, seed, status, class, verdict,
                final_seq, created_at, queued_at, rank_at, finished_at)
             SELECT gen_random_uuid(), '{user}', 'RUN', 'PYTHON', 'old-{minutes}-' || n, '\\x00', '[]', 1, 'FINISHED', 0, 'ACCEPTED', 1, t, t, t, t
             FROM (SELECT n, now() - interval '{minutes} minutes' - n * interval '1 second' AS t FROM generate_series(0, {count} - 1) n) old"
        ),
    )
    .await;
}

#[tokio::test]
async fn the_free_plan_has_sixty_runs_in_any_hour() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    has_run(&app, &ada, 30, 61).await;
    has_run(&app, &ada, 59, 10).await;
    let last = ada.run("print()").await;
    assert_eq!(ada.try_to_run("print()").await["code"], "PLAN_LIMIT_REACHED");
    ada.pass_the_quiz().await;
    assert_eq!(ada.submit_as("x = 1", "a").await["__typename"], "PlanLimitReached");
    assert_eq!(super::run_checks(&ada, "x = 1").await["__typename"], "PlanLimitReached");
    // What was taken once is answered again.
    assert_eq!(ada.submission(&last).await["status"], "QUEUED");
    // Other plans have more.
    arrange(&app, "UPDATE users SET plan = 'pro'").await;
    let ada = ada.again(&app).await;
    ada.run("print()").await;
    app.stop().await;
}

#[tokio::test]
async fn a_locked_challenge_says_what_opens_it() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let locked = ada.submit_to(NEXT_CHALLENGE, NEXT_FILE, "x = 1", &new_request_id()).await;
    assert_eq!(locked["code"], json!("CHALLENGE_LOCKED"));
    assert!(locked["message"].as_str().unwrap().contains("Variables and data types"), "{locked}");
    app.stop().await;
}
