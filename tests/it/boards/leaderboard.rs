use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use rand::{prelude::*, rngs::StdRng};
use serde_json::{Value, json};

use super::{LEADERBOARD, board, give, people, rows};
use crate::support::{TestApp, client::Client, scripted::Scripted};

const EVENTS: &str = include_str!("../../../graphql/boards/LeaderboardEvents.graphql");
const SUSPEND: &str = include_str!("../../../graphql/accounts/SuspendUser.graphql");
const REINSTATE: &str = include_str!("../../../graphql/accounts/ReinstateUser.graphql");
const SETTINGS: &str = include_str!("../../../graphql/progress/UpdateLearningSettings.graphql");

fn everyone() -> Value {
    json!({"everyone": true})
}

#[tokio::test]
async fn ranks_are_those_of_a_sorted_list_whatever_happens() {
    let app = TestApp::start().await;
    let (admin, people) = (app.admin().await, people(&app, 14).await);
    let mut dice = StdRng::seed_from_u64(7);
    // XP and the order in which it was reached.
    let mut truth: Vec<(i64, i64)> = vec![(0, 0); people.len()];
    for turn in 1..=70_i64 {
        let who = dice.random_range(0..people.len());
        // Few values, so that many are equal; some are taken back. All stay below the first achievement for XP.
        let amount = *[10, 10, 20, 30].choose(&mut dice).unwrap();
        let amount = if truth[who].0 >= amount && dice.random_bool(0.3) { -amount } else { amount };
        give(&admin, &people[who], amount).await;
        truth[who] = (truth[who].0 + amount, turn);
    }
    let mut order: Vec<usize> = (0..people.len()).filter(|who| truth[*who].0 > 0).collect();
    order.sort_by_key(|who| (-truth[*who].0, truth[*who].1));
    let wanted: Vec<_> = (1..).zip(&order).map(|(rank, who)| (rank, format!("P{who:02}"), truth[*who].0)).collect();
    let all = board(&people[0], everyone(), "ALL_TIME").await;
    assert_eq!((rows(&all["nodes"]), all["learners"].as_u64()), (wanted.clone(), Some(wanted.len() as u64)));
    for (place, who) in order.iter().enumerate() {
        let own = board(&people[*who], everyone(), "WEEK").await;
        assert_eq!(own["ownEntry"]["rank"], wanted[place].0);
        assert_eq!(rows(&own["neighbours"]), wanted[place.saturating_sub(5)..(place + 6).min(wanted.len())].to_vec());
    }
    // Page by page it is the same list.
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = people[0].query(LEADERBOARD, json!({"scope": everyone(), "period": "MONTH", "first": 3, "after": after})).await;
        paged.extend(rows(&page["leaderboard"]["nodes"]));
        if page["leaderboard"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["leaderboard"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(paged, wanted);
    app.stop().await;
}

#[tokio::test]
async fn who_opts_out_is_not_shown_and_sees_where_they_would_stand() {
    let app = TestApp::start().await;
    let (admin, people) = (app.admin().await, people(&app, 3).await);
    for (client, amount) in people.iter().zip([30, 20, 10]) {
        give(&admin, client, amount).await;
    }
    let list = async |client: &Client, listed: bool| {
        let data = client.query(SETTINGS, json!({"input": {"listedOnLeaderboards": listed}})).await;
        assert_eq!(data["updateLearningSettings"]["__typename"], "UpdateLearningSettingsSuccess");
    };
    list(&people[1], false).await;
    let shown = board(&people[2], everyone(), "ALL_TIME").await;
    assert_eq!(rows(&shown["nodes"]), [(1, "P00".to_owned(), 30), (2, "P02".to_owned(), 10)]);
    assert_eq!((&shown["ownEntry"]["rank"], &shown["learners"]), (&json!(2), &json!(2)));
    // What is gained while hidden counts when shown again.
    give(&admin, &people[1], 15).await;
    assert_eq!(board(&people[1], everyone(), "ALL_TIME").await["ownEntry"]["rank"], 1);
    assert_eq!(board(&people[0], everyone(), "ALL_TIME").await["ownEntry"]["rank"], 1);
    list(&people[1], true).await;
    let names: Vec<String> = rows(&board(&people[2], everyone(), "ALL_TIME").await["nodes"]).into_iter().map(|row| row.1).collect();
    assert_eq!(names, ["P01", "P00", "P02"]);
    let shown = board(&people[0], everyone(), "ALL_TIME").await.to_string();
    assert!(!shown.contains('@'), "an address is shown: {shown}");
    app.stop().await;
}

#[tokio::test]
async fn who_is_suspended_is_not_shown_until_their_account_is_open_again() {
    let app = TestApp::start().await;
    let (admin, people) = (app.admin().await, people(&app, 3).await);
    for (client, amount) in people.iter().zip([30, 20, 10]) {
        give(&admin, client, amount).await;
    }
    let names =
        async || -> Vec<String> { rows(&board(&people[2], everyone(), "ALL_TIME").await["nodes"]).into_iter().map(|row| row.1).collect() };
    admin.query(SUSPEND, json!({"input": {"userId": people[0].id, "reason": "Sold answers."}})).await;
    assert_eq!(names().await, ["P01", "P02"]);
    // Not by a correction either, on the boards that it opens.
    give(&admin, &people[0], 5).await;
    assert_eq!(names().await, ["P01", "P02"]);
    admin.query(REINSTATE, json!({"input": {"userId": people[0].id}})).await;
    assert_eq!(names().await, ["P00", "P01", "P02"]);
    app.stop().await;
}

#[tokio::test]
async fn weeks_and_tracks_count_for_themselves() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    app.noon();
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let track = json!({"trackSlug": "python"});
    // The challenge is the track's; the mission and the achievement are not.
    assert_eq!(rows(&board(&ada, track.clone(), "WEEK").await["nodes"]), [(1, "Ada".to_owned(), 80)]);
    assert_eq!(rows(&board(&ada, everyone(), "WEEK").await["nodes"]), [(1, "Ada".to_owned(), 155)]);
    app.clock.advance(TimeDelta::days(40));
    let (ada, admin) = (ada.again(&app).await, admin.again(&app).await);
    for period in ["WEEK", "MONTH"] {
        let empty = board(&ada, everyone(), period).await;
        assert_eq!((&empty["nodes"], &empty["ownEntry"], &empty["learners"]), (&json!([]), &Value::Null, &json!(0)));
    }
    give(&admin, &ada, 5).await;
    assert_eq!(rows(&board(&ada, everyone(), "MONTH").await["nodes"]), [(1, "Ada".to_owned(), 5)]);
    assert_eq!(rows(&board(&ada, everyone(), "ALL_TIME").await["nodes"]), [(1, "Ada".to_owned(), 160)]);
    let unknown = json!({"scope": {"trackSlug": "nothing"}, "period": "WEEK", "first": null, "after": null});
    assert_eq!(ada.query_raw(LEADERBOARD, unknown).await.code(), "NOT_FOUND");
    app.stop().await;
}

#[tokio::test]
async fn a_board_is_followed_live_and_a_cursor_starts_it_anew() {
    let app = TestApp::start().await;
    let (admin, people) = (app.admin().await, people(&app, 2).await);
    give(&admin, &people[0], 10).await;
    let mut socket = people[1].socket(&app).await;
    let variables = json!({"scope": everyone(), "period": "WEEK", "after": null});
    let stream = socket.subscribe(EVENTS, variables.clone()).await;
    let snapshot = socket.event(&stream).await.unwrap();
    assert_eq!(rows(&snapshot["leaderboard"]["nodes"]), [(1, "P00".to_owned(), 10)]);
    give(&admin, &people[1], 20).await;
    let changes = socket.events(&stream, 2).await;
    let entries: Value = changes.iter().map(|change| change["entry"].clone()).collect();
    assert_eq!(rows(&entries), [(1, "P01".to_owned(), 20), (2, "P00".to_owned(), 10)]);
    assert_eq!((&entries[0]["isViewer"], &changes[1]["seq"]), (&json!(true), &json!(2)));
    let mut resumed = variables;
    resumed["after"] = changes[1]["cursor"].clone();
    let stream = socket.subscribe(EVENTS, resumed).await;
    let anew = socket.events(&stream, 2).await;
    assert_eq!(crate::support::learning::names(&anew), ["StreamReset", "LeaderboardSnapshot"]);
    app.stop().await;
}
