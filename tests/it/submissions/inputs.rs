use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{RUN_CODE, claim, done};
use crate::support::{
    TestApp,
    client::Client,
    learning::{new_request_id, queued},
    ws::Socket,
};

const SEND_INPUT: &str = include_str!("../../../graphql/submissions/SendInput.graphql");

/// Asks three times and says what it was told.
const ASKS: &str = "import sys
for question in ('name', 'town', 'tea'):
    print(question + '?', flush=True)
    print('so ' + input(), flush=True)
print('rest', sys.stdin.read().split(), flush=True)
";

async fn run_open(client: &Client, content: &str, stdin: &str) -> String {
    let files = json!([{"path": "main.py", "content": content}]);
    let input = json!({"runtime": "PYTHON", "files": files, "stdin": stdin, "stdinOpen": true, "clientRequestId": new_request_id()});
    queued(&client.query(RUN_CODE, json!({"input": input})).await["runCode"])
}

async fn send(client: &Client, id: &str, text: &str, end: bool) -> Value {
    let input = json!({"submissionId": id, "text": text, "endOfInput": end});
    client.query(SEND_INPUT, json!({"input": input})).await["sendInput"].clone()
}

async fn sent(client: &Client, id: &str, text: &str, end: bool) {
    assert_eq!(send(client, id, text, end).await["__typename"], "SendInputSuccess");
}

/// Reads the stream until standard output holds this; answers all of it.
async fn printed(socket: &mut Socket, stream: &str, told: &mut String, wanted: &str) {
    while !told.contains(wanted) {
        let event = socket.event(stream).await.unwrap_or_else(|| panic!("it ended after {told:?}"));
        if let Some(snapshot) = event["submission"]["output"]["stdout"].as_str() {
            snapshot.clone_into(told);
        }
        told.push_str(event["text"].as_str().unwrap_or_default());
    }
}

#[tokio::test]
async fn a_program_gets_what_is_typed_when_it_asks_for_it() {
    let app = TestApp::builder().worker().start().await;
    let ada = app.learner("Ada").await;
    let id = run_open(&ada, ASKS, "Ada\n").await;
    let mut socket = ada.socket(&app).await;
    let stream = socket.submission_events(&id, None).await;
    let mut told = String::new();
    // The first answer was there from the start; the program waits for the second one.
    printed(&mut socket, &stream, &mut told, "so Ada\ntown?\n").await;
    sent(&ada, &id, "grüße aus Köln\n", false).await;
    printed(&mut socket, &stream, &mut told, "so grüße aus Köln\ntea?\n").await;
    // A line may come in pieces.
    sent(&ada, &id, "gr", false).await;
    sent(&ada, &id, "een\nand ", false).await;
    printed(&mut socket, &stream, &mut told, "so green\n").await;
    sent(&ada, &id, "so on", true).await;
    let end = ada.end(&app, &id).await;
    assert_eq!((&end["verdict"], &end["exitCode"]), (&json!("ACCEPTED"), &json!(0)), "{end}");
    let all = "name?\nso Ada\ntown?\nso grüße aus Köln\ntea?\nso green\nrest ['and', 'so', 'on']\n";
    assert_eq!(end["output"]["stdout"], all);
    assert_eq!(send(&ada, &id, "more", false).await["__typename"], "AlreadyFinished");
    app.stop().await;
}

#[tokio::test]
async fn what_is_typed_before_the_run_begins_waits_for_it() {
    let mut app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let id = run_open(&ada, "print(input() + input())", "").await;
    for letter in ["a", "b", "c"] {
        sent(&ada, &id, letter, false).await;
    }
    sent(&ada, &id, "\nd\n", true).await;
    // A worker that is lost with the run takes no input with it.
    claim(&app, "lost").await.unwrap();
    app.clock.advance(chrono::TimeDelta::seconds(31));
    done(weak_to_strong::submissions::queue::reap(&app.app.db, app.clock.now()).await);
    app.work_in_cells().await;
    let end = ada.end(&app, &id).await;
    assert_eq!((&end["verdict"], &end["output"]["stdout"]), (&json!("ACCEPTED"), &json!("abcd\n")), "{end}");
    app.stop().await;
}

#[tokio::test]
async fn a_program_that_waits_for_nobody_is_ended() {
    let idle = |config: &mut weak_to_strong::config::Config| config.worker.input_idle = Duration::from_secs(1);
    let app = TestApp::builder().config(idle).worker().start().await;
    let ada = app.learner("Ada").await;
    let end = ada.end(&app, &run_open(&ada, "print('hm', flush=True)\ninput()\n", "").await).await;
    assert_eq!((&end["verdict"], &end["output"]["stdout"]), (&json!("TIME_LIMIT"), &json!("hm\n")), "{end}");
    assert_eq!(end["detail"], "your program waited 1.0 seconds for input, and none came");
    // One whose input has ended does not wait for anybody.
    let id = run_open(&ada, "import time\ntime.sleep(1.5)\nprint('slept')\n", "").await;
    sent(&ada, &id, "", true).await;
    assert_eq!(ada.end(&app, &id).await["verdict"], "ACCEPTED");
    app.stop().await;
}

#[tokio::test]
async fn only_its_learner_types_and_only_so_much() {
    let app = TestApp::start().await;
    let (ada, eve, admin) = (app.learner("Ada").await, app.learner("Eve").await, app.admin().await);
    let (open, closed) = (run_open(&ada, ASKS, "").await, ada.run("print()").await);
    let input = json!({"input": {"submissionId": open, "text": "x"}});
    for stranger in [&eve, &admin] {
        assert_eq!(stranger.query_raw(SEND_INPUT, input.clone()).await.code(), "NOT_FOUND");
    }
    assert_eq!(app.anonymous().query_raw(SEND_INPUT, input).await.code(), "UNAUTHENTICATED");
    assert_eq!(send(&ada, &closed, "x", false).await["code"], "INPUT_CLOSED");
    assert_eq!(send(&ada, &open, "", false).await["code"], "INVALID_INPUT");
    assert_eq!(send(&ada, &open, "a\0b", false).await["path"], json!(["input", "text"]));
    sent(&ada, &open, &"x".repeat(64 * 1024), false).await;
    assert_eq!(send(&ada, &open, "x", false).await["code"], "INPUT_TOO_LARGE");
    sent(&ada, &open, "", true).await;
    assert_eq!(send(&ada, &open, "", true).await["code"], "INPUT_CLOSED");
    app.stop().await;
}

#[tokio::test]
async fn a_piece_that_is_sent_again_is_typed_once() {
    let app = TestApp::builder().worker().start().await;
    let ada = app.learner("Ada").await;
    let id = run_open(&ada, "import sys\nprint(sys.stdin.read())\n", "").await;
    let send = async |text: &str, request: &str| {
        let input = json!({"submissionId": id, "text": text, "clientRequestId": request});
        ada.query_raw(SEND_INPUT, json!({"input": input})).await
    };
    let at_once = tokio::join!(send("a", "one"), send("a", "one"), send("a", "one"));
    for answer in [at_once.0, at_once.1, at_once.2, send("b", "two").await, send("b", "two").await] {
        assert_eq!(answer.body["data"]["sendInput"]["__typename"], "SendInputSuccess", "{}", answer.body);
    }
    assert_eq!(send("c", "two").await.code(), "CONFLICT");
    sent(&ada, &id, "", true).await;
    assert_eq!(ada.end(&app, &id).await["output"]["stdout"], "ab\n");
    app.stop().await;
}
