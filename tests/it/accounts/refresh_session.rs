use chrono::TimeDelta;
use serde_json::{Value, json};

use super::VIEWER;
use crate::support::{TestApp, client::Client};

const REFRESH_SESSION: &str = include_str!("../../../graphql/accounts/RefreshSession.graphql");

pub async fn refresh(client: &Client, token: &str) -> Value {
    client.query(REFRESH_SESSION, json!({"input": {"refreshToken": token}})).await["refreshSession"].clone()
}

#[tokio::test]
async fn a_session_lives_on_through_refreshed_tokens() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    app.clock.advance(TimeDelta::days(6));
    let second = app.anonymous().signed_in(&refresh(&app.anonymous(), &ada.refresh_token).await);
    app.clock.advance(TimeDelta::days(6));
    let third = app.anonymous().signed_in(&refresh(&app.anonymous(), &second.refresh_token).await);
    assert_eq!(third.query(VIEWER, json!({})).await["viewer"]["id"], ada.id);
    app.clock.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    assert_eq!(refresh(&app.anonymous(), &third.refresh_token).await["__typename"], "InvalidRefreshToken");
}

#[tokio::test]
async fn a_second_use_of_a_token_ends_the_session_of_thief_and_owner() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let thief = app.anonymous().signed_in(&refresh(&app.anonymous(), &ada.refresh_token).await);
    thief.query(VIEWER, json!({})).await;
    assert_eq!(refresh(&app.anonymous(), &ada.refresh_token).await["__typename"], "InvalidRefreshToken");
    for client in [&ada, &thief] {
        assert_eq!(client.query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED");
    }
    assert_eq!(refresh(&app.anonymous(), &thief.refresh_token).await["__typename"], "InvalidRefreshToken");
    assert_eq!(super::log_in_again(&app.anonymous(), &ada.email).await["__typename"], "LoginSuccess");
}

#[tokio::test]
async fn of_many_uses_at_once_one_wins_and_the_session_ends() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let somebody = app.anonymous();
    let outcomes = futures_util::future::join_all((0..5).map(|_| refresh(&somebody, &ada.refresh_token))).await;
    let won: Vec<&Value> = outcomes.iter().filter(|outcome| outcome["__typename"] == "RefreshSessionSuccess").collect();
    assert_eq!(won.len(), 1);
    assert_eq!(somebody.signed_in(won[0]).query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = TestApp::start().await;
    let giant = "x".repeat(10_000);
    for bad in ["", "nonsense", giant.as_str()] {
        assert_eq!(refresh(&app.anonymous(), bad).await["__typename"], "InvalidRefreshToken");
    }
}
