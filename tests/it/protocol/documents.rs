//! Documents that the server knows: by hash, trusted, validated before; and hints for caches.

use reqwest::{
    StatusCode, Url,
    header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, ETAG, IF_NONE_MATCH, VARY},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use weak_to_strong::config::TrustedOnly;

use crate::support::{TestApp, client::Client, learning::CHALLENGE};

const TRUSTED: &str = include_str!("../../../graphql/trusted.json");
const NEW: &str = "application/graphql-response+json";
const TRACKS: &str = "query T($first: Int) { tracks(first: $first) { nodes { slug title } } }";

fn hash(document: &str) -> String {
    hex::encode(Sha256::digest(document.as_bytes()))
}

fn persisted(hash: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash}})
}

fn trusted(name: &str) -> Value {
    let manifest: Value = serde_json::from_str(TRUSTED).unwrap();
    let operation = manifest["operations"].as_array().unwrap().iter().find(|operation| operation["name"] == name);
    operation.unwrap_or_else(|| panic!("{name} is not trusted")).clone()
}

async fn post(app: &TestApp, body: Value) -> Value {
    let http = app.http();
    http.post(app.url("/graphql")).header(ACCEPT, NEW).json(&body).send().await.unwrap().json().await.unwrap()
}

#[track_caller]
fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no error: {answer}"))
}

#[tokio::test]
async fn a_document_is_sent_once_and_then_by_its_hash() {
    let app = TestApp::start().await;
    let by_hash = json!({"extensions": persisted(&hash(TRACKS)), "variables": {"first": 1}});
    let missing = post(&app, by_hash.clone()).await;
    assert_eq!((code(&missing), missing["errors"][0]["message"].as_str()), ("PERSISTED_QUERY_NOT_FOUND", Some("PersistedQueryNotFound")));
    let mut whole = by_hash.clone();
    whole["query"] = json!(TRACKS);
    let registered = post(&app, whole).await;
    assert_eq!(registered["data"]["tracks"]["nodes"].as_array().unwrap().len(), 1, "{registered}");
    assert_eq!(post(&app, by_hash.clone()).await["data"], registered["data"]);
    // Over GET, as the id alone, and over a socket.
    let http = app.http();
    let query = [("extensions", persisted(&hash(TRACKS)).to_string()), ("variables", json!({"first": 1}).to_string())];
    let url = Url::parse_with_params(&app.url("/graphql"), &query).unwrap();
    let got: Value = http.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(got["data"], registered["data"]);
    let by_id = json!({"documentId": format!("sha256:{}", hash(TRACKS)), "variables": {"first": 1}});
    assert_eq!(post(&app, by_id.clone()).await["data"], registered["data"]);
    let ada = app.learner("Ada").await;
    let mut socket = ada.socket(&app).await;
    let id = socket.subscribe_with(by_id).await;
    assert_eq!(socket.message(&id).await["payload"]["data"], registered["data"]);
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_not_kept() {
    let app = TestApp::start().await;
    let of_another = json!({"query": TRACKS, "extensions": persisted(&hash("{ viewer { id } }"))});
    assert_eq!(code(&post(&app, of_another).await), "BAD_USER_INPUT");
    assert_eq!(code(&post(&app, json!({"extensions": persisted(&hash("{ viewer { id } }"))})).await), "PERSISTED_QUERY_NOT_FOUND");
    for invalid in ["{ nothing }", "{ tracks { nodes { slug", "query A { __typename } query B { __typename }"] {
        let refused = post(&app, json!({"query": invalid, "extensions": persisted(&hash(invalid))})).await;
        assert!(refused.get("data").is_none(), "{invalid}: {refused}");
        assert_eq!(code(&post(&app, json!({"extensions": persisted(&hash(invalid))})).await), "PERSISTED_QUERY_NOT_FOUND", "{invalid}");
    }
    for malformed in [
        json!({"version": 2, "sha256Hash": hash(TRACKS)}),
        json!({"version": 1, "sha256Hash": "abc"}),
        json!({"version": 1}),
        json!("hash"),
    ] {
        assert_eq!(code(&post(&app, json!({"extensions": {"persistedQuery": malformed}})).await), "BAD_USER_INPUT", "{malformed}");
    }
    assert_eq!(code(&post(&app, json!({"documentId": "sha1:abc"})).await), "BAD_USER_INPUT");
    app.stop().await;
}

/// The second time the document is not validated any more; nobody may see that, but in the time it takes.
#[tokio::test]
async fn a_document_that_was_validated_before_is_answered_alike() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let submit = "mutation S($input: SubmitSolutionInput!) { submitSolution(input: $input) { __typename ... on UserError { code path } } }";
    let file = json!({"path": "main.py", "content": "x = 1\n"});
    for (document, variables) in [
        (TRACKS, json!({})),
        (TRACKS, json!({"first": 2})),
        (TRACKS, json!({"first": "2"})),
        (TRACKS, json!({"first": 2.0})),
        (TRACKS, json!({"first": 0})),
        (TRACKS, json!({"first": 101})),
        (TRACKS, json!({"first": null, "unknown": [1]})),
        ("query N($id: ID!) { node(id: $id) { __typename } }", json!({"id": 7})),
        ("query N($id: ID!) { node(id: $id) { __typename } }", json!({"id": "nonsense"})),
        ("query N($id: ID!) { node(id: $id) { __typename } }", json!({"id": null})),
        ("query N($id: ID!) { node(id: $id) { __typename } }", json!({})),
        ("query C($slug: String! = \"nowhere\") { challenge(slug: $slug) { title } }", json!({})),
        ("query C($slug: String! = \"nowhere\") { challenge(slug: $slug) { title } }", json!({"slug": CHALLENGE})),
        ("query I($with: Boolean = false) { __typename tracks @include(if: $with) { nodes { slug } } }", json!({})),
        ("query I($with: Boolean = false) { __typename tracks @include(if: $with) { nodes { slug } } }", json!({"with": 1})),
        (
            "query L($scope: LeaderboardScope!) { leaderboard(scope: $scope, period: WEEK) { learners } }",
            json!({"scope": {"everyone": true, "trackSlug": "python"}}),
        ),
        (
            "query L($scope: LeaderboardScope!) { leaderboard(scope: $scope, period: WEEK) { learners } }",
            json!({"scope": {"everyone": true}}),
        ),
        ("query P($p: LeaderboardPeriod!) { leaderboard(scope: {everyone: true}, period: $p) { learners } }", json!({"p": "YEAR"})),
        ("query P($p: LeaderboardPeriod!) { leaderboard(scope: {everyone: true}, period: $p) { learners } }", json!({"p": "WEEK"})),
        (submit, json!({"input": {"challengeSlug": "nowhere", "files": [file], "clientRequestId": "a"}})),
        (submit, json!({"input": {"challengeSlug": "nowhere", "files": file}})),
        (submit, json!({"input": {"challengeSlug": "nowhere", "files": [{"path": "main.py"}]}})),
        (submit, json!({"input": {"challengeSlug": "nowhere", "files": [], "clientRequestId": "a", "extra": 1}})),
    ] {
        // A comment makes a document that nobody has seen, of the same meaning.
        let fresh = format!("{document} # {}", hash(&variables.to_string()));
        let mut answers = Vec::new();
        for text in [fresh.as_str(), fresh.as_str(), document] {
            answers.push(alike(&ada, text, &variables).await);
        }
        assert_eq!(answers[0], answers[1], "{document} with {variables}");
        assert_eq!(answers[0], answers[2], "{document} with {variables}");
    }
    app.stop().await;
}

/// What two answers to the same must have in common.
async fn alike(client: &Client, document: &str, variables: &Value) -> Value {
    let answer = client.query_raw(document, variables.clone()).await;
    let mut body = answer.body;
    for error in body["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"].as_object_mut().unwrap().remove("requestId");
    }
    if let Some(cost) = body["extensions"].get_mut("cost").and_then(Value::as_object_mut) {
        cost.remove("remaining");
    }
    json!({"status": answer.status, "body": body})
}

#[tokio::test]
async fn trusted_documents_need_no_text_and_others_can_be_shut_out() {
    let track = trusted("Track");
    let by_id = json!({"documentId": track["id"], "variables": {"slug": "python"}});
    for (only, anonymous, with_cookies) in
        [(TrustedOnly::Off, true, true), (TrustedOnly::Cookies, true, false), (TrustedOnly::Anonymous, false, false)]
    {
        let app = TestApp::builder().config(move |config| config.http.trusted_only = only).start().await;
        let register = trusted("Register");
        let input = json!({"email": "ada@example.org", "password": "a keel of quiet lanterns", "displayName": "Ada", "timeZone": "UTC"});
        let registered = post(&app, json!({"documentId": register["id"], "variables": {"input": input}})).await;
        let token = registered["data"]["register"]["accessToken"].as_str().unwrap_or_else(|| panic!("{registered}"));
        assert_eq!(post(&app, by_id.clone()).await["data"]["track"]["slug"], "python");
        let http = app.http();
        let ask = |cookies: bool, token: Option<&str>| {
            let request = http.post(app.url("/graphql")).header(ACCEPT, NEW).json(&json!({"query": "{ __typename }"}));
            let request = if cookies { request.header(COOKIE, "a=b") } else { request };
            if let Some(token) = token { request.header(AUTHORIZATION, format!("Bearer {token}")) } else { request }
        };
        for (cookies, token, allowed) in
            [(false, None, anonymous), (true, None, with_cookies), (false, Some(token), true), (true, Some(token), true)]
        {
            let answer: Value = ask(cookies, token).send().await.unwrap().json().await.unwrap();
            assert_eq!(answer.get("data").is_some(), allowed, "{only:?}, cookies {cookies}: {answer}");
            assert!(allowed || code(&answer) == "FORBIDDEN", "{answer}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn the_public_curriculum_may_be_kept_by_caches_and_nothing_else() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let http = app.http();
    let url = |document: &str| Url::parse_with_params(&app.url("/graphql"), [("query", document)]).unwrap();
    let get = |document: &str| http.get(url(document)).header(ACCEPT, NEW);
    let header = |response: &reqwest::Response, name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let public = "{ tracks(first: 2) { nodes { slug } } ...More } fragment More on Query { __typename }";
    let first = get(public).send().await.unwrap();
    assert_eq!((first.status(), header(&first, CACHE_CONTROL).as_deref()), (StatusCode::OK, Some("public, max-age=60")));
    let vary = header(&first, VARY).unwrap();
    assert!(vary.contains("accept") && vary.contains("authorization"), "{vary}");
    let tag = header(&first, ETAG).unwrap();
    let again = get(public).header(IF_NONE_MATCH, format!("\"other\", {tag}")).send().await.unwrap();
    assert_eq!((again.status(), header(&again, ETAG), header(&again, CONTENT_TYPE)), (StatusCode::NOT_MODIFIED, Some(tag.clone()), None));
    assert_eq!(again.bytes().await.unwrap().len(), 0);
    let other = get("{ tracks(first: 1) { nodes { title } } }").header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    assert_ne!(header(&other, ETAG), Some(tag));
    for (private, token) in [
        (public, Some(ada.token())),
        ("{ viewer { id } }", None),
        ("{ tracks(first: 1) { nodes { slug } } viewer { id } }", None),
        ("{ tracks(first: 1) { nodes { slug } } ...More } fragment More on Query { viewer { id } }", None),
        ("{ track(slug: \"nowhere\") { slug } }", None),
        ("{ nothing }", None),
    ] {
        let request = get(private);
        let request = if let Some(token) = token { request.header(AUTHORIZATION, format!("Bearer {token}")) } else { request };
        let response = request.send().await.unwrap();
        assert_eq!((header(&response, CACHE_CONTROL).as_deref(), header(&response, ETAG)), (Some("no-store"), None), "{private}");
    }
    let posted = http.post(app.url("/graphql")).json(&json!({"query": public})).send().await.unwrap();
    assert_eq!(header(&posted, CACHE_CONTROL).as_deref(), Some("no-store"));
    app.stop().await;
}
