//! A whole challenge judged again: nothing changes before an admin has seen what would.

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use weak_to_strong::sandbox::CheckStatus;

use crate::support::{
    TestApp,
    client::Client,
    learning::CHALLENGE,
    scripted::{Act, Gate, Scripted},
};

const START_REJUDGE: &str = include_str!("../../../graphql/submissions/StartRejudge.graphql");
const APPLY_REJUDGE: &str = include_str!("../../../graphql/submissions/ApplyRejudge.graphql");
const DISCARD_REJUDGE: &str = include_str!("../../../graphql/submissions/DiscardRejudge.graphql");
const REJUDGE: &str = include_str!("../../../graphql/submissions/Rejudge.graphql");
const REJUDGES: &str = include_str!("../../../graphql/submissions/Rejudges.graphql");

fn fails() -> Act {
    Act::fails(&[("test_report_line", CheckStatus::Failed)])
}

async fn start(admin: &Client) -> Value {
    admin.query(START_REJUDGE, json!({"input": {"challengeSlug": CHALLENGE}})).await["startRejudge"].clone()
}

async fn decide(admin: &Client, document: &str, id: &Value) -> Value {
    let data = admin.query(document, json!({"input": {"rejudgeId": id}})).await;
    data.as_object().unwrap().values().next().unwrap().clone()
}

async fn look(admin: &Client, id: &Value, changed_only: bool) -> Value {
    admin.query(REJUDGE, json!({"id": id, "changedOnly": changed_only})).await["rejudge"].clone()
}

/// Asks until the rejudge is so far, as a page that shows its progress does.
async fn until(admin: &Client, id: &Value, status: &str) -> Value {
    let mut pace = tokio::time::interval(std::time::Duration::from_millis(50));
    let reached = async {
        loop {
            pace.tick().await;
            let now = look(admin, id, false).await;
            if now["status"] == status {
                return now;
            }
        }
    };
    tokio::time::timeout(crate::support::app::DEADLINE, reached).await.expect("the rejudge stands still")
}

/// Verdict and score of each result, before and after.
fn changes(rejudge: &Value) -> Vec<Value> {
    let edges = rejudge["results"]["edges"].as_array().unwrap();
    let change = |edge: &Value| {
        let node = &edge["node"];
        json!([node["verdictBefore"], node["scoreBefore"], node["verdictAfter"], node["scoreAfter"]])
    };
    edges.iter().map(change).collect()
}

fn counts(rejudge: &Value) -> Value {
    let names = ["attempts", "judged", "unjudged", "changed", "passedBefore", "passedAfter", "applied"];
    names.iter().map(|name| rejudge[*name].clone()).collect()
}

/// Three learners who passed, failed and passed at the second go.
async fn learners(app: &TestApp) -> [Client; 3] {
    let all = [app.learner("Ada").await, app.learner("Eve").await, app.learner("Ida").await];
    for learner in &all {
        learner.pass_the_quiz().await;
    }
    all[0].attempt(app, "x = 0").await;
    all[1].attempt(app, "x = 1").await;
    all[2].attempt(app, "x = 2").await;
    all[2].attempt(app, "x = 3").await;
    all
}

#[tokio::test]
async fn an_admin_sees_what_would_change_before_it_does() {
    // Ada passes, Eve fails, Ida fails and passes; judged again: Ada fails, Eve passes, Ida fails, and then the cell breaks.
    let before = [Act::passes(), fails(), fails(), Act::passes()];
    let again = [fails(), Act::passes(), fails(), Act::breaks(), Act::breaks(), Act::breaks()];
    let stage = Scripted::new(before.into_iter().chain(again));
    let app = TestApp::builder().sandbox(stage.clone()).config(|config| config.worker.slots = 1).start().await;
    let [ada, eve, ida] = learners(&app).await;
    let admin = app.admin().await;
    let worth = async || [ada.xp().await, eve.xp().await, ida.xp().await];
    // Each has the mission of a good quiz, whoever passed the first steps, and Ida that of passing what had failed.
    assert_eq!(worth().await, [25 + 80 + 50, 25, 25 + 72 + 50 + 20]);

    let id = start(&admin).await["rejudge"]["id"].clone();
    let ready = until(&admin, &id, "READY").await;
    assert_eq!(counts(&ready), json!([4, 3, 1, 2, 2, 2, 0]));
    let all = [
        json!(["ACCEPTED", 80, "WRONG_ANSWER", 70]),
        json!(["WRONG_ANSWER", 70, "ACCEPTED", 80]),
        json!(["WRONG_ANSWER", 70, "WRONG_ANSWER", 70]),
        json!(["ACCEPTED", 80, "INFRASTRUCTURE", 0]),
    ];
    assert_eq!(changes(&ready), all);
    let changed = look(&admin, &id, true).await;
    assert_eq!(changes(&changed), all[..2]);
    // Nothing has happened to anybody, and the runs used the files and seeds of the attempts.
    assert_eq!(worth().await, [155, 25, 167]);
    let requests = stage.requests();
    assert!(requests[..4].iter().zip(&requests[4..8]).all(|(one, two)| one.seed == two.seed && one.files == two.files));
    assert_eq!(start(&admin).await["code"], "REJUDGE_IN_PROGRESS");

    assert_eq!(decide(&admin, APPLY_REJUDGE, &id).await["__typename"], "ApplyRejudgeSuccess");
    let applied = until(&admin, &id, "APPLIED").await;
    // What was there before is still told afterwards.
    assert_eq!((counts(&applied), changes(&applied)), (json!([4, 3, 1, 2, 2, 2, 4]), all.to_vec()));
    // What a pass had caused goes and comes with it; whom our own fault hit keeps what they have.
    assert_eq!(worth().await, [25, 155, 167]);
    assert_eq!(ada.progress().await["progress"]["challengesPassed"], 0);
    assert_eq!(decide(&admin, APPLY_REJUDGE, &id).await["__typename"], "ApplyRejudgeSuccess");
    assert_eq!(decide(&admin, DISCARD_REJUDGE, &id).await["code"], "REJUDGE_NOT_READY");
    assert_eq!(worth().await, [25, 155, 167]);
    let listed = admin.query(REJUDGES, json!({"first": 10})).await["rejudges"]["nodes"].clone();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"], &listed[0]["changed"]), (1, &id, &json!(2)));
    app.stop().await;
}

#[tokio::test]
async fn what_is_thrown_away_changes_nothing() {
    let gate = Gate::default();
    let before = [Act::passes(), fails(), fails(), Act::passes()];
    let again = [fails().after(&[], &gate), fails(), fails(), fails()];
    let stage = Scripted::new(before.into_iter().chain(again));
    let app = TestApp::builder().sandbox(stage.clone()).config(|config| config.worker.slots = 1).start().await;
    let [ada, _, ida] = learners(&app).await;
    let admin = app.admin().await;
    let id = start(&admin).await["rejudge"]["id"].clone();
    // One run has begun, the others wait.
    stage.begun(5).await;
    assert_eq!(decide(&admin, APPLY_REJUDGE, &id).await["code"], "REJUDGE_NOT_READY");
    assert_eq!(decide(&admin, DISCARD_REJUDGE, &id).await["rejudge"]["status"], "DISCARDED");
    gate.open();
    let run = look(&admin, &id, false).await["results"]["edges"][0]["node"]["run"]["id"].clone();
    assert_eq!(admin.end(&app, run.as_str().unwrap()).await["verdict"], "WRONG_ANSWER");
    assert_eq!((ada.xp().await, ida.xp().await), (155, 167));
    assert_eq!(stage.requests().len(), 5, "what waited is not run");
    assert_eq!(decide(&admin, APPLY_REJUDGE, &id).await["code"], "REJUDGE_NOT_READY");
    // Another one may begin.
    assert_eq!(start(&admin).await["__typename"], "StartRejudgeSuccess");
    app.stop().await;
}

#[tokio::test]
async fn a_learner_waits_for_no_rejudge() {
    let mut app = TestApp::start().await;
    app.run_jobs();
    let (ada, admin) = (app.learner("Ada").await, app.admin().await);
    ada.pass_the_quiz().await;
    let attempt = ada.submit("x = 1").await;
    crate::authz::finish(&app, &attempt).await;
    let id = start(&admin).await["rejudge"]["id"].clone();
    let queued = async {
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(50));
        loop {
            pace.tick().await;
            let first = look(&admin, &id, false).await["results"]["edges"][0]["node"].clone();
            if !first.is_null() {
                break first;
            }
        }
    };
    let queued = tokio::time::timeout(crate::support::app::DEADLINE, queued).await.expect("no run is queued");
    assert_eq!((&queued["submission"]["id"], &queued["run"]["status"]), (&json!(attempt), &json!("QUEUED")));
    // The run of her attempt is none of hers: she may have twelve beside it, two of them at work.
    let mut of_ada = Vec::new();
    for _ in 0..12 {
        of_ada.push(ada.run("print()").await);
    }
    let mut claimed = Vec::new();
    while let Some(next) = super::claim(&app, "worker").await {
        claimed.push(next.id.to_string());
    }
    assert_eq!(claimed[..2], of_ada[..2]);
    assert_eq!(claimed.len(), 3, "and the rejudge came last");
    app.stop().await;
}
