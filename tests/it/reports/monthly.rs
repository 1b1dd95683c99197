use chrono::TimeDelta;
use chrono_tz::Europe;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::{error::Error, reports, sandbox::CheckStatus};

use super::{REPORT_CARD, REPORT_CARDS, card, issued, month, move_to};
use crate::support::{
    TestApp,
    client::Client,
    learning::{ANSWERS, CHALLENGE, LESSON, TRACK, answers},
    scripted::{Act, Scripted},
};

const HEARTBEAT: &str = include_str!("../../../graphql/progress/HeartbeatLesson.graphql");

async fn issue_due(app: &TestApp) -> usize {
    reports::issue_due(&app.app).await.map_err(Error::into_anyhow).unwrap()
}

/// All right but the first question: 83.
fn one_wrong() -> Value {
    let mut chosen = ANSWERS.to_vec();
    chosen[0].1 = &["number"];
    answers(&chosen)
}

/// A quiz of 83, three attempts of which the last is accepted, and the lesson completed.
async fn learn(app: &TestApp, client: &Client) {
    client.answer_quiz(LESSON, one_wrong()).await;
    for attempt in ["x = 1", "x = 2", "x = 3"] {
        client.attempt(app, attempt).await;
    }
    // As long as the lesson asks for.
    for _ in 0..14 {
        app.clock.advance(TimeDelta::seconds(30));
        client.query(HEARTBEAT, json!({"input": {"lessonSlug": LESSON}})).await;
    }
}

fn fails() -> Act {
    Act::fails(&[("test_report_line", CheckStatus::Failed)])
}

#[tokio::test]
async fn a_card_tells_of_the_month_and_what_to_take_up_next() {
    let app = TestApp::builder().sandbox(Scripted::new([fails(), fails()])).start().await;
    move_to(&app, 1, 10);
    let ada = app.learner("Ada").await;
    let this = month(&app);
    let empty = card(&ada, &this.to_string()).await;
    assert_eq!(
        (&empty["skill"], &empty["letter"], &empty["isFinal"], &empty["change"]),
        (&json!(0), &json!("F"), &json!(false), &json!(null))
    );
    let first = &empty["weaknesses"].as_array().unwrap()[2]["nextStep"];
    assert_eq!((&first["lesson"]["slug"], &first["challenge"]), (&json!(LESSON), &json!(null)));

    learn(&app, &ada).await;
    let now = card(&ada, &this.to_string()).await;
    let figures = json!({"quizzes": 1, "quizAverage": 83, "attempts": 3, "passRate": 33, "lessonsCompleted": 1, "challengesPassed": 1});
    // 0.45 x 83 + 0.35 x 33.3 + 0.2 x 8 = 50.6
    assert_eq!((&now["figures"], &now["skill"], &now["letter"]), (&figures, &json!(50), &json!("F")));
    assert_eq!(now["strengths"], json!([{"area": "QUIZZES", "value": 83, "strongFrom": 75}]));
    let weaknesses = now["weaknesses"].as_array().unwrap();
    let areas: Vec<&Value> = weaknesses.iter().map(|weakness| &weakness["area"]).collect();
    assert_eq!(areas, ["PASS_RATE", "LESSONS"]);
    for weakness in weaknesses {
        let step = &weakness["nextStep"];
        let named = step["lesson"]["slug"].as_str().or(step["challenge"]["slug"].as_str());
        assert!(named.is_some_and(|slug| slug != LESSON && slug != CHALLENGE) && step["text"].is_string(), "{weakness}");
    }
    let xp: i64 = now["xpByDay"].as_array().unwrap().iter().map(|day| day.as_i64().unwrap()).sum();
    assert_eq!((now["xp"].as_i64().unwrap(), now["xpByDay"][9].as_i64().unwrap()), (xp, xp));
    assert_eq!(xp, ada.xp().await);
    let tracks = now["tracks"].as_array().unwrap();
    assert_eq!((tracks.len(), &tracks[0]["slug"], &tracks[0]["skill"]), (1, &json!(TRACK), &json!(50)));
    assert_eq!(issued(&ada).await, Vec::<String>::new());

    move_to(&app, 1, 3);
    let ada = ada.again(&app).await;
    let after = card(&ada, &this.next().to_string()).await;
    assert_eq!(
        (&after["change"]["skillBefore"], &after["change"]["letterBefore"], &after["change"]["skill"]),
        (&json!(50), &json!("F"), &json!(-50))
    );
    // A month that is over is issued by whoever asks first.
    let last = card(&ada, &this.to_string()).await;
    assert_eq!((&last["skill"], &last["isFinal"], issued(&ada).await), (&json!(50), &json!(true), vec![this.to_string()]));
    app.stop().await;
}

#[tokio::test]
async fn a_month_has_one_card_whoever_issues_it_and_however_often() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    move_to(&app, 1, 10);
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    ada.pass_the_quiz().await;
    let this = month(&app);
    assert_eq!(issue_due(&app).await, 0);
    // Within the hour after midnight what was under way may still come in.
    app.clock.advance(this.bounds(Europe::Berlin).1 - app.clock.now() + TimeDelta::minutes(59));
    assert_eq!(issue_due(&app).await, 0);
    app.clock.advance(TimeDelta::minutes(2));
    let both = tokio::join!(issue_due(&app), issue_due(&app));
    assert_eq!(both.0 + both.1, 1);
    assert_eq!(issue_due(&app).await, 0);
    let (ada, eve) = (ada.again(&app).await, eve.again(&app).await);
    assert_eq!(issued(&ada).await, [this.to_string()]);
    let told =
        ada.query("{ viewer { notifications { nodes { kind title } } } }", json!({})).await["viewer"]["notifications"]["nodes"].clone();
    let told: Vec<&Value> = told.as_array().unwrap().iter().filter(|note| note["kind"] == "REPORT_CARD_ISSUED").collect();
    assert_eq!((told.len(), &told[0]["title"]), (1, &json!(format!("Your report card of {}", this.name()))));
    // Who did nothing is not written to, and may ask.
    assert_eq!(issued(&eve).await, Vec::<String>::new());
    assert_eq!(card(&eve, &this.to_string()).await["letter"], "F");
    assert_eq!(issued(&eve).await, [this.to_string()]);
    let first = card(&ada, &this.to_string()).await;
    app.clock.advance(TimeDelta::seconds(61));
    ada.pass_the_quiz().await;
    let mut again = card(&ada, &this.to_string()).await;
    again["pdfUrl"] = first["pdfUrl"].clone();
    assert_eq!(again, first, "a card that is issued changes no more");
    app.stop().await;
}

#[tokio::test]
async fn a_month_without_an_account_has_no_card_and_nonsense_is_no_month() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let this = month(&app);
    for none in [this.next(), this.previous()] {
        assert_eq!(card(&ada, &none.to_string()).await, json!(null), "{none}");
    }
    for bad in ["", "2026", "2026-13", "november", "2026-11-01", "\0", &"2".repeat(10_000)] {
        assert_eq!(ada.query_raw(REPORT_CARD, json!({"month": bad})).await.code(), "BAD_USER_INPUT", "{bad}");
    }
    for (first, after) in [(json!(0), json!(null)), (json!(101), json!(null)), (json!(1), json!("bm8"))] {
        assert_eq!(ada.query_raw(REPORT_CARDS, json!({"first": first, "after": after})).await.code(), "BAD_USER_INPUT");
    }
    app.stop().await;
}

#[tokio::test]
async fn cards_are_paged_from_the_newest() {
    let app = TestApp::start().await;
    let mut ada = app.learner("Ada").await;
    let mut months = Vec::new();
    for _ in 0..3 {
        months.push(month(&app).to_string());
        move_to(&app, 1, 5);
        ada = ada.again(&app).await;
        card(&ada, months.last().unwrap()).await;
    }
    months.reverse();
    let mut seen = Vec::new();
    let mut after = json!(null);
    loop {
        let data = ada.query(REPORT_CARDS, json!({"first": 2, "after": after})).await["viewer"]["reportCards"].clone();
        seen.extend(data["nodes"].as_array().unwrap().iter().map(|card| card["month"].as_str().unwrap().to_owned()));
        if data["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = data["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, months);
    app.stop().await;
}
