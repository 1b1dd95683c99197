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
    app.noon();
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
    let passed = socket.events(&stream, 7).await;
    let wanted = ["MissionCompleted", "XpAwarded", "XpAwarded", "StreakChanged", "AchievementUnlocked", "NotificationCreated", "XpAwarded"];
    assert_eq!(names(&passed), wanted);
    let awards: Vec<_> =
        [1, 2, 6].iter().map(|at| (&passed[*at]["entry"]["kind"], &passed[*at]["entry"]["amount"], &passed[*at]["total"])).collect();
    let (mission, challenge, achievement) = (json!("MISSION"), json!("CHALLENGE"), json!("ACHIEVEMENT"));
    let wanted = [(&mission, &json!(25), &json!(25)), (&challenge, &json!(80), &json!(105)), (&achievement, &json!(50), &json!(155))];
    assert_eq!(awards, wanted);
    assert_eq!((&passed[0]["mission"]["slug"], &passed[3]["streak"]["current"]), (&json!("score_in_a_quiz"), &json!(1)));
    assert_eq!(
        (&passed[4]["achievement"]["slug"], &passed[5]["notification"]["kind"]),
        (&json!("first_steps"), &json!("ACHIEVEMENT_UNLOCKED"))
    );
    stay(&app, &ada, LESSON).await;
    complete(&ada, LESSON).await;
    let lesson = socket.events(&stream, 5).await;
    assert_eq!(names(&lesson), ["XpAwarded", "LevelReached", "NotificationCreated", "MissionCompleted", "XpAwarded"]);
    assert_eq!((&lesson[0]["entry"]["kind"], &lesson[1]["level"], &lesson[4]["total"]), (&json!("LESSON"), &json!(2), &json!(235)));
    ada.answer_quiz(NEXT_LESSON, answers(NEXT_ANSWERS)).await;
    let next = ada.submit_to(NEXT_CHALLENGE, NEXT_FILE, "x = 1", &new_request_id()).await;
    ada.end(&app, &queued(&next)).await;
    let last = socket.event(&stream).await.unwrap();
    assert_eq!((&last["entry"]["kind"], &last["total"]), (&json!("CHALLENGE"), &json!(315)));
    // Resumed after any of them, the rest follows and nothing else.
    let all: Vec<_> = [snapshot].into_iter().chain(passed).chain(lesson).chain([last]).collect();
    assert_eq!(seqs(&all), (0..=13).collect::<Vec<_>>());
    let mut again = ada.socket(&app).await;
    for (index, event) in all.iter().enumerate() {
        let resumed = again.viewer_events(Some(&event["cursor"])).await;
        assert_eq!(again.events(&resumed, all.len() - index - 1).await, all[index + 1..], "after {event}");
        again.complete(&resumed).await;
    }
    // Nothing of it is Eve's to hear: the next thing on her stream is her own.
    eve.pass_the_quiz().await;
    eve.attempt(&app, "x = 1").await;
    assert_eq!(of_eve.event(&eves).await.unwrap()["__typename"], "MissionCompleted");
    assert_eq!(of_eve.event(&eves).await.unwrap()["total"], 25);
    // Somebody else's cursor is none.
    let stream = of_eve.viewer_events(Some(&all[3]["cursor"])).await;
    assert_eq!(of_eve.refusal(&stream).await, "BAD_USER_INPUT");
    app.stop().await;
}
