use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CORRECT_XP, notifications};
use crate::support::{TestApp, client::Client, scripted::Scripted};

const XP_ENTRIES: &str = include_str!("../../../graphql/progress/XpEntries.graphql");
const MARK_READ: &str = include_str!("../../../graphql/progress/MarkNotificationsRead.graphql");
const DASHBOARD: &str = include_str!("../../../graphql/progress/Dashboard.graphql");

async fn entries(client: &Client) -> (i64, Vec<Value>) {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let viewer = client.query(XP_ENTRIES, json!({"first": 2, "after": after})).await["viewer"].clone();
        all.extend(viewer["xpEntries"]["nodes"].as_array().unwrap().clone());
        if viewer["xpEntries"]["pageInfo"]["hasNextPage"] == false {
            return (viewer["xp"].as_i64().unwrap(), all);
        }
        after = viewer["xpEntries"]["pageInfo"]["endCursor"].clone();
    }
}

async fn correct(admin: &Client, learner: &Client, amount: i64, request: &str) -> Value {
    let input = json!({"userId": learner.id, "amount": amount, "reason": " For a found typo. ", "clientRequestId": request});
    admin.query_raw(CORRECT_XP, json!({"input": input})).await.body
}

#[tokio::test]
async fn every_entry_has_a_reason_and_the_content_that_caused_it() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let (total, entries) = entries(&ada).await;
    let kinds: Vec<&str> = entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ACHIEVEMENT", "CHALLENGE", "MISSION"]);
    assert_eq!(total, entries.iter().map(|entry| entry["amount"].as_i64().unwrap()).sum::<i64>());
    for entry in entries {
        assert!(entry["contentVersion"].is_string() && entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{entry}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_admin_corrects_with_an_entry_of_its_own_and_what_follows_follows() {
    let app = TestApp::start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    assert_eq!(correct(&ada, &ada, 5, "a").await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    let refusals = [(0, "amount"), (100_001, "amount"), (-100_001, "amount")];
    for (amount, field) in refusals {
        let refused = correct(&admin, &ada, amount, "a").await["data"]["correctXp"].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID_INPUT"), &json!(["input", field])));
    }
    let (one, two) = tokio::join!(correct(&admin, &ada, 500, "a"), correct(&admin, &ada, 500, "a"));
    assert_eq!(one["data"]["correctXp"]["entry"], two["data"]["correctXp"]["entry"]);
    assert_eq!(one["data"]["correctXp"]["entry"]["reason"], "For a found typo.");
    assert_eq!(correct(&admin, &ada, 501, "a").await["errors"][0]["extensions"]["code"], "CONFLICT");
    // 500 unlock an achievement, and its bonus counts.
    assert_eq!(ada.xp().await, 600);
    correct(&admin, &ada, -101, "b").await;
    assert_eq!(ada.xp().await, 399);
    let (total, entries) = entries(&ada).await;
    let amounts: Vec<i64> = entries.iter().map(|entry| entry["amount"].as_i64().unwrap()).collect();
    assert_eq!((total, amounts), (399, vec![-100, -101, 100, 500]));
    let unlocked = ada.progress().await["achievements"].as_array().unwrap().iter().filter(|one| !one["unlockedAt"].is_null()).count();
    assert_eq!(unlocked, 0);
    app.stop().await;
}

#[tokio::test]
async fn notifications_are_kept_and_read() {
    let app = TestApp::start().await;
    let (ada, eve, admin) = (app.learner("Ada").await, app.learner("Eve").await, app.admin().await);
    correct(&admin, &ada, 300, "a").await;
    let notes = notifications(&ada, true).await;
    let kinds: Vec<&str> = notes.iter().map(|note| note["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["XP_CORRECTED", "LEVEL_REACHED"]);
    assert!(notifications(&eve, false).await.is_empty());
    let mark = async |client: &Client, ids: Value| {
        let data = client.query(MARK_READ, json!({"input": {"notificationIds": ids}})).await;
        data["markNotificationsRead"]["unreadNotifications"].clone()
    };
    // Somebody else's are passed over.
    assert_eq!(mark(&eve, json!([notes[0]["id"]])).await, 0);
    assert_eq!(mark(&ada, json!([notes[0]["id"], "nonsense"])).await, 1);
    assert_eq!(notifications(&ada, true).await.len(), 1);
    assert_eq!(mark(&ada, Value::Null).await, 0);
    let all = notifications(&ada, false).await;
    assert!(all.len() == 2 && all.iter().all(|note| note["readAt"].is_string()));
    let many: Vec<&Value> = std::iter::repeat_n(&notes[0]["id"], 101).collect();
    let refused = ada.query(MARK_READ, json!({"input": {"notificationIds": many}})).await["markNotificationsRead"].clone();
    assert_eq!(refused["code"], "INVALID_INPUT");
    app.stop().await;
}

#[tokio::test]
async fn the_dashboard_shows_it_all() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    app.noon();
    let ada = app.learner("Ada").await;
    let dashboard = async || ada.query(DASHBOARD, json!({})).await["viewer"]["dashboard"].clone();
    let fresh = dashboard().await;
    assert_eq!((&fresh["xp"], &fresh["level"], &fresh["rank"], &fresh["nextLevelAt"]), (&json!(0), &json!(1), &Value::Null, &json!(200)));
    assert_eq!((&fresh["next"]["reason"], &fresh["next"]["lesson"]["slug"]), (&json!("NEXT"), &json!(crate::support::learning::LESSON)));
    let poor: &[(&str, &[&str])] = &[
        ("join-or-add", &["text"]),
        ("second-name", &["ten"]),
        ("average-brackets", &["zero-low"]),
        ("float-equality", &["broken"]),
        ("which-are-float", &[]),
        ("reviewing-conversion", &["name"]),
    ];
    ada.answer_quiz(crate::support::learning::LESSON, crate::support::learning::answers(poor)).await;
    assert_eq!(dashboard().await["next"]["reason"], "WEAKEST");
    app.clock.advance(chrono::TimeDelta::seconds(61));
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let later = dashboard().await;
    assert_eq!((&later["xp"], &later["xpToday"], &later["xpThisWeek"], &later["rank"]), (&json!(155), &json!(155), &json!(155), &json!(1)));
    assert_eq!((&later["dailyGoal"], &later["weeklyGoal"]["done"]), (&json!({"done": 155, "goal": 50, "reached": true}), &json!(0)));
    assert_eq!((&later["streak"]["current"], &later["streak"]["days"][34]["mark"]), (&json!(1), &json!("COUNTED")));
    assert_eq!((&later["recentUnlocks"][0]["slug"], &later["unreadNotifications"]), (&json!("first_steps"), &json!(1)));
    assert_eq!(later["next"]["reason"], "BEGUN");
    app.stop().await;
}
