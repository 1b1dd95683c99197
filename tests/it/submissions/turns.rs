use pretty_assertions::assert_eq;
use serde_json::json;
use weak_to_strong::submissions::{
    Verdict,
    queue::{self, Release},
};

use super::{REJUDGE_SUBMISSION, arrange, claim, done, outcome};
use crate::support::{TestApp, client::Client};

async fn place(client: &Client, id: &str) -> serde_json::Value {
    client.submission(id).await["queuePosition"].clone()
}

#[tokio::test]
async fn a_place_in_the_queue_is_shown_and_moves_up() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    let (first, second, third) = (ada.run("print()").await, eve.run("print()").await, ada.run("print()").await);
    assert_eq!([place(&ada, &first).await, place(&eve, &second).await, place(&ada, &third).await], [json!(1), json!(2), json!(3)]);
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&third, None).await;
    let snapshot = socket.event(&stream).await.unwrap();
    assert_eq!(snapshot["submission"]["queuePosition"], 3);
    assert_eq!(claim(&app, "worker").await.unwrap().id.to_string(), first);
    let moved = socket.event(&stream).await.unwrap();
    assert_eq!((&moved["__typename"], &moved["position"], &moved["seq"]), (&json!("QueuePositionChanged"), &json!(2), &snapshot["seq"]));
    assert_eq!([place(&ada, &first).await, place(&eve, &second).await], [json!(null), json!(1)]);
    app.stop().await;
}

#[tokio::test]
async fn two_runs_of_a_learner_run_at_most_and_the_others_go_on() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    let mut of_ada = Vec::new();
    for _ in 0..4 {
        of_ada.push(ada.run("print()").await);
    }
    let of_eve = eve.run("print()").await;
    let first = claim(&app, "worker").await.unwrap();
    let ids =
        [first.id.to_string(), claim(&app, "worker").await.unwrap().id.to_string(), claim(&app, "worker").await.unwrap().id.to_string()];
    assert_eq!(ids, [of_ada[0].clone(), of_ada[1].clone(), of_eve]);
    assert!(claim(&app, "worker").await.is_none());
    // What comes back keeps its age, but goes behind those who are looking at the screen.
    done(queue::release(&app.app.db, &first, Release::CellFault).await);
    assert_eq!(claim(&app, "worker").await.unwrap().id.to_string(), of_ada[2]);
    app.stop().await;
}

#[tokio::test]
async fn plans_that_pay_go_first_and_learners_before_rejudges() {
    let app = TestApp::start().await;
    let (ada, eve, admin) = (app.learner("Ada").await, app.learner("Eve").await, app.admin().await);
    ada.pass_the_quiz().await;
    let attempt = ada.submit("x = 1").await;
    let held = claim(&app, "worker").await.unwrap();
    let passed = outcome(&app, &held, Verdict::Accepted).await;
    done(queue::record(&app.app.db, app.clock.now(), &held, &passed).await);
    let again = admin.query(REJUDGE_SUBMISSION, json!({"input": {"submissionId": attempt}})).await;
    let again = again["rejudgeSubmission"]["submission"]["id"].as_str().unwrap().to_owned();
    let free = ada.run("print()").await;
    arrange(&app, "UPDATE users SET plan = 'pro' WHERE display_name = 'Eve'").await;
    let paid = eve.again(&app).await.run("print()").await;
    let mut order = Vec::new();
    while let Some(claimed) = claim(&app, "worker").await {
        order.push(claimed.id.to_string());
    }
    assert_eq!(order, [paid, free, again]);
    app.stop().await;
}

#[tokio::test]
async fn who_waits_for_minutes_is_not_overtaken_for_ever() {
    let app = TestApp::start().await;
    let (ada, eve, admin) = (app.learner("Ada").await, app.learner("Eve").await, app.admin().await);
    ada.pass_the_quiz().await;
    let attempt = ada.submit("x = 1").await;
    let held = claim(&app, "worker").await.unwrap();
    let passed = outcome(&app, &held, Verdict::Accepted).await;
    done(queue::record(&app.app.db, app.clock.now(), &held, &passed).await);
    let again = admin.query(REJUDGE_SUBMISSION, json!({"input": {"submissionId": attempt}})).await;
    app.clock.advance(chrono::TimeDelta::minutes(2));
    eve.run("print()").await;
    assert_eq!(json!(claim(&app, "worker").await.unwrap().id.to_string()), again["rejudgeSubmission"]["submission"]["id"]);
    app.stop().await;
}
