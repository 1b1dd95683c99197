use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::CheckStatus;

use super::reveal_hint;
use crate::support::{
    TestApp,
    learning::CHALLENGE,
    scripted::{Act, Scripted},
};

fn fails() -> Act {
    Act::fails(&[("test_report_line", CheckStatus::Failed)])
}

#[tokio::test]
async fn each_attempt_lowers_what_a_pass_is_worth_and_a_second_pass_is_worth_nothing() {
    let app = TestApp::builder().sandbox(Scripted::new([fails(), fails()])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    for (attempt, verdict, xp) in
        [(1, "WRONG_ANSWER", 0), (2, "WRONG_ANSWER", 0), (3, "ACCEPTED", 64 + 50 + 20), (4, "ACCEPTED", 64 + 50 + 20)]
    {
        let end = ada.attempt(&app, "x = 1").await;
        assert_eq!((&end["attempt"], &end["verdict"], &end["usesAttempt"]), (&json!(attempt), &json!(verdict), &json!(true)));
        // Beside it, the missions of the day: the quiz, and to pass what had failed.
        assert_eq!(ada.xp().await, 25 + xp, "after attempt {attempt}");
    }
    let achievements = ada.progress().await["achievements"].clone();
    let unlocked: Vec<&Value> = achievements.as_array().unwrap().iter().filter(|one| !one["unlockedAt"].is_null()).collect();
    assert_eq!((unlocked.len(), &unlocked[0]["slug"]), (1, &json!("first_steps")));
    app.stop().await;
}

#[tokio::test]
async fn a_hint_opens_after_a_graded_attempt_and_the_second_lowers_the_xp() {
    let app = TestApp::builder().sandbox(Scripted::new([fails(), fails(), Act::breaks(), Act::breaks(), Act::breaks()])).start().await;
    let ada = app.learner("Ada").await;
    assert_eq!(reveal_hint(&ada, CHALLENGE).await["code"], "HINT_LOCKED");
    ada.pass_the_quiz().await;
    assert_eq!(reveal_hint(&ada, CHALLENGE).await["code"], "HINT_LOCKED");
    for rung in [1, 2] {
        ada.attempt(&app, "x = 1").await;
        let opened = reveal_hint(&ada, CHALLENGE).await["hint"].clone();
        assert_eq!(opened["rung"], rung, "{opened}");
        assert!(opened["body"].as_str().is_some_and(|body| !body.is_empty()));
        assert_eq!(reveal_hint(&ada, CHALLENGE).await["__typename"], "HintLocked");
    }
    // An attempt that was not judged opens nothing.
    assert_eq!(ada.attempt(&app, "x = 1").await["verdict"], "INFRASTRUCTURE");
    assert_eq!(reveal_hint(&ada, CHALLENGE).await["__typename"], "HintLocked");
    ada.attempt(&app, "x = 1").await;
    // 80 x 0.8 for the third attempt x 0.9 for the second hint is 57.6.
    assert_eq!(ada.xp().await, 58 + 50 + 25 + 20);
    // What is opened after the pass costs nothing any more.
    assert_eq!(reveal_hint(&ada, CHALLENGE).await["hint"]["rung"], 3);
    assert_eq!(reveal_hint(&ada, CHALLENGE).await["__typename"], "HintLocked");
    ada.attempt(&app, "x = 1").await;
    assert_eq!(ada.xp().await, 58 + 50 + 25 + 20);
    app.stop().await;
}
