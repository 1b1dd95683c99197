use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::VIEWER;
use crate::support::{TestApp, client::PASSWORD};

const REGISTER: &str = include_str!("../../../graphql/accounts/Register.graphql");

fn input(change: &Value) -> Value {
    let mut input = json!({"email": "ada@example.org", "password": PASSWORD, "displayName": "Ada", "timeZone": "Europe/London"});
    input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    json!({"input": input})
}

#[tokio::test]
async fn somebody_registers_and_is_signed_in() {
    let app = TestApp::start().await;
    let data = app.anonymous().query(REGISTER, input(&json!({"email": " Ada@Example.ORG "}))).await;
    let success = &data["register"];
    assert_eq!(success["__typename"], "RegisterSuccess");
    assert_eq!(success["expiresIn"], 900);
    let ada = app.anonymous().signed_in(success);
    let viewer = ada.query(VIEWER, json!({})).await["viewer"].clone();
    assert_eq!(viewer, success["viewer"]);
    assert!(ada.id.starts_with("user_"));
    assert_eq!(ada.email, "ada@example.org");
    assert_eq!((&viewer["roles"], &viewer["plan"]), (&json!(["LEARNER"]), &json!("free")));
    assert_eq!((&viewer["displayName"], &viewer["timeZone"]), (&json!("Ada"), &json!("Europe/London")));
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_signs_in_elsewhere_has_no_password() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let mut conn = app.conn().await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut *conn, "UPDATE users SET password_hash = NULL").await.unwrap();
    assert_eq!(super::log_in_again(&app.anonymous(), &ada.email).await["__typename"], "InvalidCredentials");
}

#[tokio::test]
async fn tokens_last_as_long_as_the_settings_say() {
    let app = TestApp::builder().config(|config| config.auth.access_token_ttl = Duration::from_mins(1)).start().await;
    let success = app.anonymous().query(REGISTER, input(&json!({}))).await["register"].clone();
    assert_eq!(success["expiresIn"], 60);
    app.clock.advance(TimeDelta::seconds(61));
    let answer = app.anonymous().signed_in(&success).query_raw(VIEWER, json!({})).await;
    assert_eq!((answer.status, answer.code()), (200, "UNAUTHENTICATED"));
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_its_field() {
    let app = TestApp::start().await;
    for (change, kind, field) in [
        (json!({"email": "ada"}), "InvalidInput", "email"),
        (json!({"email": format!("{}@example.org", "a".repeat(300))}), "InvalidInput", "email"),
        (json!({"displayName": "  "}), "InvalidInput", "displayName"),
        (json!({"displayName": "a\u{202e}b"}), "InvalidInput", "displayName"),
        (json!({"displayName": "x".repeat(51)}), "InvalidInput", "displayName"),
        (json!({"timeZone": "Mars/Olympus"}), "InvalidInput", "timeZone"),
        (json!({"password": "short"}), "WeakPassword", "password"),
        (json!({"password": "x".repeat(129)}), "WeakPassword", "password"),
        (json!({"password": "Password"}), "WeakPassword", "password"),
    ] {
        let refusal = app.anonymous().query(REGISTER, input(&change)).await["register"].clone();
        assert_eq!(refusal["__typename"], kind, "{change}");
        assert_eq!(refusal["path"], json!(["input", field]), "{change}");
    }
    assert_eq!(app.anonymous().query(REGISTER, input(&json!({}))).await["register"]["__typename"], "RegisterSuccess");
}

#[tokio::test]
async fn of_two_who_register_one_address_at_once_one_gets_it() {
    let app = TestApp::start().await;
    let somebody = app.anonymous();
    let attempts = (0..6).map(|number| {
        let email = if number % 2 == 0 { "ada@example.org" } else { "ADA@example.org" };
        somebody.query(REGISTER, input(&json!({"email": email})))
    });
    let mut outcomes: Vec<String> = futures_util::future::join_all(attempts)
        .await
        .into_iter()
        .map(|data| data["register"]["__typename"].as_str().unwrap().to_owned())
        .collect();
    outcomes.sort();
    assert_eq!(outcomes, ["EmailTaken", "EmailTaken", "EmailTaken", "EmailTaken", "EmailTaken", "RegisterSuccess"]);
}
