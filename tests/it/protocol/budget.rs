//! What callers may spend, and how many are served at once.

use std::time::Duration;

use chrono::TimeDelta;
use reqwest::header::{ACCEPT, RETRY_AFTER};
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::support::{
    TestApp,
    app::{Builder, DEADLINE},
    edge::Edge,
    redis::Redis,
};

const VIEWER: &str = "{ viewer { id } }";
const TRACKS: &str = "{ tracks(first: 5) { nodes { title modules { title lessons { title } } } } }";
/// The least that a bucket may hold: what one operation may cost.
const CAPACITY: u64 = 20_000;

fn frugal() -> Builder {
    TestApp::builder().config(|config| {
        config.limits.cost_capacity = CAPACITY;
        config.limits.cost_per_second = 1;
    })
}

fn cost(answer: &Value) -> [u64; 4] {
    let cost = &answer["extensions"]["cost"];
    ["requested", "actual", "remaining", "restoreRate"].map(|name| cost[name].as_u64().unwrap_or_else(|| panic!("{name}: {answer}")))
}

#[tokio::test]
async fn every_answer_says_what_it_cost() {
    let app = frugal().start().await;
    let ada = app.learner("Ada").await;
    let answer = ada.query_raw(TRACKS, json!({})).await.body;
    let [requested, actual, remaining, rate] = cost(&answer);
    assert!(actual < requested && actual > 10, "what was not given is not charged: {answer}");
    assert_eq!((remaining, rate), (CAPACITY - actual, 1), "{answer}");
    let [again, actual_again, rest, _] = cost(&ada.query_raw(TRACKS, json!({})).await.body);
    assert_eq!((again, actual_again), (requested, actual));
    // A little may have been given back meanwhile.
    assert!((remaining - actual..remaining).contains(&rest), "{rest} of {remaining}");
    // A document that is not valid is not free, and says nothing of a price.
    let wrong = ada.query_raw("{ nothing }", json!({})).await;
    assert_eq!((wrong.code(), wrong.body.get("extensions")), ("GRAPHQL_VALIDATION_FAILED", None));
    let [one, _, after, _] = cost(&ada.query_raw(VIEWER, json!({})).await.body);
    assert!(after + one < rest, "{after} of {rest}");
    app.stop().await;
}

#[tokio::test]
async fn who_has_spent_the_share_waits_and_nobody_else_does() {
    let app = frugal().start().await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let mut answered = 0;
    let refused = loop {
        let answer = ada.query_raw(TRACKS, json!({})).await;
        if answer.body.get("errors").is_some() {
            break answer;
        }
        answered += 1;
    };
    assert!(answered > 0);
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED"));
    assert!(refused.body.get("data").is_none(), "{}", refused.body);
    let wait = refused.body["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap();
    let message = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains(&format!("in {wait} s")), "{message}");
    assert_eq!(bob.query_raw(VIEWER, json!({})).await.status, 200, "another account has its own");
    assert_eq!(app.anonymous().query_raw("{ __typename }", json!({})).await.status, 200, "and so has the address");
    // A socket and an event stream spend from the same purse.
    let mut socket = ada.socket(&app).await;
    let id = socket.subscribe(TRACKS, json!({})).await;
    assert_eq!(socket.message(&id).await["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    // To the second, and no longer.
    app.clock.advance(TimeDelta::seconds(wait));
    assert_eq!(ada.query_raw(TRACKS, json!({})).await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn logins_under_aliases_are_counted_one_by_one() {
    let app = frugal().start().await;
    let ada = app.learner("Ada").await;
    let login = |number: usize| {
        format!(
            "a{number}: login(input: {{email: \"{}\", password: \"no such password\"}}) {{ __typename }}",
            if number == 0 { ada.email.clone() } else { format!("nobody-{number}@example.org") }
        )
    };
    let document = |count: usize| format!("mutation {{ {} }}", (0..count).map(login).collect::<Vec<_>>().join(" "));
    let anonymous = app.anonymous();
    let [one, charged, ..] = cost(&anonymous.query_raw(&document(1), json!({})).await.body);
    assert_eq!(one, charged, "what was done is charged in full");
    let [eight, ..] = cost(&anonymous.query_raw(&document(8), json!({})).await.body);
    assert_eq!(eight, 8 * one);
    app.stop().await;
}

#[tokio::test]
async fn servers_share_the_purses_of_a_redis_and_count_alone_without_it() {
    let mut redis = Redis::start().await;
    let url = redis.url();
    let with = |url: String| frugal().config(move |config| config.realtime.redis_url = Some(url));
    let (one, other) = (with(url.clone()).start().await, with(url).start().await);
    let (first, second) = (one.anonymous(), other.anonymous());
    let refused = async { while first.query_raw(TRACKS, json!({})).await.status == 200 {} };
    timeout(DEADLINE, refused).await.expect("nothing is ever refused");
    assert_eq!(second.query_raw(TRACKS, json!({})).await.code(), "RATE_LIMITED", "it was spent elsewhere");
    redis.kill().await;
    // What a server takes while it counts alone, it also gives back there.
    let [requested, actual, remaining, _] = cost(&second.query_raw(TRACKS, json!({})).await.body);
    assert!(actual < requested, "{actual} of {requested}");
    let [.., again, _] = cost(&second.query_raw(TRACKS, json!({})).await.body);
    assert!(again >= remaining - actual, "{again} after {remaining} less {actual}");
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_full_server_says_so_at_once() {
    let edge = Edge::start_with(|config| {
        config.limits.operations_max = 1;
        config.limits.operations_waiting_max = 1;
        config.limits.admission_wait = Duration::from_millis(300);
    })
    .await;
    let hanging = edge.post(&json!({"query": "{ hangs }"})).send();
    let mut running = JoinSet::new();
    running.spawn(hanging);
    while edge.alive.0.load(std::sync::atomic::Ordering::SeqCst) == 0 {
        sleep(Duration::from_millis(5)).await;
    }
    let hello = json!({"query": "{ hello }"});
    let (waited, refused) =
        tokio::join!(edge.post(&hello).send(), edge.post(&hello).header(ACCEPT, "application/graphql-response+json").send());
    for answer in [waited.unwrap(), refused.unwrap()] {
        assert_eq!((answer.status().as_u16(), answer.headers()[RETRY_AFTER].to_str().unwrap()), (503, "1"));
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{body}");
    }
    // Who leaves makes room.
    running.abort_all();
    let served = async { while edge.post(&hello).send().await.unwrap().status() != 200 {} };
    timeout(DEADLINE, served).await.expect("the place is not given back");
}
