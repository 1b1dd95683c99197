use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::CheckStatus;

use super::STREAK;
use crate::{
    submissions::REJUDGE_SUBMISSION,
    support::{
        TestApp,
        client::Client,
        learning::{ANSWERS, LESSON, answers, queued},
        scripted::{Act, Gate, Scripted},
    },
};

/// Slug, done, needed and whether it is completed, of each.
async fn missions(client: &Client) -> Vec<(String, i64, i64, bool)> {
    let missions = client.query(STREAK, json!({})).await["viewer"]["missions"].as_array().unwrap().clone();
    let told = |mission: &Value| {
        let number = |field: &str| mission[field].as_i64().unwrap();
        (mission["slug"].as_str().unwrap().to_owned(), number("done"), number("needed"), mission["completedAt"].is_string())
    };
    missions.iter().map(told).collect()
}

fn wanted(lesson: bool, failed: bool, quiz: bool, week: i64) -> Vec<(String, i64, i64, bool)> {
    let daily = |slug: &str, done: bool| (slug.to_owned(), i64::from(done), 1, done);
    let weekly = ("strong_week".to_owned(), week, 4, week == 4);
    vec![daily("complete_a_lesson", lesson), daily("pass_what_failed", failed), daily("score_in_a_quiz", quiz), weekly]
}

#[tokio::test]
async fn missions_are_completed_by_what_happens_once_a_day() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    app.noon();
    let mut ada = app.learner("Ada").await;
    assert_eq!(missions(&ada).await, wanted(false, false, false, 0));
    ada.pass_the_quiz().await;
    app.clock.advance(TimeDelta::seconds(61));
    ada.answer_quiz(LESSON, answers(ANSWERS)).await;
    assert_eq!((missions(&ada).await, ada.xp().await), (wanted(false, false, true, 1), 25));
    app.clock.advance(TimeDelta::days(1));
    ada = ada.again(&app).await;
    assert_eq!(missions(&ada).await[2], ("score_in_a_quiz".to_owned(), 0, 1, false));
    ada.answer_quiz(LESSON, answers(ANSWERS)).await;
    assert_eq!(ada.xp().await, 50);
    app.stop().await;
}

#[tokio::test]
async fn a_rejudge_takes_a_mission_back_and_what_failed_then_pays_again() {
    let fails = || Act::fails(&[("test_report_line", CheckStatus::Failed)]);
    // Two attempts, the second judged again to fail, and a third.
    let app = TestApp::builder().sandbox(Scripted::new([fails(), Act::passes(), fails(), Act::passes()])).start().await;
    app.noon();
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let second = ada.attempt(&app, "x = 2").await["id"].clone();
    assert_eq!((missions(&ada).await, ada.xp().await), (wanted(false, true, true, 1), 25 + 72 + 20 + 50));
    let run = admin.query(REJUDGE_SUBMISSION, json!({"input": {"submissionId": second}})).await["rejudgeSubmission"].clone();
    admin.end(&app, &queued(&run)).await;
    assert_eq!((missions(&ada).await, ada.xp().await), (wanted(false, false, true, 1), 25));
    // The third attempt passes: it pays for a third, and all that it causes comes back.
    ada.attempt(&app, "x = 3").await;
    assert_eq!((missions(&ada).await, ada.xp().await), (wanted(false, true, true, 1), 25 + 64 + 20 + 50));
    app.stop().await;
}

#[tokio::test]
async fn a_rejudge_and_a_pass_at_the_same_time_pay_what_one_after_the_other_would() {
    let fails = || Act::fails(&[("test_report_line", CheckStatus::Failed)]);
    let gate = Gate::default();
    let stage = Scripted::new([Act::passes(), fails().after(&[], &gate), Act::passes().after(&[], &gate)]);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    let first = ada.attempt(&app, "x = 1").await["id"].clone();
    let run = admin.query(REJUDGE_SUBMISSION, json!({"input": {"submissionId": first}})).await["rejudgeSubmission"].clone();
    stage.begun(2).await;
    let second = ada.submit("x = 2").await;
    stage.begun(3).await;
    gate.open();
    let rejudged = queued(&run);
    tokio::join!(admin.end(&app, &rejudged), ada.end(&app, &second));
    // The first has failed after all, so the second was a second attempt, and passed what had failed.
    assert_eq!(ada.xp().await, 25 + 72 + 20 + 50);
    let total: i64 =
        ada.query("{ viewer { xpEntries(first: 100) { nodes { amount } } } }", json!({})).await["viewer"]["xpEntries"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["amount"].as_i64().unwrap())
            .sum();
    assert_eq!(total, 25 + 72 + 20 + 50);
    app.stop().await;
}

#[tokio::test]
async fn what_is_handed_in_before_midnight_counts_for_the_day_that_ends_whenever_it_is_judged() {
    let gate = Gate::default();
    let fails = Act::fails(&[("test_report_line", CheckStatus::Failed)]);
    let stage = Scripted::new([fails, Act::passes().after(&[], &gate)]);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    app.noon();
    let mut ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let here = app.clock.now().with_timezone(&chrono_tz::Europe::Berlin);
    let left = TimeDelta::days(1) - here.time().signed_duration_since(chrono::NaiveTime::MIN);
    app.clock.advance(left - TimeDelta::seconds(30));
    ada = ada.again(&app).await;
    let second = ada.submit("x = 2").await;
    stage.begun(2).await;
    assert_eq!(missions(&ada).await[..3], wanted(false, false, true, 0)[..3]);
    // Midnight, and only then the verdict.
    app.clock.advance(TimeDelta::minutes(1));
    gate.open();
    ada.end(&app, &second).await;
    assert_eq!(missions(&ada).await[..3], wanted(false, false, false, 0)[..3], "the new day has its own");
    assert_eq!(ada.xp().await, 25 + 72 + 20 + 50, "the old day's mission is paid");
    // The same on the new day is another day's.
    ada.answer_quiz(LESSON, answers(ANSWERS)).await;
    assert_eq!(missions(&ada).await[..3], wanted(false, false, true, 0)[..3]);
    app.stop().await;
}
