use serde_json::json;

use super::{VIEWER, log_in, log_in_again};
use crate::support::{TestApp, ws::Socket};

const SUSPEND_USER: &str = include_str!("../../../graphql/accounts/SuspendUser.graphql");
const REINSTATE_USER: &str = include_str!("../../../graphql/accounts/ReinstateUser.graphql");

#[tokio::test]
async fn a_suspended_learner_is_out_at_once_and_stays_out() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    ada.query(VIEWER, json!({})).await;
    let data = admin.query(SUSPEND_USER, json!({"input": {"userId": ada.id, "reason": " Sold answers. "}})).await;
    assert_eq!(data["suspendUser"]["user"]["suspensionReason"], "Sold answers.");
    assert_eq!(ada.query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(log_in_again(&app.anonymous(), &ada.email).await["__typename"], "AccountSuspended");
    assert_eq!(log_in(&app.anonymous(), &ada.email, "a wrong guess").await["__typename"], "InvalidCredentials");
    let refreshed = super::refresh_session::refresh(&app.anonymous(), &ada.refresh_token).await;
    assert_eq!(refreshed["__typename"], "InvalidRefreshToken");
}

#[tokio::test]
async fn a_reinstated_learner_signs_in_anew() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    let input = json!({"input": {"userId": ada.id}});
    assert_eq!(ada.query_raw(REINSTATE_USER, input.clone()).await.code(), "FORBIDDEN");
    admin.query(SUSPEND_USER, json!({"input": {"userId": ada.id, "reason": "A mistake."}})).await;
    for _ in 0..2 {
        let user = admin.query(REINSTATE_USER, input.clone()).await["reinstateUser"]["user"].clone();
        assert_eq!(user, json!({"id": ada.id, "suspendedAt": null, "suspensionReason": null}));
    }
    assert_eq!(ada.query_raw(VIEWER, json!({})).await.code(), "UNAUTHENTICATED", "the old session stays ended");
    assert_eq!(log_in_again(&app.anonymous(), &ada.email).await["__typename"], "LoginSuccess");
    let nobody = json!({"input": {"userId": "user_01h455vb4pex5vsknk084sn02q"}});
    assert_eq!(admin.query_raw(REINSTATE_USER, nobody).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn an_open_socket_ends_with_the_account_behind_it() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    let mut socket = Socket::init(app.address, Some(ada.token())).await;
    admin.query(SUSPEND_USER, json!({"input": {"userId": ada.id, "reason": "Sold answers."}})).await;
    socket.send(json!({"type": "subscribe", "id": "1", "payload": {"query": VIEWER}})).await;
    assert_eq!(socket.closed().await.code, 4403);
}

#[tokio::test]
async fn only_admins_suspend_and_never_the_last_of_them() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    let input = |id: &str, reason: &str| json!({"input": {"userId": id, "reason": reason}});
    assert_eq!(app.anonymous().query_raw(SUSPEND_USER, input(&ada.id, "x")).await.code(), "UNAUTHENTICATED");
    assert_eq!(ada.query_raw(SUSPEND_USER, input(&admin.id, "x")).await.code(), "FORBIDDEN");
    assert_eq!(admin.query_raw(SUSPEND_USER, input("user_01h455vb4pex5vsknk084sn02q", "x")).await.code(), "NOT_FOUND");
    assert_eq!(admin.query_raw(SUSPEND_USER, input("nonsense", "x")).await.code(), "NOT_FOUND");
    assert_eq!(admin.query(SUSPEND_USER, input(&ada.id, " ")).await["suspendUser"]["__typename"], "InvalidInput");
    assert_eq!(admin.query(SUSPEND_USER, input(&admin.id, "x")).await["suspendUser"]["__typename"], "LastAdmin");
    admin.query(VIEWER, json!({})).await;
}
