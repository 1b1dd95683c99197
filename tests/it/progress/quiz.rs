use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    learning::{ANSWERS, LESSON, NEXT_ANSWERS, NEXT_LESSON, answers},
};

/// All right but the first question.
fn one_wrong() -> Value {
    let mut chosen = ANSWERS.to_vec();
    chosen[0].1 = &["number"];
    answers(&chosen)
}

#[tokio::test]
async fn a_quiz_is_graded_by_the_server_and_the_best_score_counts() {
    let app = TestApp::start().await;
    app.noon();
    let ada = app.learner("Ada").await;
    let graded = ada.answer_quiz(LESSON, one_wrong()).await;
    assert_eq!((&graded["attempt"], &graded["score"], &graded["passed"]), (&json!(1), &json!(83), &json!(true)), "{graded}");
    let first = &graded["questions"][0];
    assert_eq!((&first["right"], &first["correctOptionIds"]), (&json!(false), &json!(["text"])));
    assert!(first["explanation"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(graded["questions"].as_array().unwrap()[1..].iter().all(|question| question["right"] == true));
    app.clock.advance(TimeDelta::seconds(59));
    let soon = ada.answer_quiz(LESSON, answers(ANSWERS)).await;
    assert_eq!((&soon["__typename"], &soon["code"]), (&json!("QuizRetakeTooSoon"), &json!("QUIZ_RETAKE_TOO_SOON")));
    app.clock.advance(TimeDelta::seconds(1));
    let better = ada.answer_quiz(LESSON, answers(ANSWERS)).await;
    assert_eq!((&better["attempt"], &better["score"], &better["bestScore"]), (&json!(2), &json!(100), &json!(100)));
    app.clock.advance(TimeDelta::seconds(60));
    let worse = ada.answer_quiz(LESSON, one_wrong()).await;
    assert_eq!((&worse["score"], &worse["bestScore"]), (&json!(83), &json!(100)));
    // All that a quiz gives is the mission of the day, once.
    assert_eq!(ada.xp().await, 25);
    app.stop().await;
}

#[tokio::test]
async fn answers_that_name_nothing_are_refused_and_use_no_attempt() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let mut wrong_question = ANSWERS.to_vec();
    wrong_question[0].0 = "no-such-question";
    let mut wrong_option = ANSWERS.to_vec();
    wrong_option[1].1 = &["no-such-option"];
    let mut twice = ANSWERS.to_vec();
    twice[1] = twice[0];
    let mut same_option_twice = ANSWERS.to_vec();
    same_option_twice[4].1 = &["true-division", "true-division"];
    for mistaken in [answers(&wrong_question), answers(&wrong_option), answers(&twice), answers(&same_option_twice), answers(&ANSWERS[1..])]
    {
        let refused = ada.answer_quiz(LESSON, mistaken.clone()).await;
        assert_eq!((&refused["__typename"], &refused["path"]), (&json!("InvalidInput"), &json!(["input", "answers"])), "{mistaken}");
    }
    assert_eq!(ada.answer_quiz(LESSON, answers(ANSWERS)).await["attempt"], 1);
    assert_eq!(ada.answer_quiz(NEXT_LESSON, answers(NEXT_ANSWERS)).await["__typename"], "LessonLocked");
    app.stop().await;
}

#[tokio::test]
async fn answers_that_are_sent_twice_at_once_are_graded_once() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let both = tokio::join!(ada.answer_quiz(LESSON, answers(ANSWERS)), ada.answer_quiz(LESSON, answers(ANSWERS)));
    let mut types = [both.0["__typename"].clone(), both.1["__typename"].clone()];
    types.sort_by_key(ToString::to_string);
    assert_eq!(types, [json!("AnswerQuizSuccess"), json!("QuizRetakeTooSoon")]);
    app.stop().await;
}
