use serde_json::json;

use crate::support::TestApp;

const ACCOUNT: &str = include_str!("../../../graphql/accounts/Account.graphql");

#[tokio::test]
async fn an_account_is_itself_to_its_owner_a_user_to_admins_and_nothing_to_others() {
    let app = TestApp::start().await;
    let (admin, ada, eve) = (app.admin().await, app.learner("Ada").await, app.learner("Eve").await);
    let id = json!({"id": ada.id});
    let own = ada.query(ACCOUNT, id.clone()).await["node"].clone();
    assert_eq!(own, json!({"__typename": "Viewer", "id": ada.id, "displayName": "Ada"}));
    let seen = admin.query(ACCOUNT, id.clone()).await["node"].clone();
    assert_eq!((&seen["__typename"], &seen["email"]), (&json!("User"), &json!(ada.email)));
    assert_eq!((&seen["suspendedAt"], &seen["roles"]), (&json!(null), &json!(["LEARNER"])));
    for stranger in [eve, app.anonymous()] {
        assert_eq!(stranger.query(ACCOUNT, id.clone()).await, json!({"node": null}));
    }
}
