use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use serde_json::json;

use super::{complete, heartbeat, start, stay};
use crate::support::{
    TestApp,
    learning::{LESSON, NEXT_ANSWERS, NEXT_CHALLENGE, NEXT_FILE, NEXT_LESSON, answers, new_request_id, queued},
    scripted::Scripted,
};

#[tokio::test]
async fn the_next_lesson_opens_when_the_one_before_is_completed() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    app.noon();
    let ada = app.learner("Ada").await;
    let locked = start(&ada, NEXT_LESSON).await;
    assert_eq!((&locked["code"], &locked["path"]), (&json!("LESSON_LOCKED"), &json!(["input", "lessonSlug"])));
    assert_eq!(start(&ada, LESSON).await["progress"]["missing"].as_array().unwrap().len(), 3);
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    // Claiming it does not complete it.
    let claimed = complete(&ada, LESSON).await["progress"].clone();
    assert_eq!((&claimed["completedAt"], claimed["missing"].as_array().unwrap().len()), (&json!(null), 1), "{claimed}");
    assert_eq!(start(&ada, NEXT_LESSON).await["__typename"], "LessonLocked");
    stay(&app, &ada, LESSON).await;
    let completed = complete(&ada, LESSON).await["progress"].clone();
    assert_eq!(completed["missing"], json!([]));
    assert!(completed["completedAt"].is_string());
    // Two missions of the day are done by it: a quiz, a lesson.
    assert_eq!(ada.xp().await, 80 + 50 + 60 + 25 + 20);
    assert_eq!(start(&ada, NEXT_LESSON).await["__typename"], "StartLessonSuccess");
    let graded = ada.answer_quiz(NEXT_LESSON, answers(NEXT_ANSWERS)).await;
    assert_eq!(graded["score"], 100, "{graded}");
    let next = ada.submit_to(NEXT_CHALLENGE, NEXT_FILE, "x = 1", &new_request_id()).await;
    assert_eq!(ada.end(&app, &queued(&next)).await["verdict"], "ACCEPTED");
    let progress = ada.progress().await;
    assert_eq!((&progress["xp"], &progress["level"]), (&json!(315), &json!(2)));
    let track = &progress["progress"];
    assert_eq!((&track["lessonsCompleted"], &track["challengesPassed"], &track["modulesMastered"]), (&json!(1), &json!(2), &json!(0)));
    app.stop().await;
}

#[tokio::test]
async fn a_lesson_left_open_overnight_counts_for_half_a_minute() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let document = include_str!("../../../graphql/progress/HeartbeatLesson.graphql");
    let early = ada.query_raw(document, json!({"input": {"lessonSlug": LESSON}})).await;
    assert_eq!(early.code(), "BAD_USER_INPUT");
    let begun = start(&ada, LESSON).await["progress"].clone();
    assert_eq!(begun["dwellNeededMs"], 400_000);
    app.clock.advance(TimeDelta::minutes(10));
    let overnight = heartbeat(&ada, LESSON).await["progress"]["dwellMs"].as_i64().unwrap();
    assert!((30_000..31_000).contains(&overnight), "{overnight}");
    app.clock.advance(TimeDelta::seconds(10));
    let more = heartbeat(&ada, LESSON).await["progress"]["dwellMs"].as_i64().unwrap() - overnight;
    assert!((10_000..30_000).contains(&more), "{more}");
    // A second start begins nothing anew.
    let again = start(&ada, LESSON).await["progress"].clone();
    assert_eq!(again["startedAt"], begun["startedAt"]);
    app.stop().await;
}
