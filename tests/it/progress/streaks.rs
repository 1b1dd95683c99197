use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::progress;

use super::{REVEAL_HINT, STREAK, UPDATE_LEARNING_SETTINGS, notifications};
use crate::{
    submissions::REJUDGE_SUBMISSION,
    support::{
        TestApp,
        client::Client,
        learning::{names, queued},
        scripted::{Act, Scripted},
    },
};

async fn streak(client: &Client) -> Value {
    client.query(STREAK, json!({})).await["viewer"]["streak"].clone()
}

/// Current, longest, freezes.
async fn figures(client: &Client) -> [i64; 3] {
    let streak = streak(client).await;
    ["current", "longest", "freezes"].map(|figure| streak[figure].as_i64().unwrap())
}

/// The marks of the last so many dates.
async fn marks(client: &Client, count: usize) -> Vec<String> {
    let days = streak(client).await["days"].as_array().unwrap().clone();
    assert_eq!(days.len(), 35);
    days[35 - count..].iter().map(|day| day["mark"].as_str().unwrap().to_owned()).collect()
}

/// The scheduler's look at the days that have ended.
async fn roll(app: &TestApp) -> usize {
    progress::streaks::roll(&app.app).await.map_err(weak_to_strong::error::Error::into_anyhow).unwrap()
}

async fn set(client: &Client, input: Value) -> Value {
    client.query(UPDATE_LEARNING_SETTINGS, json!({"input": input})).await["updateLearningSettings"].clone()
}

#[tokio::test]
async fn a_streak_grows_earns_a_freeze_is_held_and_ends() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    app.noon();
    let mut ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    assert_eq!(figures(&ada).await, [0, 0, 0]);
    for day in 1..=7 {
        assert_eq!(streak(&ada).await["todayCounts"], false);
        ada.attempt(&app, "x = 1").await;
        assert_eq!(figures(&ada).await, [day, day, i64::from(day == 7)]);
        app.clock.advance(TimeDelta::days(1));
        ada = ada.again(&app).await;
    }
    let now = streak(&ada).await;
    assert_eq!((&now["band"], &now["nextBand"], &now["todayCounts"]), (&json!(7), &json!(14), &json!(false)));
    assert_eq!(marks(&ada, 4).await, ["COUNTED", "COUNTED", "COUNTED", "OPEN"]);
    // A day is missed, and the freeze is spent: once, however often anybody looks.
    app.clock.advance(TimeDelta::days(1));
    ada = ada.again(&app).await;
    let both = tokio::join!(roll(&app), roll(&app));
    assert!(both.0 + both.1 >= 1, "nobody looked");
    assert_eq!((figures(&ada).await, roll(&app).await), ([7, 7, 0], 0));
    ada.attempt(&app, "x = 1").await;
    assert_eq!((figures(&ada).await, marks(&ada, 3).await), ([8, 8, 0], vec!["COUNTED".into(), "FROZEN".into(), "COUNTED".into()]));
    // Two more are too many.
    app.clock.advance(TimeDelta::days(2));
    ada = ada.again(&app).await;
    assert_eq!((roll(&app).await, figures(&ada).await), (1, [0, 8, 0]));
    assert_eq!(marks(&ada, 2).await, ["MISSED", "OPEN"]);
    let told: Vec<Value> = notifications(&ada, false).await.iter().map(|note| note["kind"].clone()).collect();
    assert_eq!(told.iter().filter(|kind| **kind == "STREAK_FROZEN").count(), 1);
    assert_eq!(told.first(), Some(&json!("STREAK_LOST")));
    // The stream told each change, the end too.
    let mut socket = ada.socket(&app).await;
    let stream = socket.viewer_events(None).await;
    socket.event(&stream).await;
    ada.attempt(&app, "x = 1").await;
    let event = socket.event(&stream).await.unwrap();
    assert_eq!(
        (names(std::slice::from_ref(&event)), &event["streak"]["current"], &event["streak"]["longest"]),
        (vec!["StreakChanged"], &json!(1), &json!(8))
    );
    app.stop().await;
}

#[tokio::test]
async fn a_late_rejudge_takes_a_day_away_and_gives_it_back() {
    let stage =
        Scripted::new([Act::passes(), Act::passes(), Act::fails(&[("test_report_line", weak_to_strong::sandbox::CheckStatus::Failed)])]);
    let app = TestApp::builder().sandbox(stage).start().await;
    app.noon();
    let (mut ada, mut admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    app.clock.advance(TimeDelta::days(1));
    ada = ada.again(&app).await;
    let second = ada.attempt(&app, "x = 1").await["id"].clone();
    app.clock.advance(TimeDelta::days(1));
    (ada, admin) = (ada.again(&app).await, admin.again(&app).await);
    assert_eq!(figures(&ada).await, [2, 2, 0]);
    for expected in [[0, 1, 0], [2, 2, 0]] {
        let run = admin.query(REJUDGE_SUBMISSION, json!({"input": {"submissionId": second}})).await["rejudgeSubmission"].clone();
        admin.end(&app, &queued(&run)).await;
        assert_eq!(figures(&ada).await, expected);
    }
    app.stop().await;
}

#[tokio::test]
async fn the_day_is_the_learners_own_and_a_change_of_zone_never_shortens_it() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    app.noon();
    let mut ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    assert_eq!(set(&ada, json!({"timeZone": "Pacific/Honolulu", "dayStartHour": 4})).await["settings"]["dayStartHour"], 4);
    ada.attempt(&app, "x = 1").await;
    assert_eq!(figures(&ada).await, [1, 1, 0]);
    // Twenty hours on, it is a date later in Honolulu and two later in Kiritimati: the one between is not missed.
    app.clock.advance(TimeDelta::hours(20));
    ada = ada.again(&app).await;
    set(&ada, json!({"timeZone": "Pacific/Kiritimati", "dayStartHour": 0})).await;
    assert_eq!(figures(&ada).await, [1, 1, 0]);
    app.clock.advance(TimeDelta::hours(18));
    ada = ada.again(&app).await;
    ada.attempt(&app, "x = 1").await;
    assert_eq!(figures(&ada).await, [2, 2, 0]);
    let viewer = ada.query(include_str!("../../../graphql/accounts/Viewer.graphql"), json!({})).await["viewer"].clone();
    assert_eq!(viewer["timeZone"], "Pacific/Kiritimati");
    app.stop().await;
}

#[tokio::test]
async fn settings_are_checked_and_a_clock_is_not_turned_all_day() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let document = include_str!("../../../graphql/progress/LearningSettings.graphql");
    let settings = async || ada.query(document, json!({})).await["viewer"]["settings"].clone();
    let defaults =
        json!({"timeZone": "Europe/Berlin", "dayStartHour": 0, "dailyXpGoal": 50, "weeklyLessonsGoal": 5, "listedOnLeaderboards": true});
    assert_eq!(settings().await, defaults);
    let malformed = [
        ("timeZone", json!("Mars/Olympus")),
        ("dayStartHour", json!(13)),
        ("dayStartHour", json!(-1)),
        ("dailyXpGoal", json!(0)),
        ("weeklyLessonsGoal", json!(101)),
    ];
    for (field, value) in malformed {
        let refused = set(&ada, json!({field: value, "listedOnLeaderboards": false})).await;
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID_INPUT"), &json!(["input", field])));
    }
    assert_eq!(settings().await, defaults, "what is refused changes nothing");
    set(&ada, json!({"dailyXpGoal": 80, "weeklyLessonsGoal": 3})).await;
    for hour in 1..=5 {
        assert_eq!(set(&ada, json!({"dayStartHour": hour})).await["settings"]["dayStartHour"], hour);
    }
    assert_eq!(set(&ada, json!({"dayStartHour": 6, "dailyXpGoal": 1})).await["code"], "TOO_MANY_CHANGES");
    // The same again is no change.
    assert_eq!(set(&ada, json!({"dayStartHour": 5})).await["settings"]["dailyXpGoal"], 80);
    app.stop().await;
}

#[tokio::test]
async fn hints_do_not_count_for_a_day() {
    let app = TestApp::builder()
        .sandbox(Scripted::new([Act::fails(&[("test_report_line", weak_to_strong::sandbox::CheckStatus::Failed)])]))
        .start()
        .await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    ada.query(REVEAL_HINT, json!({"input": {"challengeSlug": crate::support::learning::CHALLENGE}})).await;
    assert_eq!(figures(&ada).await, [0, 0, 0]);
    app.stop().await;
}
