use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{LEADERBOARD, board, give, people, rows};
use crate::support::{TestApp, client::Client};

const CREATE: &str = include_str!("../../../graphql/boards/CreateSquad.graphql");
const JOIN: &str = include_str!("../../../graphql/boards/JoinSquad.graphql");
const LEAVE: &str = include_str!("../../../graphql/boards/LeaveSquad.graphql");
const SQUADS: &str = include_str!("../../../graphql/boards/Squads.graphql");

async fn create(client: &Client, name: &str, goal: i64) -> Value {
    client.query(CREATE, json!({"input": {"name": name, "weeklyXpGoal": goal}})).await["createSquad"].clone()
}

async fn join(client: &Client, code: &Value) -> Value {
    client.query(JOIN, json!({"input": {"code": code}})).await["joinSquad"].clone()
}

async fn squads(client: &Client) -> Value {
    client.query(SQUADS, json!({})).await["viewer"]["squads"].clone()
}

#[tokio::test]
async fn a_squad_gathers_toward_its_goal_and_has_its_own_board() {
    let app = TestApp::start().await;
    app.noon();
    let (admin, people) = (app.admin().await, people(&app, 3).await);
    give(&admin, &people[1], 70).await;
    let squad = create(&people[0], "  Night owls ", 100).await["squad"].clone();
    assert_eq!((&squad["name"], &squad["xpThisWeek"], &squad["goalReached"]), (&json!("Night owls"), &json!(0), &json!(false)));
    let joined = join(&people[1], &squad["code"]).await["squad"].clone();
    assert_eq!(joined["members"].as_array().unwrap().len(), 2);
    // What was gathered before they joined is not the squad's.
    give(&admin, &people[0], 40).await;
    give(&admin, &people[1], 30).await;
    let mine = squads(&people[0]).await[0].clone();
    assert_eq!((&mine["xpThisWeek"], &mine["goalReached"]), (&json!(70), &json!(false)));
    give(&admin, &people[1], 30).await;
    assert_eq!(squads(&people[1]).await[0]["goalReached"], true);
    // The board of the week shows the members alone.
    give(&admin, &people[2], 400).await;
    let scope = json!({"squadId": squad["id"]});
    let shown = board(&people[0], scope.clone(), "WEEK").await;
    assert_eq!(rows(&shown["nodes"]), [(1, "P01".to_owned(), 130), (2, "P00".to_owned(), 40)]);
    assert_eq!(shown["ownEntry"]["rank"], 2);
    let hidden = json!({"scope": scope, "period": "WEEK", "first": null, "after": null});
    assert_eq!(people[2].query_raw(LEADERBOARD, hidden).await.code(), "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn squads_are_joined_by_code_and_left() {
    let app = TestApp::start().await;
    let people = people(&app, 2).await;
    for (name, goal, field) in [("", 10, "name"), (&*"x".repeat(41), 10, "name"), ("Owls", 0, "weeklyXpGoal")] {
        let refused = create(&people[0], name, goal).await;
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID_INPUT"), &json!(["input", field])));
    }
    let squad = create(&people[0], "Owls", 10).await["squad"].clone();
    // Joining twice, at once, is joining once.
    let (one, two) = tokio::join!(join(&people[1], &squad["code"]), join(&people[1], &squad["code"]));
    assert_eq!((&one["__typename"], &two["__typename"]), (&json!("JoinSquadSuccess"), &json!("JoinSquadSuccess")));
    assert_eq!(squads(&people[1]).await.as_array().unwrap().len(), 1);
    let leave = json!({"input": {"squadId": squad["id"]}});
    for client in &people {
        assert_eq!(client.query(LEAVE, leave.clone()).await["leaveSquad"]["squadId"], squad["id"]);
        assert_eq!(client.query_raw(LEAVE, leave.clone()).await.code(), "NOT_FOUND");
    }
    // With its last member it is gone.
    assert_eq!(people[1].query_raw(JOIN, json!({"input": {"code": squad["code"]}})).await.code(), "NOT_FOUND");
    for number in 0..5 {
        create(&people[0], &format!("Owls {number}"), 10).await;
    }
    assert_eq!(create(&people[0], "One more", 10).await["code"], "TOO_MANY_SQUADS");
    app.stop().await;
}
