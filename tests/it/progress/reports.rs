use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{REPORT_PROBLEM, start};
use crate::support::{TestApp, learning::LESSON};

#[tokio::test]
async fn a_learner_tells_that_a_lesson_is_wrong_twenty_times_a_day_at_most() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let lesson = start(&ada, LESSON).await["lesson"]["id"].clone();
    let report = async |message: &str| {
        let input = json!({"itemId": lesson, "message": message});
        ada.query(REPORT_PROBLEM, json!({"input": input})).await["reportProblem"].clone()
    };
    for message in ["", "  \n", &"x".repeat(2_001), "nul \0"] {
        let refused = report(message).await;
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID_INPUT"), &json!(["input", "message"])));
    }
    for _ in 0..20 {
        assert!(report("The second example does not run.").await["reportId"].is_string());
    }
    assert_eq!(report("Once more.").await["code"], "PLAN_LIMIT_REACHED");
    app.clock.advance(chrono::TimeDelta::minutes(10));
    assert_eq!(report("Once more.").await["code"], "PLAN_LIMIT_REACHED");
    for item in ["nonsense".to_owned(), ada.id.clone(), "lesson_01h455vb4pex5vsknk084sn02q".to_owned()] {
        let unknown = ada.query_raw(REPORT_PROBLEM, json!({"input": {"itemId": item, "message": "It is wrong."}})).await;
        assert_eq!((unknown.code(), &unknown.body["data"]), ("NOT_FOUND", &Value::Null));
    }
    app.stop().await;
}
