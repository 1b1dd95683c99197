//! Leaderboards and squads. Points are given by corrections, which is the quickest way through the public door.

mod leaderboard;
mod squads;

use serde_json::{Value, json};

use crate::{
    progress::CORRECT_XP,
    support::{TestApp, client::Client, learning::new_request_id},
};

const LEADERBOARD: &str = include_str!("../../../graphql/boards/Leaderboard.graphql");

async fn give(admin: &Client, to: &Client, amount: i64) {
    let input = json!({"userId": to.id, "amount": amount, "reason": "A test.", "clientRequestId": new_request_id()});
    let given = admin.query(CORRECT_XP, json!({"input": input})).await["correctXp"].clone();
    assert_eq!(given["__typename"], "CorrectXpSuccess", "{given}");
}

async fn board(client: &Client, scope: Value, period: &str) -> Value {
    client.query(LEADERBOARD, json!({"scope": scope, "period": period, "first": null, "after": null})).await["leaderboard"].clone()
}

/// Rank, name and XP of each row.
fn rows(list: &Value) -> Vec<(i64, String, i64)> {
    let row = |row: &Value| (row["rank"].as_i64().unwrap(), row["displayName"].as_str().unwrap().to_owned(), row["xp"].as_i64().unwrap());
    list.as_array().unwrap().iter().map(row).collect()
}

async fn people(app: &TestApp, count: usize) -> Vec<Client> {
    let mut people = Vec::new();
    for number in 0..count {
        people.push(app.learner(&format!("P{number:02}")).await);
    }
    people
}
