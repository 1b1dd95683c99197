use serde_json::{Value, json};

use crate::support::{TestApp, client::Client};

const USERS: &str = include_str!("../../../graphql/accounts/Users.graphql");

async fn found(admin: &Client, variables: Value) -> (Vec<String>, Value) {
    let page = admin.query(USERS, variables).await["users"].clone();
    let ids = page["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
    (ids, page["pageInfo"].clone())
}

#[tokio::test]
async fn an_admin_finds_accounts_by_parts_of_address_and_name() {
    let app = TestApp::start().await;
    let (admin, ada, ben) = (app.admin().await, app.learner("Ada").await, app.learner("Ben").await);
    let by_name = found(&admin, json!({"search": "bEn"})).await.0;
    assert_eq!(by_name, [ben.id.as_str()]);
    assert_eq!(found(&admin, json!({"search": ada.email.to_uppercase()})).await.0, [ada.id.as_str()]);
    for nobody in ["%", "_da", "nobody at all", "a\0"] {
        assert_eq!(found(&admin, json!({"search": nobody})).await.0, Vec::<String>::new(), "{nobody:?}");
    }
    assert_eq!(admin.query_raw(USERS, json!({"search": "x".repeat(255)})).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn accounts_are_paged_newest_first() {
    let app = TestApp::start().await;
    let (admin, ada, ben) = (app.admin().await, app.learner("Ada").await, app.learner("Ben").await);
    let (first, info) = found(&admin, json!({"first": 2})).await;
    assert_eq!(first, [ben.id.as_str(), ada.id.as_str()]);
    assert_eq!(info["hasNextPage"], true);
    let (rest, _) = found(&admin, json!({"first": 100, "after": info["endCursor"]})).await;
    assert_eq!(rest[0], admin.id);
    assert!(!rest.contains(&ada.id) && !rest.contains(&ben.id));
}
