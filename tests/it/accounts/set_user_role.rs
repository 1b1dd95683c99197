use serde_json::{Value, json};

use super::VIEWER;
use crate::support::{TestApp, client::Client};

const SET_USER_ROLE: &str = include_str!("../../../graphql/accounts/SetUserRole.graphql");

fn input(user: &Client, role: &str, granted: bool) -> Value {
    json!({"input": {"userId": user.id, "role": role, "granted": granted}})
}

#[tokio::test]
async fn a_role_is_seen_by_the_sessions_that_are_open_and_taken_from_them_again() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    assert_eq!(ada.query_raw(SET_USER_ROLE, input(&ada, "ADMIN", true)).await.code(), "FORBIDDEN");
    let data = admin.query(SET_USER_ROLE, input(&ada, "ADMIN", true)).await;
    assert_eq!(data["setUserRole"]["user"]["roles"], json!(["LEARNER", "ADMIN"]));
    assert_eq!(ada.query(VIEWER, json!({})).await["viewer"]["roles"], json!(["LEARNER", "ADMIN"]));
    ada.query(SET_USER_ROLE, input(&ada, "INSTRUCTOR", true)).await;
    let data = admin.query(SET_USER_ROLE, input(&ada, "ADMIN", false)).await;
    assert_eq!(data["setUserRole"]["user"]["roles"], json!(["LEARNER", "INSTRUCTOR"]));
    assert_eq!(ada.query_raw(SET_USER_ROLE, input(&ada, "ADMIN", true)).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn everybody_stays_a_learner_and_somebody_an_admin() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    let outcome = async |user: &Client, role| admin.query(SET_USER_ROLE, input(user, role, false)).await["setUserRole"].clone();
    assert_eq!(outcome(&ada, "LEARNER").await["__typename"], "InvalidInput");
    assert_eq!(outcome(&admin, "ADMIN").await["__typename"], "LastAdmin");
    admin.query(SET_USER_ROLE, input(&ada, "ADMIN", true)).await;
    assert_eq!(outcome(&admin, "ADMIN").await["__typename"], "SetUserRoleSuccess");
    assert_eq!(admin.query_raw(SET_USER_ROLE, input(&admin, "ADMIN", true)).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn two_admins_who_demote_each_other_leave_one() {
    let app = TestApp::start().await;
    let (one, two) = (app.admin().await, app.admin().await);
    futures_util::join!(
        one.query_raw(SET_USER_ROLE, input(&two, "ADMIN", false)),
        two.query_raw(SET_USER_ROLE, input(&one, "ADMIN", false))
    );
    let is_admin = async |client: &Client| {
        let roles = client.query(VIEWER, json!({})).await["viewer"]["roles"].clone();
        roles.as_array().unwrap().contains(&json!("ADMIN"))
    };
    assert!(is_admin(&one).await != is_admin(&two).await);
}
