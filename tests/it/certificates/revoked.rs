use chrono::TimeDelta;
use diesel_async::RunQueryDsl;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::CheckStatus;

use super::{REVOKE_CERTIFICATE, certificates, earn, set_plan, verify};
use crate::support::{
    TestApp,
    client::Client,
    learning::queued,
    scripted::{Act, Scripted},
};

const REJUDGE: &str = include_str!("../../../graphql/submissions/RejudgeSubmission.graphql");

async fn rejudge(app: &TestApp, admin: &Client, attempt: &Value) {
    let run = admin.query(REJUDGE, json!({"input": {"submissionId": attempt["id"]}})).await["rejudgeSubmission"].clone();
    admin.end(app, &queued(&run)).await;
}

#[tokio::test]
async fn a_rejudge_takes_a_certificate_away_and_another_gives_it_back() {
    let fails = Act::fails(&[("test_report_line", CheckStatus::Failed)]);
    let app = TestApp::builder().sandbox(Scripted::new([Act::passes(), fails, Act::passes()])).start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    set_plan(&app, &ada, "pro").await;
    let (attempt, certificate) = earn(&app, &ada).await;
    let code = certificate["code"].as_str().unwrap();
    let pdf = format!("/certificates/{code}.pdf");
    assert_eq!(app.get(&pdf).await.status(), 200);

    rejudge(&app, &admin, &attempt).await;
    let withdrawn = verify(&app.anonymous(), code).await;
    assert_eq!((&withdrawn["status"], &withdrawn["certificate"]["status"]), (&json!("REVOKED"), &json!("REVOKED")));
    assert!(withdrawn["certificate"]["revokedAt"].is_string());
    assert!(app.get(&format!("/certificates/{code}")).await.text().await.unwrap().contains(">Revoked<"));
    assert_eq!(app.get(&pdf).await.status(), 404);
    assert_eq!(certificates(&ada).await[0]["pdfUrl"], json!(null));

    rejudge(&app, &admin, &attempt).await;
    assert_eq!(verify(&app.anonymous(), code).await["status"], "VALID");
    assert_eq!(certificates(&ada).await[0]["signedStatement"], certificate["signedStatement"]);
    assert_eq!(app.get(&pdf).await.status(), 200);
    app.stop().await;
}

#[tokio::test]
async fn a_streak_that_a_rejudge_breaks_takes_its_certificate_along() {
    let fails = Act::fails(&[("test_report_line", CheckStatus::Failed)]);
    let acts = std::iter::repeat_n(Act::passes(), 7).chain([fails, Act::passes()]);
    let app = TestApp::builder().sandbox(Scripted::new(acts)).start().await;
    let (mut ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    let mut attempts = Vec::new();
    for day in 0..7 {
        assert_eq!(certificates(&ada).await, json!([]), "on day {day}");
        attempts.push(ada.attempt(&app, &format!("x = {day}")).await);
        app.clock.advance(TimeDelta::days(1));
        ada = ada.again(&app).await;
    }
    let earned = certificates(&ada).await[0].clone();
    assert_eq!((&earned["kind"], &earned["title"], &earned["status"]), (&json!("STREAK"), &json!("7 Days in a Row"), &json!("VALID")));
    let admin = admin.again(&app).await;
    for status in ["REVOKED", "VALID"] {
        rejudge(&app, &admin, &attempts[3]).await;
        assert_eq!(certificates(&ada).await[0]["status"], status);
    }
    app.stop().await;
}

#[tokio::test]
async fn an_admin_revokes_for_good_and_says_why_to_the_learner_alone() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    let (_, certificate) = earn(&app, &ada).await;
    let code = certificate["code"].as_str().unwrap();
    let revoke = async |client: &Client, reason: &str| {
        client.query_raw(REVOKE_CERTIFICATE, json!({"input": {"certificateId": certificate["id"], "reason": reason}})).await
    };
    assert_eq!(revoke(&ada, "Mine.").await.code(), "FORBIDDEN");
    for bad in ["", "  ", "nul \0", &"x".repeat(501)] {
        let refused = revoke(&admin, bad).await.body["data"]["revokeCertificate"].clone();
        assert_eq!((&refused["code"], &refused["path"]), (&json!("INVALID_INPUT"), &json!(["input", "reason"])));
    }
    let revoked = revoke(&admin, "Bought answers.").await.body["data"]["revokeCertificate"]["certificate"].clone();
    assert_eq!((&revoked["status"], &revoked["revocationReason"]), (&json!("REVOKED"), &json!("Bought answers.")));
    assert_eq!(revoke(&admin, "Again.").await.body["data"]["revokeCertificate"]["code"], "ALREADY_REVOKED");
    let missing = json!({"input": {"certificateId": "certificate_01h455vb4pex5vsknk084sn02q", "reason": "None."}});
    assert_eq!(admin.query_raw(REVOKE_CERTIFICATE, missing).await.code(), "NOT_FOUND");

    assert_eq!(certificates(&ada).await[0]["revocationReason"], "Bought answers.");
    let public = verify(&app.anonymous(), code).await;
    assert_eq!((&public["status"], &public["certificate"]["revocationReason"]), (&json!("REVOKED"), &json!(null)));
    assert!(!app.get(&format!("/certificates/{code}")).await.text().await.unwrap().contains("Bought"));
    // Earning it again changes nothing.
    ada.attempt(&app, "x = 2").await;
    let all = certificates(&ada).await;
    assert_eq!((all.as_array().unwrap().len(), &all[0]["status"]), (1, &json!("REVOKED")));
    app.stop().await;
}

#[tokio::test]
async fn a_stored_certificate_that_somebody_changed_is_none_of_ours() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    let (_, certificate) = earn(&app, &ada).await;
    diesel::sql_query("UPDATE certificates SET recipient = 'Eve'").execute(&mut app.conn().await).await.unwrap();
    assert_eq!(verify(&app.anonymous(), certificate["code"].as_str().unwrap()).await["status"], "UNKNOWN");
    app.stop().await;
}
