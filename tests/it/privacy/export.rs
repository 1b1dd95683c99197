use std::collections::BTreeSet;

use chrono::TimeDelta;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use weak_to_strong::privacy::EXPORTED;

use crate::support::{
    TestApp,
    client::Client,
    scripted::{Act, Scripted},
};

const REQUEST: &str = include_str!("../../../graphql/privacy/RequestDataExport.graphql");
const EXPORT: &str = include_str!("../../../graphql/privacy/DataExport.graphql");

/// The payload of `requestDataExport`.
pub async fn request(client: &Client, with_submissions: bool) -> Value {
    client.query(REQUEST, json!({"input": {"withSubmissions": with_submissions}})).await["requestDataExport"].clone()
}

async fn export(client: &Client) -> Value {
    client.query(EXPORT, json!({})).await["viewer"]["dataExport"].clone()
}

/// Waits until it is drawn up.
pub async fn ready(client: &Client) -> Value {
    loop {
        let found = export(client).await;
        if found["status"] == "READY" {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn fetched(app: &TestApp, found: &Value) -> Value {
    let path = found["url"].as_str().unwrap().split_once("/documents").unwrap().1;
    let response = app.get(&format!("/documents{path}")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        (&response.headers()["content-type"], &response.headers()["cache-control"]),
        (&"application/json; charset=utf-8".parse().unwrap(), &"no-store".parse().unwrap())
    );
    let text = response.text().await.unwrap();
    assert_eq!(found["bytes"], text.len());
    serde_json::from_str(&text).expect("an export that is no JSON")
}

#[tokio::test]
async fn an_export_holds_what_is_ones_own_and_nothing_else() {
    let mut app =
        TestApp::builder().sandbox(Scripted::new([Act::passes(), Act::ends(weak_to_strong::sandbox::Outcome::Completed)])).start().await;
    app.run_jobs();
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    ada.pass_the_quiz().await;
    ada.attempt(&app, "CODE_OF_ADA = 1").await;
    bob.run("CODE_OF_BOB = 1").await;
    assert_eq!(export(&ada).await, Value::Null);

    assert_eq!(request(&ada, true).await["dataExport"]["status"], "IN_PROGRESS");
    let found = ready(&ada).await;
    let all = fetched(&app, &found).await;
    assert_eq!(all["account"][0]["email"], ada.email);
    assert_eq!(all["submissions"][0]["files"][0]["content"], "CODE_OF_ADA = 1");
    assert_eq!(all["submissions"][0]["challenge"], "python-temperature-converter");
    assert!(!all["submissions"][0]["checks"].as_array().unwrap().is_empty());
    assert!(!all["xp"].as_array().unwrap().is_empty() && !all["quizAnswers"].as_array().unwrap().is_empty());
    let text = all.to_string();
    for secret in ["password_hash", "argon2", "token_hash", "\"seed\"", "CODE_OF_BOB", &bob.email] {
        assert!(!text.contains(secret), "{secret} is in the export");
    }
    let told = ada.query("{ viewer { notifications(unreadOnly: true) { nodes { kind } } } }", json!({})).await.to_string();
    assert!(told.contains("DATA_EXPORT_READY"), "{told}");
    app.stop().await;
}

#[tokio::test]
async fn it_is_asked_for_once_an_hour_and_expires() {
    let mut app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let first = request(&ada, false).await;
    assert_eq!(request(&ada, true).await, first, "the one that is under way is answered");
    app.run_jobs();
    let found = ready(&ada).await;
    let all = fetched(&app, &found).await;
    assert_eq!(all["submissions"], Value::Null, "they were not wanted");
    assert_eq!(request(&ada, true).await["code"], "EXPORT_TOO_SOON");

    let address = found["url"].as_str().unwrap().replace(&app.url(""), "");
    let address = address.split_once("/documents").map(|(_, rest)| format!("/documents{rest}")).unwrap();
    app.clock.advance(TimeDelta::minutes(11));
    assert_eq!(app.get(&address).await.status(), 404, "the address has ended");
    assert_eq!(app.get("/documents/nonsense.json").await.status(), 404);
    assert_eq!(app.get("/documents/nonsense.exe").await.status(), 404);
    app.clock.advance(TimeDelta::minutes(50));
    let ada = ada.again(&app).await;
    assert_eq!(request(&ada, true).await["__typename"], "RequestDataExportSuccess");
    assert!(ready(&ada).await["bytes"].as_i64() > found["bytes"].as_i64());
    app.clock.advance(TimeDelta::days(7));
    let ada = ada.again(&app).await;
    assert_eq!(export(&ada).await, Value::Null);
    app.stop().await;
}

#[derive(diesel::QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Every table that names an account is exported, or is here with its reason.
#[tokio::test]
async fn no_table_about_people_is_forgotten() {
    const NOT_EXPORTED: &[&str] = &[
        // The export itself.
        "data_exports",
        // Work of the platform on attempts that are exported; what it would change is nobody's before an admin applies it.
        "rejudges",
        "rejudge_results",
    ];
    let app = TestApp::start().await;
    let named: Vec<Table> = diesel::sql_query(
        "SELECT DISTINCT c.conrelid::regclass::text AS name FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass",
    )
    .load(&mut app.conn().await)
    .await
    .unwrap();
    let named: BTreeSet<String> = named.into_iter().map(|table| table.name).collect();
    let told: BTreeSet<String> = EXPORTED.iter().chain(NOT_EXPORTED).map(|name| (*name).to_owned()).collect();
    let forgotten: Vec<_> = named.difference(&told).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    app.stop().await;
}
