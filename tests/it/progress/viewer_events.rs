use pretty_assertions::assert_eq;
use serde_json::json;

use super::{complete, start, stay};
use crate::support::{
    TestApp,
    learning::{LESSON, NEXT_ANSWERS, NEXT_CHALLENGE, NEXT_FILE, NEXT_LESSON, answers, names, new_request_id, queued, seqs},
    scripted::Scripted,
};

#[tokio::test]
async fn a_learner_hears_of_xp_achievements_and_levels_as_they_come() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    let (mut socket, mut of_eve) = (ada.socket(&app).await, eve.socket(&app).await);
    let stream = socket.viewer_events(None).await;
    let eves = of_eve.viewer_events(None).await;
    assert_eq!(of_eve.event(&eves).await.unwrap()["viewer"]["id"], json!(eve.id));
    let snapshot = socket.event(&stream).await.unwrap();
    assert_eq!((&snapshot["viewer"]["xp"], &snapshot["viewer"]["level"], &snapshot["seq"]), (&json!(0), &json!(1), &json!(0)));
    start(&ada, LESSON).await;
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let passed = socket.events(&stream, 3).await;
    assert_eq!(names(&passed), ["XpAwarded", "AchievementUnlocked", "XpAwarded"]);
    let awards: Vec<_> =
        [0, 2].iter().map(|at| (&passed[*at]["entry"]["kind"], &passed[*at]["entry"]["amount"], &passed[*at]["total"])).collect();
    let (challenge, achievement) = (json!("CHALLENGE"), json!("ACHIEVEMENT"));
    assert_eq!(awards, [(&challenge, &json!(80), &json!(80)), (&achievement, &json!(50), &json!(130))]);
    assert_eq!(passed[1]["achievement"]["slug"], "first_steps");
    stay(&app, &ada, LESSON).await;
    complete(&ada, LESSON).await;
    let lesson = socket.event(&stream).await.unwrap();
    assert_eq!((&lesson["entry"]["kind"], &lesson["total"]), (&json!("LESSON"), &json!(190)));
    ada.answer_quiz(NEXT_LESSON, answers(NEXT_ANSWERS)).await;
    let next = ada.submit_to(NEXT_CHALLENGE, NEXT_FILE, "x = 1", &new_request_id()).await;
    ada.end(&app, &queued(&next)).await;
    let level = socket.events(&stream, 2).await;
    assert_eq!((names(&level), &level[1]["level"]), (vec!["XpAwarded", "LevelReached"], &json!(2)));
    // Resumed after any of them, the rest follows and nothing else.
    let all: Vec<_> = [snapshot].into_iter().chain(passed).chain([lesson]).chain(level).collect();
    assert_eq!(seqs(&all), [0, 1, 2, 3, 4, 5, 6]);
    let mut again = ada.socket(&app).await;
    for (index, event) in all.iter().enumerate() {
        let resumed = again.viewer_events(Some(&event["cursor"])).await;
        assert_eq!(again.events(&resumed, all.len() - index - 1).await, all[index + 1..], "after {event}");
        again.complete(&resumed).await;
    }
    // Nothing of it is Eve's to hear: the next thing on her stream is her own.
    eve.pass_the_quiz().await;
    eve.attempt(&app, "x = 1").await;
    assert_eq!(of_eve.event(&eves).await.unwrap()["total"], 80);
    // Somebody else's cursor is none.
    let stream = of_eve.viewer_events(Some(&all[3]["cursor"])).await;
    assert_eq!(of_eve.refusal(&stream).await, "BAD_USER_INPUT");
    app.stop().await;
}
