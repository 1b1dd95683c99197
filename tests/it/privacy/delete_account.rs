use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use weak_to_strong::{
    db::ids::{TypedId, UserId},
    error::Error,
};

use super::export::{ready, request};
use crate::support::{
    TestApp,
    client::{Client, PASSWORD},
    scripted::{Act, Gate, Scripted},
};

const DELETE: &str = include_str!("../../../graphql/privacy/DeleteAccount.graphql");
const DRAFT: &str = include_str!("../../../graphql/submissions/SaveDraft.graphql");
const REPORT: &str = include_str!("../../../graphql/progress/ReportProblem.graphql");
const CORRECT: &str = include_str!("../../../graphql/progress/CorrectXp.graphql");
const SQUAD: &str = include_str!("../../../graphql/boards/CreateSquad.graphql");
const BOARD: &str = include_str!("../../../graphql/boards/Leaderboard.graphql");

async fn delete(client: &Client, password: &str) -> Value {
    client.query(DELETE, json!({"input": {"password": password}})).await["deleteAccount"].clone()
}

#[derive(diesel::QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Sum {
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

/// Every row of the database that holds one of these words.
async fn residue(app: &TestApp, words: &[&str]) -> Vec<String> {
    let mut conn = app.conn().await;
    let tables: Vec<Name> =
        diesel::sql_query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'").load(&mut conn).await.unwrap();
    assert!(tables.len() > 30);
    let mut found = Vec::new();
    for Name { name: table } in tables {
        let rows: Vec<Name> = diesel::sql_query(format!("SELECT to_jsonb(t)::text AS name FROM {table} t")).load(&mut conn).await.unwrap();
        for row in rows {
            found.extend(words.iter().filter(|word| row.name.contains(**word)).map(|word| format!("{table} holds {word}: {}", row.name)));
        }
    }
    found
}

async fn ledger_sum(app: &TestApp) -> i64 {
    let sum = diesel::sql_query("SELECT coalesce(sum(amount), 0)::bigint AS sum FROM xp_entries");
    sum.get_result::<Sum>(&mut app.conn().await).await.unwrap().sum
}

#[tokio::test]
async fn nothing_of_the_person_is_left_and_the_ledgers_sum_stays() {
    let gate = Gate::default();
    let sandbox = Scripted::new([Act::passes(), Act::passes(), Act::hangs(0).after(&["MARK-OUTPUT\n"], &gate)]);
    let mut app = TestApp::builder().sandbox(sandbox.clone()).start().await;
    app.run_jobs();
    let (zelda, bob, admin) = (app.learner("Mark-Zelda").await, app.learner("Bob").await, app.admin().await);
    for learner in [&zelda, &bob] {
        learner.pass_the_quiz().await;
        learner.attempt(&app, "MARK_CODE = 1 if 'Zelda' else 2").await;
    }
    let files = json!([{"path": "converter.py", "content": "MARK_DRAFT = 1"}]);
    zelda.query(DRAFT, json!({"input": {"challengeSlug": "python-temperature-converter", "files": files}})).await;
    let challenge = zelda.query("{ challenge(slug: \"python-temperature-converter\") { id } }", json!({})).await["challenge"]["id"].clone();
    let reported = zelda.query(REPORT, json!({"input": {"itemId": challenge, "message": "MARK-REPORT: a typing error."}})).await;
    assert!(reported.to_string().contains("Success"), "{reported}");
    let squad = zelda.query(SQUAD, json!({"input": {"name": "MARK-SQUAD", "weeklyXpGoal": 100}})).await;
    assert!(squad.to_string().contains("Success"), "{squad}");
    admin
        .query(CORRECT, json!({"input": {"userId": zelda.id, "amount": 7, "reason": "MARK-REASON for Zelda", "clientRequestId": "mark-1"}}))
        .await;
    request(&zelda, true).await;
    ready(&zelda).await;
    let running = zelda.run("MARK_RUNNING = 1").await;
    sandbox.begun(3).await;

    let uuid = UserId::parse(&zelda.id).map_err(Error::into_anyhow).unwrap().uuid().to_string();
    let words = [
        uuid.as_str(),
        zelda.email.as_str(),
        "Mark-Zelda",
        "MARK_DRAFT",
        "MARK-REPORT",
        "MARK-SQUAD",
        "MARK-REASON",
        "MARK_RUNNING",
        "MARK-OUTPUT",
    ];
    assert!(residue(&app, &words).await.len() > 20, "the marks are found while the account lives");
    let (sum, xp) = (ledger_sum(&app).await, bob.xp().await);

    assert_eq!(delete(&zelda, "not the password").await["code"], "INVALID_CREDENTIALS");
    assert_eq!(delete(&zelda, PASSWORD).await["__typename"], "DeleteAccountSuccess");
    assert_eq!(residue(&app, &words).await, Vec::<String>::new());
    assert_eq!((ledger_sum(&app).await, bob.xp().await), (sum, xp));
    assert_eq!(zelda.query_raw("{ viewer { id } submission(id: \"x\") { id } }", json!({})).await.code(), "UNAUTHENTICATED");
    assert_eq!(bob.query("query($id: ID!) { node(id: $id) { id } }", json!({"id": running})).await["node"], Value::Null);

    // The board closes up, and its counts are right.
    let board = bob.query(BOARD, json!({"scope": {"everyone": true}, "period": "ALL_TIME", "first": 10})).await["leaderboard"].clone();
    assert_eq!((&board["learners"], &board["ownEntry"]["rank"]), (&json!(1), &json!(1)), "{board}");
    // The worker is not stuck with a run that nobody owns any more.
    gate.open();
    bob.attempt(&app, "AGAIN = 1").await;
    // The same person may come again, as somebody new.
    let register = include_str!("../../../graphql/accounts/Register.graphql");
    let input = json!({"email": zelda.email, "password": PASSWORD, "displayName": "Zelda", "timeZone": "UTC"});
    assert_eq!(app.anonymous().query(register, json!({"input": input})).await["register"]["__typename"], "RegisterSuccess");
    app.stop().await;
}

#[tokio::test]
async fn the_platform_keeps_an_admin_and_guessing_is_slowed() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    assert_eq!(delete(&admin, PASSWORD).await["__typename"], "LastAdmin");
    for _ in 0..10 {
        assert_eq!(delete(&ada, "a wrong guess").await["code"], "INVALID_CREDENTIALS");
    }
    assert_eq!(ada.query_raw(DELETE, json!({"input": {"password": PASSWORD}})).await.code(), "RATE_LIMITED");
    app.stop().await;
}
