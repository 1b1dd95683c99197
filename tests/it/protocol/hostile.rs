//! `tests/hostile`: documents and requests made to hurt, through every door of the real server. Each is answered with the code that
//! its head names, in few bytes, and the server goes on.

use std::{collections::BTreeSet, fmt::Write};

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    TestApp,
    hostile::{Case, corpus},
    ws::Socket,
};

/// Of any answer to any of them.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// An address longer than this is refused before it is read.
const URL_BYTES_MAX: usize = 60_000;

/// What a door said, in the words of a file's head.
fn told(answer: &str) -> String {
    assert!(answer.len() <= ANSWER_BYTES_MAX, "{} bytes: {}", answer.len(), &answer[..500]);
    let answer: Value = serde_json::from_str(answer).unwrap_or_else(|_| panic!("no JSON: {answer}"));
    match &answer["errors"][0]["extensions"]["code"] {
        Value::String(code) => code.clone(),
        _ if answer["errors"].is_null() && answer["data"].is_object() => "ok".to_owned(),
        _ => answer.to_string(),
    }
}

async fn post(app: &TestApp, case: &Case, accept: &str) -> String {
    let request = app.http().post(app.url("/graphql")).header(CONTENT_TYPE, "application/json").header(ACCEPT, accept);
    let text = request.body(case.body.clone()).send().await.unwrap().text().await.unwrap();
    // What is malformed as HTTP is answered as HTTP.
    let event = text.strip_prefix("event: next\ndata: ").and_then(|rest| rest.split_once('\n'));
    told(event.map_or(text.as_str(), |(data, _)| data))
}

async fn get(app: &TestApp, case: &Case) -> Option<String> {
    let document = case.document.as_ref().filter(|document| !document.starts_with("mutation"))?;
    let url = reqwest::Url::parse_with_params(&app.url("/graphql"), [("query", document)]).unwrap();
    if url.as_str().len() > URL_BYTES_MAX {
        return None;
    }
    Some(told(&app.http().get(url).send().await.unwrap().text().await.unwrap()))
}

async fn socket(app: &TestApp, case: &Case) -> String {
    let mut socket = Socket::init(app.address, None).await;
    let message = format!(r#"{{"id":"one","type":"subscribe","payload":{}}}"#, case.body);
    socket.send_raw(Message::text(message)).await;
    let message = match socket.message_or_close("one").await {
        Ok(message) => message,
        // What is malformed as a message ends the socket.
        Err(closed) => return if closed.code == 4400 { "BAD_USER_INPUT".to_owned() } else { format!("{closed:?}") },
    };
    let answer = match message["type"].as_str() {
        Some("error") => json!({"errors": message["payload"]}),
        _ => message["payload"].clone(),
    };
    socket.leave().await;
    told(&answer.to_string())
}

#[tokio::test]
async fn each_gets_its_code_in_few_bytes_and_the_server_goes_on() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    let mut wrong = String::new();
    for case in corpus() {
        let doors = [
            ("POST", Some(post(&app, &case, "application/json").await)),
            ("event stream", Some(post(&app, &case, "text/event-stream").await)),
            ("GET", get(&app, &case).await),
            ("websocket", Some(socket(&app, &case).await)),
        ];
        for (door, said) in doors {
            if let Some(said) = said.filter(|said| *said != case.code) {
                let _ = writeln!(wrong, "{}: {door} says {said}, not {}", case.name, case.code);
            }
        }
        anybody.query("{ __typename }", json!({})).await;
    }
    assert!(wrong.is_empty(), "{wrong}");
    app.stop().await;
}

#[test]
fn every_class_of_attack_is_there() {
    let corpus = corpus();
    let classes: BTreeSet<&str> = corpus.iter().map(|case| case.class.as_str()).collect();
    let wanted = [
        "alias floods",
        "at the limits",
        "circular introspection",
        "costly",
        "deep json",
        "deep literals",
        "deep selections",
        "directive floods",
        "fragment bombs",
        "large literals",
        "malformed requests",
        "many errors",
        "many operations",
        "many variables",
        "names",
        "numbers",
        "odd text",
        "overlapping fields",
        "strings",
        "subscriptions",
    ];
    assert_eq!(classes, BTreeSet::from(wanted));
    assert!(corpus.len() >= 200, "{}", corpus.len());
}
