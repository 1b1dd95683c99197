use diesel_async::RunQueryDsl;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{LEAVE_GROUP, create, group, instructor, join, member};
use crate::support::{TestApp, client::Client, learning::TRACK, scripted::Scripted};

/// What a client is shown of somebody's work: the membership, the submission, and whether its stream tells.
async fn looks(app: &TestApp, client: &Client, membership: &Value, submission: &str) -> [Value; 3] {
    let seen = member(client, membership).await;
    let shown = client.submission(submission).await;
    let mut socket = client.socket(app).await;
    let stream = socket.submission_events(submission, None).await;
    let told = socket.message(&stream).await;
    socket.leave().await;
    let tells = told["type"] == "next" && told["payload"]["errors"].is_null();
    [seen, shown, json!(tells)]
}

#[tokio::test]
async fn an_instructor_sees_what_their_members_do_and_nobody_else_does() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let (ines, other) = (instructor(&app, "Ines").await, instructor(&app, "Otto").await);
    let (ada, bea) = (app.learner("Ada").await, app.learner("Bea").await);
    ada.pass_the_quiz().await;
    let attempt = ada.attempt(&app, "secret = 1").await["id"].as_str().unwrap().to_owned();
    let made = create(&ines, "Group").await["group"].clone();
    let another = create(&other, "Another").await["group"].clone();
    join(&bea, &another["invitationCode"]).await;
    let hidden = [json!(null), json!(null), json!(false)];
    let nowhere = json!("member_01h455vb4pex5vsknk084sn02q");
    assert_eq!(looks(&app, &ines, &nowhere, &attempt).await, hidden, "before Ada has joined");

    let membership = join(&ada, &made["invitationCode"]).await["member"]["id"].clone();
    join(&bea, &made["invitationCode"]).await;
    let listed = group(&ines, &made["id"]).await["members"]["nodes"].clone();
    let first = &listed[0];
    assert_eq!((&first["displayName"], first["xp"].as_i64().unwrap()), (&json!("Ada"), ada.xp().await));
    assert_eq!((&first["progress"]["challengesPassed"], &listed[1]["progress"]["challengesPassed"]), (&json!(1), &json!(0)));

    let [seen, shown, tells] = looks(&app, &ines, &membership, &attempt).await;
    assert_eq!((&seen["displayName"], &seen["submissions"]["nodes"][0]["id"]), (&json!("Ada"), &json!(attempt)));
    assert_eq!(seen["submissions"]["nodes"][0]["files"][0]["content"], "secret = 1");
    assert_eq!((&seen["transcript"]["tracks"][0]["slug"], &seen["reportCard"]), (&json!(TRACK), &json!(null)));
    assert_eq!((&shown["verdict"], &tells), (&json!("ACCEPTED"), &json!(true)));
    let month = chrono::NaiveDate::from(app.clock.now().naive_utc()).format("%Y-%m").to_string();
    let document =
        "query($id: ID!, $month: String!) { node(id: $id) { ... on GroupMember { reportCard(month: $month) { skill pdfUrl } } } }";
    let card = ines.query(document, json!({"id": membership, "month": month})).await["node"]["reportCard"].clone();
    let address = card["pdfUrl"].as_str().unwrap();
    let pdf = address[address.find("/documents/").unwrap()..].to_owned();
    assert_eq!(app.get(&pdf).await.status(), 200);

    // Neither another instructor, nor another member, nor through what is Ada's alone.
    for client in [&other, &bea] {
        assert_eq!(looks(&app, client, &membership, &attempt).await, hidden);
    }
    assert_eq!(group(&bea, &made["id"]).await["members"], json!(null));
    assert_eq!(group(&other, &made["id"]).await, json!(null));
    let account = ines.query("query($id: ID!) { node(id: $id) { __typename } }", json!({"id": ada.id})).await;
    assert_eq!(account["node"], json!(null), "her account is hers");

    // Who is no instructor any more sees nothing, and who is one again does.
    let set_role = include_str!("../../../graphql/accounts/SetUserRole.graphql");
    let admin = app.admin().await;
    for (granted, sees) in [(false, false), (true, true)] {
        admin.query(set_role, json!({"input": {"userId": ines.id, "role": "INSTRUCTOR", "granted": granted}})).await;
        assert_eq!(looks(&app, &ines, &membership, &attempt).await != hidden, sees);
    }
    ada.query(LEAVE_GROUP, json!({"input": {"groupId": made["id"]}})).await;
    assert_eq!(looks(&app, &ines, &membership, &attempt).await, hidden, "after Ada has left");
    assert_eq!(app.get(&pdf).await.status(), 404);
    app.stop().await;
}

#[tokio::test]
async fn a_member_sees_their_own_membership_and_an_admin_everybodys() {
    let app = TestApp::start().await;
    let (ines, ada, admin) = (instructor(&app, "Ines").await, app.learner("Ada").await, app.admin().await);
    let made = create(&ines, "Group").await["group"].clone();
    let membership = join(&ada, &made["invitationCode"]).await["member"]["id"].clone();
    for client in [&ada, &admin] {
        assert_eq!(member(client, &membership).await["displayName"], "Ada");
    }
    assert_eq!(group(&admin, &made["id"]).await["invitationCode"], made["invitationCode"]);
    // An account that goes takes its membership along.
    diesel::sql_query("DELETE FROM users WHERE display_name = 'Ada'").execute(&mut app.conn().await).await.unwrap();
    assert_eq!(group(&ines, &made["id"]).await["memberCount"], 0);
    app.stop().await;
}
