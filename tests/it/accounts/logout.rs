use chrono::TimeDelta;
use serde_json::json;

use super::{VIEWER, log_in_again};
use crate::support::TestApp;

const LOGOUT: &str = include_str!("../../../graphql/accounts/Logout.graphql");

#[tokio::test]
async fn logging_out_ends_this_session_and_no_other() {
    let app = TestApp::start().await;
    let phone = app.learner("Ada").await;
    let laptop = app.anonymous().signed_in(&log_in_again(&app.anonymous(), &phone.email).await);
    assert_eq!(phone.query(LOGOUT, json!({})).await["logout"]["__typename"], "LogoutSuccess");
    assert_eq!(phone.query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(laptop.query(VIEWER, json!({})).await["viewer"]["id"], phone.id);
    let refreshed = super::refresh_session::refresh(&app.anonymous(), &phone.refresh_token).await;
    assert_eq!(refreshed["__typename"], "InvalidRefreshToken");
}

#[tokio::test]
async fn logging_out_everywhere_ends_the_others_too_and_nobody_elses() {
    let app = TestApp::start().await;
    let (phone, ben) = (app.learner("Ada").await, app.learner("Ben").await);
    let laptop = app.anonymous().signed_in(&log_in_again(&app.anonymous(), &phone.email).await);
    let everywhere = json!({"input": {"everywhere": true}});
    assert_eq!(phone.query(LOGOUT, everywhere).await["logout"]["__typename"], "LogoutSuccess");
    for ended in [&phone, &laptop] {
        assert_eq!(ended.query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED");
    }
    assert_eq!(ben.query(VIEWER, json!({})).await["viewer"]["id"], ben.id);
}

#[tokio::test]
async fn nobody_to_log_out() {
    let app = TestApp::start().await;
    assert_eq!(app.anonymous().query_raw(LOGOUT, json!({})).await.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn an_access_token_ends_after_fifteen_minutes() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    app.clock.advance(TimeDelta::seconds(890));
    ada.query(VIEWER, json!({})).await;
    app.clock.advance(TimeDelta::seconds(15));
    assert_eq!(ada.query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED");
}
