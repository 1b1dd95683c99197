use diesel_async::RunQueryDsl;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    learning::{CHALLENGE, FILE, LESSON, NEXT_LESSON, TRACK, new_request_id},
};

const LOCKS: &str = include_str!("../../../graphql/progress/Locks.graphql");

#[tokio::test]
async fn each_locked_item_says_why_and_what_opens_it() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let modules = ada.query(LOCKS, json!({"trackSlug": TRACK})).await["track"]["modules"].clone();
    assert_eq!((&modules[0]["lock"], &modules[0]["lessons"][0]["lock"]), (&Value::Null, &Value::Null));
    assert_eq!(modules[1]["lock"]["reason"], "MODULE_NOT_MASTERED");
    assert_eq!(modules[1]["lock"]["module"]["slug"], modules[0]["slug"]);
    let (first, next) = (&modules[0]["lessons"][0], &modules[0]["lessons"][1]);
    let quiz = &first["challenge"]["lock"];
    assert_eq!(
        (&first["challenge"]["slug"], &quiz["reason"], &quiz["lesson"]["slug"]),
        (&json!(CHALLENGE), &json!("QUIZ_NOT_PASSED"), &json!(LESSON))
    );
    assert_eq!((&next["slug"], &next["lock"]["reason"]), (&json!(NEXT_LESSON), &json!("LESSON_NOT_COMPLETED")));
    assert_eq!(next["lock"]["lesson"]["slug"], LESSON);
    assert_eq!(next["lockedBecause"], next["lock"]["message"]);
    let anonymous = app.anonymous().query(LOCKS, json!({"trackSlug": TRACK})).await["track"]["modules"].clone();
    assert_eq!(anonymous[1]["lock"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn a_plan_opens_the_first_five_challenges_of_a_track() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    // As if the path were a track like the others, with five challenges more before its first lesson, all of them passed.
    for statement in [
        "UPDATE tracks SET slug = 'web' WHERE slug = 'python'",
        "INSERT INTO challenges (id, module_id, slug, title, summary, difficulty, points, minutes, runtime, red_team, position, version_id) \
         SELECT gen_random_uuid(), c.module_id, 'before-' || n, 'Before', '', c.difficulty, 10, 1, c.runtime, false, n - 50, c.version_id \
         FROM challenges c, generate_series(1, 5) n WHERE c.slug = 'python-temperature-converter'",
        "INSERT INTO challenge_progress (user_id, challenge_id, passed_at) SELECT u.id, c.id, now() FROM users u, challenges c \
         WHERE c.slug LIKE 'before-%'",
        "INSERT INTO publications (id, published_at) VALUES (gen_random_uuid(), now())",
    ] {
        diesel::sql_query(statement).execute(&mut app.conn().await).await.unwrap();
    }
    ada.pass_the_quiz().await;
    let refused = ada.submit_to(CHALLENGE, FILE, "x = 1", &new_request_id()).await;
    assert_eq!(refused["code"], "PLAN_LIMIT_REACHED", "{refused}");
    let modules = ada.query(LOCKS, json!({"trackSlug": "web"})).await["track"]["modules"].clone();
    let lessons = modules[0]["lessons"].as_array().unwrap().clone();
    let lock = &lessons.iter().find(|lesson| lesson["slug"] == LESSON).unwrap()["challenge"]["lock"];
    assert_eq!((&lock["reason"], &lock["plan"]), (&json!("PLAN_LIMIT"), &json!("pro")));
    diesel::sql_query("UPDATE users SET plan = 'pro'").execute(&mut app.conn().await).await.unwrap();
    let ada = ada.again(&app).await;
    let sent = ada.submit_to(CHALLENGE, FILE, "x = 1", &new_request_id()).await;
    assert_eq!(sent["__typename"], "SubmitSolutionSuccess", "{sent}");
    app.stop().await;
}
