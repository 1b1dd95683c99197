use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CREATE_GROUP, DELETE_GROUP, GROUPS, LEAVE_GROUP, REMOVE_GROUP_MEMBER, ROTATE_GROUP_CODE, create, group, instructor, join};
use crate::support::TestApp;

#[tokio::test]
async fn learners_join_with_the_code_that_is_good_now() {
    let app = TestApp::start().await;
    let (ines, ada) = (instructor(&app, "Ines").await, app.learner("Ada").await);
    assert_eq!(ada.query_raw(CREATE_GROUP, json!({"input": {"name": "Mine"}})).await.code(), "FORBIDDEN");
    for bad in ["", " ", "a\nb", "nul \0", &"x".repeat(81)] {
        let refused = create(&ines, bad).await;
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID_INPUT"), &json!(["input", "name"])), "{bad:?}");
    }
    let made = create(&ines, " Evening class ").await["group"].clone();
    assert_eq!(made["name"], "Evening class");
    let old = made["invitationCode"].clone();
    for typed in [json!(""), json!("nothing"), json!("AAAAA-AAAAA-AA"), json!("\0"), json!("A".repeat(5_000))] {
        assert_eq!(join(&ada, &typed).await["code"], "INVALID_INVITATION", "{typed}");
    }
    assert_eq!(join(&ines, &old).await["code"], "INVALID_INPUT");
    let rotated = ines.query(ROTATE_GROUP_CODE, json!({"input": {"groupId": made["id"]}})).await["rotateGroupCode"]["group"].clone();
    assert_ne!(rotated["invitationCode"], old);
    assert_eq!(join(&ada, &old).await["code"], "INVALID_INVITATION");
    let typed = json!(rotated["invitationCode"].as_str().unwrap().to_lowercase().replace('-', " "));
    let joined = join(&ada, &typed).await["member"].clone();
    assert_eq!((&joined["group"]["name"], &joined["group"]["instructorName"]), (&json!("Evening class"), &json!("Ines")));
    assert_eq!(join(&ada, &typed).await["member"]["id"], joined["id"], "joining twice changes nothing");

    let mine = ada.query(GROUPS, json!({})).await["viewer"].clone();
    let seen = json!([{"id": made["id"], "name": "Evening class", "instructorName": "Ines", "invitationCode": null, "memberCount": null}]);
    assert_eq!((&mine["groups"], &mine["ledGroups"]), (&seen, &json!([])));
    let led = ines.query(GROUPS, json!({})).await["viewer"]["ledGroups"][0].clone();
    assert_eq!((&led["invitationCode"], &led["memberCount"]), (&rotated["invitationCode"], &json!(1)));

    ada.query(LEAVE_GROUP, json!({"input": {"groupId": made["id"]}})).await;
    assert_eq!(ada.query_raw(LEAVE_GROUP, json!({"input": {"groupId": made["id"]}})).await.code(), "NOT_FOUND");
    assert_eq!(group(&ada, &made["id"]).await, json!(null));
    let again = join(&ada, &typed).await["member"]["id"].clone();
    ines.query(REMOVE_GROUP_MEMBER, json!({"input": {"memberId": again}})).await;
    assert_eq!(ines.query_raw(REMOVE_GROUP_MEMBER, json!({"input": {"memberId": again}})).await.code(), "NOT_FOUND");
    assert_eq!(group(&ines, &made["id"]).await["memberCount"], 0);
    ines.query(DELETE_GROUP, json!({"input": {"groupId": made["id"]}})).await;
    assert_eq!(group(&ines, &made["id"]).await, json!(null));
    assert_eq!(join(&ada, &typed).await["code"], "INVALID_INVITATION");
    app.stop().await;
}

#[tokio::test]
async fn groups_are_as_many_and_as_large_as_the_rules_say() {
    let app = TestApp::start().await;
    let (ines, ada) = (instructor(&app, "Ines").await, app.learner("Ada").await);
    let mut codes = Vec::new();
    for number in 0..50 {
        codes.push(create(&ines, &format!("Group {number}")).await["group"]["invitationCode"].clone());
    }
    assert_eq!(create(&ines, "One more").await["code"], "TOO_MANY_GROUPS");
    for code in &codes[..20] {
        assert!(join(&ada, code).await["member"]["id"].is_string());
    }
    assert_eq!(join(&ada, &codes[20]).await["code"], "TOO_MANY_GROUPS");
    // Two hundred others.
    diesel_async::RunQueryDsl::execute(
        diesel::sql_query(
            "WITH many AS (INSERT INTO users (id, email, display_name, time_zone, created_at) \
               SELECT gen_random_uuid(), 'm' || n || '@example.org', 'M', 'UTC', now() FROM generate_series(1, 200) n RETURNING id) \
             INSERT INTO group_members (id, group_id, user_id, joined_at) SELECT gen_random_uuid(), g.id, many.id, now() \
             FROM many, groups g WHERE g.name = 'Group 30'",
        ),
        &mut app.conn().await,
    )
    .await
    .unwrap();
    let eve = app.learner("Eve").await;
    assert_eq!(join(&eve, &codes[30]).await["code"], "GROUP_FULL");
    app.stop().await;
}

#[tokio::test]
async fn members_are_paged_in_the_order_they_joined() {
    let app = TestApp::start().await;
    let ines = instructor(&app, "Ines").await;
    let made = create(&ines, "Group").await["group"].clone();
    for name in ["Ada", "Bea", "Cleo"] {
        join(&app.learner(name).await, &made["invitationCode"]).await;
    }
    let page = async |first: i32, after: Value| {
        let variables = json!({"id": made["id"], "first": first, "after": after, "trackSlug": "python"});
        ines.query(super::GROUP, variables).await["group"]["members"].clone()
    };
    let first = page(2, json!(null)).await;
    let names = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|node| node["displayName"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), ["Ada", "Bea"]);
    let second = page(2, first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!((names(&second), &second["pageInfo"]["hasNextPage"]), (vec![json!("Cleo")], &json!(false)));
    app.stop().await;
}
