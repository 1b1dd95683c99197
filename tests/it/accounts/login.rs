use std::fmt::Write;

use chrono::TimeDelta;
use serde_json::json;

use super::{LOGIN, VIEWER, log_in, log_in_again};
use crate::support::{TestApp, client::PASSWORD};

#[tokio::test]
async fn a_learner_comes_back() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let success = log_in_again(&app.anonymous(), &ada.email.to_uppercase()).await;
    assert_eq!(success["__typename"], "LoginSuccess");
    let again = app.anonymous().signed_in(&success);
    assert_eq!(again.id, ada.id);
    assert_eq!(again.query(VIEWER, json!({})).await["viewer"]["id"], ada.id);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let wrong = log_in(&app.anonymous(), &ada.email, "a keel of loud lanterns").await;
    let unknown = log_in(&app.anonymous(), "nobody@example.org", PASSWORD).await;
    assert_eq!(wrong["__typename"], "InvalidCredentials");
    assert_eq!(wrong, unknown);
}

#[tokio::test]
async fn nobody_is_the_viewer_of_an_anonymous_request() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().query(VIEWER, json!({})).await, json!({"viewer": null}));
}

#[tokio::test]
async fn ten_wrong_guesses_close_the_door_for_a_quarter_of_an_hour() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    for _ in 0..10 {
        assert_eq!(log_in(&app.anonymous(), &ada.email, "a wrong guess").await["__typename"], "InvalidCredentials");
    }
    let answer = app.anonymous().query_raw(LOGIN, json!({"input": {"email": ada.email, "password": PASSWORD}})).await;
    assert_eq!(answer.code(), "RATE_LIMITED");
    let wait = answer.body["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap();
    assert!((800..=900).contains(&wait), "{wait}");
    app.clock.advance(TimeDelta::seconds(wait + 1));
    assert_eq!(log_in_again(&app.anonymous(), &ada.email).await["__typename"], "LoginSuccess");
}

#[tokio::test]
async fn guesses_under_many_names_in_one_document_are_counted_one_by_one() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let mut document = "mutation Guess($input: LoginInput!) {".to_owned();
    for number in 0..15 {
        write!(document, " g{number}: login(input: $input) {{ __typename }}").unwrap();
    }
    document.push('}');
    let guess = json!({"input": {"email": ada.email, "password": "a wrong guess"}});
    let answer = app.anonymous().query_raw(&document, guess.clone()).await;
    assert_eq!(answer.code(), "RATE_LIMITED");
    assert_eq!(answer.body["errors"][0]["path"], json!(["g10"]));
    let right = json!({"input": {"email": ada.email, "password": PASSWORD}});
    assert_eq!(app.anonymous().query_raw(LOGIN, right).await.code(), "RATE_LIMITED");
}

#[tokio::test]
async fn an_address_that_guesses_is_closed_to_strangers_and_not_to_those_it_knows() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    for number in 0..10 {
        let outcome = log_in(&app.anonymous(), &format!("nobody-{number}@example.org"), PASSWORD).await;
        assert_eq!(outcome["__typename"], "InvalidCredentials");
    }
    let stranger = json!({"input": {"email": "nobody@example.org", "password": PASSWORD}});
    assert_eq!(app.anonymous().query_raw(LOGIN, stranger).await.code(), "RATE_LIMITED");
    assert_eq!(log_in_again(&app.anonymous(), &ada.email).await["__typename"], "LoginSuccess");
}

#[tokio::test]
async fn signing_in_often_is_no_guessing() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    for _ in 0..12 {
        assert_eq!(log_in_again(&app.anonymous(), &ada.email).await["__typename"], "LoginSuccess");
    }
}
