use chrono::TimeDelta;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{TRANSCRIPT, card, month};
use crate::support::{TestApp, client::Client, learning::TRACK, scripted::Scripted};

async fn transcript(client: &Client) -> Value {
    client.query(TRANSCRIPT, json!({})).await["viewer"]["transcript"].clone()
}

/// The path in an address that the API gave.
fn path(address: &Value) -> String {
    let address = address.as_str().unwrap();
    address[address.find("/documents/").unwrap()..].to_owned()
}

#[tokio::test]
async fn a_transcript_lists_what_is_done_and_nothing_else() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    let nothing = transcript(&ada).await;
    assert_eq!((&nothing["learnerName"], &nothing["xp"], &nothing["tracks"]), (&json!("Ada"), &json!(0), &json!([])));
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let done = transcript(&ada).await;
    let track = &done["tracks"][0];
    assert_eq!((&track["slug"], &track["lessons"], done["xp"].as_i64().unwrap()), (&json!(TRACK), &json!([]), ada.xp().await));
    let passed = &track["challenges"][0];
    assert_eq!((&passed["bestScore"], &passed["attempts"]), (&json!(80), &json!(1)));
    assert!(passed["passedAt"].is_string());
    app.stop().await;
}

#[tokio::test]
async fn a_documents_address_opens_for_ten_minutes_and_opens_nothing_else() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    let addresses = [card(&ada, &month(&app).to_string()).await["pdfUrl"].clone(), transcript(&ada).await["pdfUrl"].clone()];
    for address in &addresses {
        let path = path(address);
        let pdf = app.get(&path).await;
        let headers = ["content-type", "cache-control"].map(|name| pdf.headers()[name].to_str().unwrap().to_owned());
        assert_eq!((pdf.status().as_u16(), headers), (200, ["application/pdf".to_owned(), "no-store".to_owned()]));
        assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-"));
        // Bent anywhere, it is no address.
        let bent: String =
            path.char_indices().map(|(index, c)| if index == path.len() - 9 { if c == 'A' { 'B' } else { 'A' } } else { c }).collect();
        assert_eq!(app.get(&bent).await.status(), 404);
    }
    // It is no access token, and an access token is no address.
    let token = path(&addresses[1]).trim_start_matches("/documents/").trim_end_matches(".pdf").to_owned();
    let used = app.get(&format!("/documents/{}.pdf", ada.token())).await;
    let body: Value = used.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let asked = reqwest::Client::builder().build().unwrap().post(app.url("/graphql")).bearer_auth(token);
    let answer: Value = asked.json(&json!({"query": "{ viewer { id } }"})).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    app.clock.advance(TimeDelta::minutes(10));
    for address in &addresses {
        assert_eq!(app.get(&path(address)).await.status(), 404);
    }
    app.stop().await;
}
