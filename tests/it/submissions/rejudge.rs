use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::CheckStatus;

use super::REJUDGE_SUBMISSION;
use crate::support::{
    TestApp,
    client::Client,
    learning::queued,
    scripted::{Act, Scripted},
};

fn fails() -> Act {
    Act::fails(&[("test_report_line", CheckStatus::Failed)])
}

async fn rejudge(admin: &Client, id: &Value) -> Value {
    admin.query(REJUDGE_SUBMISSION, json!({"input": {"submissionId": id}})).await["rejudgeSubmission"].clone()
}

#[tokio::test]
async fn an_attempt_that_is_judged_again_changes_its_verdict_and_xp_both_ways() {
    let stage = Scripted::new([Act::passes(), fails(), Act::passes(), Act::breaks(), Act::breaks(), Act::breaks()]);
    let app = TestApp::builder().sandbox(stage.clone()).start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    let original = ada.attempt(&app, "x = 1").await["id"].clone();
    // Everything that the attempt had caused goes and comes with it; the quiz of the day stays. The last rejudge breaks and says nothing.
    let expected = [("WRONG_ANSWER", 70, 25, 0), ("ACCEPTED", 80, 155, 1), ("ACCEPTED", 80, 155, 1)];
    for (verdict, score, xp, passed) in expected {
        let run = rejudge(&admin, &original).await;
        assert_eq!((&run["submission"]["kind"], &run["submission"]["attempt"]), (&json!("REJUDGE"), &json!(null)));
        admin.end(&app, &queued(&run)).await;
        let now = ada.submission(original.as_str().unwrap()).await;
        assert_eq!((&now["verdict"], &now["score"], &now["attempt"]), (&json!(verdict), &json!(score), &json!(1)));
        let progress = ada.progress().await;
        assert_eq!((&progress["xp"], &progress["progress"]["challengesPassed"]), (&json!(xp), &json!(passed)));
    }
    let requests = stage.requests();
    assert!(requests.iter().all(|request| request.seed == requests[0].seed && request.files == requests[0].files));
    app.stop().await;
}

#[tokio::test]
async fn only_admins_judge_again_and_only_attempts_that_have_ended() {
    let app = TestApp::start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    let (attempt, run) = (ada.submit("x = 1").await, ada.run("print()").await);
    let refusal = async |client: &Client, id: &str| {
        let answer = client.query_raw(REJUDGE_SUBMISSION, json!({"input": {"submissionId": id}})).await;
        answer.code().to_owned()
    };
    assert_eq!(refusal(&ada, &attempt).await, "FORBIDDEN");
    assert_eq!(refusal(&admin, &attempt).await, "CONFLICT");
    assert_eq!(refusal(&admin, &run).await, "BAD_USER_INPUT");
    assert_eq!(refusal(&admin, "nonsense").await, "NOT_FOUND");
    super::cancel(&ada, &attempt).await;
    let once = rejudge(&admin, &json!(attempt)).await;
    // One rejudge of an attempt is open at a time.
    assert_eq!(rejudge(&admin, &json!(attempt)).await["submission"]["id"], once["submission"]["id"]);
    app.stop().await;
}
