use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{CERTIFICATES, VERIFY_CERTIFICATE, certificates, earn, has_passed, issued, rename, set_plan, verify};
use crate::support::{TestApp, scripted::Scripted};

const NOTIFICATIONS: &str = include_str!("../../../graphql/progress/Notifications.graphql");

#[tokio::test]
async fn the_tenth_challenge_earns_a_certificate_in_the_same_moment() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada Lovelace").await;
    has_passed(&app, &ada, 8).await;
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    assert_eq!(certificates(&ada).await, json!([]));
    has_passed(&app, &ada, 1).await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.viewer_events(None).await;
    socket.event(&stream).await.unwrap();
    // Whatever is graded next looks again.
    ada.attempt(&app, "x = 2").await;
    let issued = loop {
        let event = socket.event(&stream).await.unwrap();
        if event["__typename"] == "CertificateIssued" {
            break event;
        }
    };
    let told = socket.event(&stream).await.unwrap();
    assert_eq!((&told["__typename"], &told["notification"]["kind"]), (&json!("NotificationCreated"), &json!("CERTIFICATE_ISSUED")));
    let all = certificates(&ada).await;
    assert_eq!(issued["certificate"]["code"], all[0]["code"]);
    let shown: Vec<&Value> = ["kind", "title", "recipient", "status", "revokedAt", "revocationReason"].map(|name| &all[0][name]).to_vec();
    assert_eq!(shown, [&json!("COUNT"), &json!("10 Challenges"), &json!("Ada Lovelace"), &json!("VALID"), &json!(null), &json!(null)]);
    // Once, however often it is earned.
    ada.attempt(&app, "x = 3").await;
    assert_eq!(certificates(&ada).await, all);
    app.stop().await;
}

#[tokio::test]
async fn anybody_verifies_a_certificate_by_its_number_and_without_us() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    rename(&app, &ada, "Ada <b>Lovelace</b>").await;
    let (_, certificate) = earn(&app, &ada).await;
    let code = certificate["code"].as_str().unwrap();
    for typed in [code.to_owned(), code.to_lowercase(), code.replace('-', "")] {
        let found = verify(&app.anonymous(), &typed).await;
        assert_eq!((&found["status"], &found["certificate"]["recipient"]), (&json!("VALID"), &certificate["recipient"]), "{typed}");
    }
    for unknown in ["", "nothing", "AAAAA-AAAAA-AAAAA-AAAAA", "\0", &"A".repeat(10_000)] {
        assert_eq!(verify(&app.anonymous(), unknown).await, json!({"status": "UNKNOWN", "certificate": null}), "{unknown}");
    }

    let page = app.get(&format!("/certificates/{code}")).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!((page.status().as_u16(), &page.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
    let html = page.text().await.unwrap();
    assert!(html.contains(">Valid<") && html.contains("Ada &lt;b&gt;Lovelace&lt;/b&gt;") && html.contains(code), "{html}");
    assert!(["<script", "http://", "https://", "<b>", "<img", "<link"].iter().all(|word| !html.contains(word)), "{html}");
    let unknown = app.get("/certificates/AAAAA-AAAAA-AAAAA-AAAAA").await;
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await.unwrap().contains(">Unknown<"));

    let keys: Value = app.get("/certificates/keys.json").await.json().await.unwrap();
    let key = &keys["keys"][0];
    assert_eq!((&key["kid"], &key["crv"], &keys["keys"][1]), (&certificate["keyId"], &json!("Ed25519"), &json!(null)));
    let public = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims::<&str>(&[]);
    validation.validate_exp = false;
    let statement = certificate["signedStatement"].as_str().unwrap();
    let signed = jsonwebtoken::decode::<Value>(statement, &public, &validation).unwrap().claims;
    assert_eq!(
        (&signed["number"], &signed["recipient"], &signed["title"]),
        (&certificate["code"], &certificate["recipient"], &certificate["title"])
    );
    let (head, signature) = statement.rsplit_once('.').unwrap();
    let (head, _) = head.split_once('.').unwrap();
    let forged = BASE64_URL_SAFE_NO_PAD.encode(signed.to_string().replace("Ada", "Eve"));
    assert!(jsonwebtoken::decode::<Value>(&format!("{head}.{forged}.{signature}"), &public, &validation).is_err());
    app.stop().await;
}

#[tokio::test]
async fn the_pdf_is_for_plans_that_include_it() {
    let app = TestApp::builder().sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    rename(&app, &ada, "Ада Ἀδα 愛 \u{1F600}").await;
    let (_, certificate) = earn(&app, &ada).await;
    let path = format!("/certificates/{}.pdf", certificate["code"].as_str().unwrap());
    let refused = app.get(&path).await;
    assert_eq!((refused.status().as_u16(), &certificate["pdfUrl"]), (403, &json!(null)));
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert!(body["errors"][0]["message"].as_str().unwrap().contains("Pro"), "{body}");

    set_plan(&app, &ada, "pro").await;
    assert!(certificates(&ada).await[0]["pdfUrl"].as_str().unwrap().ends_with(&path));
    let first = app.get(&path).await;
    assert_eq!((first.status().as_u16(), &first.headers()["content-type"]), (200, &"application/pdf".parse().unwrap()));
    let first = first.bytes().await.unwrap();
    assert!(first.starts_with(b"%PDF-"));
    assert_eq!(app.get(&path).await.bytes().await.unwrap(), first, "the same certificate is the same file");
    assert_eq!(app.get("/certificates/AAAAA-AAAAA-AAAAA-AAAAA.pdf").await.status(), 404);
    app.stop().await;
}

#[tokio::test]
async fn where_certificates_are_switched_off_nothing_shows_them() {
    let app = TestApp::builder().config(|config| config.certificates.enabled = false).sandbox(Scripted::new([])).start().await;
    let ada = app.learner("Ada").await;
    has_passed(&app, &ada, 10).await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.viewer_events(None).await;
    socket.event(&stream).await.unwrap();
    ada.pass_the_quiz().await;
    ada.attempt(&app, "x = 1").await;
    assert_eq!(issued(&app).await, 1, "it is earned all the same");
    assert_eq!(ada.query(CERTIFICATES, json!({})).await["viewer"]["certificates"], json!([]));
    let told = ada.query(NOTIFICATIONS, json!({"unreadOnly": false, "first": 50})).await["viewer"].clone();
    assert!(!told.to_string().to_lowercase().contains("certificate"), "{told}");
    let listed = told["notifications"]["nodes"].as_array().unwrap().len();
    assert_eq!(told["unreadNotifications"], listed);
    let dashboard = ada.query("{ viewer { dashboard { unreadNotifications } } }", json!({})).await;
    assert_eq!(dashboard["viewer"]["dashboard"]["unreadNotifications"], listed);
    // The numbers go on, and tell of nothing.
    let mut hushed = 0;
    while hushed < 2 {
        let event = socket.event(&stream).await.unwrap();
        assert!(!event.to_string().to_lowercase().contains("certificate"), "{event}");
        hushed += usize::from(event["__typename"] == "NotificationCreated" && event["notification"].is_null());
    }
    let refused = app.anonymous().query_raw(VERIFY_CERTIFICATE, json!({"code": "AAAAA-AAAAA-AAAAA-AAAAA"})).await;
    assert_eq!(refused.code(), "FEATURE_DISABLED");
    for path in ["/certificates/AAAAA-AAAAA-AAAAA-AAAAA", "/certificates/AAAAA-AAAAA-AAAAA-AAAAA.pdf", "/certificates/keys.json"] {
        let body: Value = app.get(path).await.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "FEATURE_DISABLED", "{path}");
    }
}
