//! Access ends everywhere when the session does: on open sockets and event streams too.

use chrono::TimeDelta;
use reqwest::header::ACCEPT;
use serde_json::json;

use crate::support::{
    TestApp,
    edge::Edge,
    ws::{Closed, Socket},
};

const LOGOUT: &str = include_str!("../../../graphql/accounts/Logout.graphql");
const SET_USER_ROLE: &str = include_str!("../../../graphql/accounts/SetUserRole.graphql");
const SUSPEND_USER: &str = include_str!("../../../graphql/accounts/SuspendUser.graphql");
const QUIET: &str = "subscription { quiet { seq } }";

fn forbidden() -> Closed {
    Closed { code: 4403, reason: "Forbidden".to_owned() }
}

#[tokio::test]
async fn a_socket_with_a_running_subscription_ends_with_its_session() {
    let app = TestApp::start().await;
    let edge = Edge::over(app.app.clone()).await;
    let ada = app.learner("Ada").await;
    let mut socket = Socket::init(edge.address, Some(ada.token())).await;
    let id = socket.subscribe(QUIET, json!({})).await;
    assert!(socket.next(&id).await.is_some());
    ada.query(LOGOUT, json!({})).await;
    assert_eq!(socket.closed().await, forbidden());
    edge.alive(0).await;
}

#[tokio::test]
async fn a_suspended_account_is_out_of_its_sockets_and_gets_into_none() {
    let app = TestApp::start().await;
    let edge = Edge::over(app.app.clone()).await;
    let (root, ada) = (app.admin().await, app.learner("Ada").await);
    let mut socket = Socket::init(edge.address, Some(ada.token())).await;
    let id = socket.subscribe(QUIET, json!({})).await;
    assert!(socket.next(&id).await.is_some());
    root.query(SUSPEND_USER, json!({"input": {"userId": ada.id, "reason": "Sold answers."}})).await;
    assert_eq!(socket.closed().await, forbidden());
    let mut next = Socket::connect(edge.address).await;
    next.send(json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {}", ada.token())}})).await;
    assert_eq!(next.closed().await, forbidden());
    edge.alive(0).await;
}

#[tokio::test]
async fn who_cannot_be_checked_at_the_moment_is_told_to_try_again() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    // The same key and no database behind it.
    let edge = Edge::start().await;
    let mut socket = Socket::connect(edge.address).await;
    socket.send(json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {}", ada.token())}})).await;
    assert_eq!(socket.closed().await, Closed { code: 1013, reason: "Try again later".to_owned() });
}

#[tokio::test]
async fn a_socket_with_a_running_subscription_ends_when_a_role_is_taken() {
    let app = TestApp::start().await;
    let edge = Edge::over(app.app.clone()).await;
    let (root, deputy, ada) = (app.admin().await, app.admin().await, app.learner("Ada").await);
    let mut sockets = Vec::new();
    for client in [&deputy, &ada] {
        let mut socket = Socket::init(edge.address, Some(client.token())).await;
        let id = socket.subscribe(QUIET, json!({})).await;
        assert!(socket.next(&id).await.is_some());
        sockets.push(socket);
    }
    let [mut of_deputy, mut of_ada] = <[Socket; 2]>::try_from(sockets).ok().unwrap();
    let change = |id: &str, role: &str, granted: bool| json!({"input": {"userId": id, "role": role, "granted": granted}});
    root.query(SET_USER_ROLE, change(&ada.id, "INSTRUCTOR", true)).await;
    root.query(SET_USER_ROLE, change(&deputy.id, "ADMIN", false)).await;
    assert_eq!(of_deputy.closed().await, forbidden());
    // One more role ends nothing.
    let id = of_ada.subscribe("{ hello }", json!({})).await;
    assert!(of_ada.next(&id).await.is_some());
}

#[tokio::test]
async fn an_idle_socket_ends_with_its_token() {
    let app = TestApp::start().await;
    let edge = Edge::over(app.app.clone()).await;
    let ada = app.learner("Ada").await;
    let mut socket = Socket::init(edge.address, Some(ada.token())).await;
    app.clock.advance(TimeDelta::minutes(16));
    assert_eq!(socket.closed().await, forbidden());
    let mut late = Socket::connect(edge.address).await;
    late.send(json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {}", ada.token())}})).await;
    assert_eq!(late.closed().await, forbidden());
}

#[tokio::test]
async fn anonymous_sockets_outlive_all_of_it() {
    let app = TestApp::start().await;
    let edge = Edge::over(app.app.clone()).await;
    let mut socket = Socket::init(edge.address, None).await;
    app.clock.advance(TimeDelta::days(1));
    let id = socket.subscribe("{ hello }", json!({})).await;
    assert!(socket.next(&id).await.is_some());
}

#[tokio::test]
async fn an_account_has_so_many_sockets_and_streams() {
    let app = TestApp::builder().config(|config| config.realtime.sockets_per_user_max = 2).start().await;
    let edge = Edge::over(app.app.clone()).await;
    let (ada, bob) = (app.learner("Ada").await, app.learner("Bob").await);
    let first = Socket::init(edge.address, Some(ada.token())).await;
    let second = Socket::init(edge.address, Some(ada.token())).await;
    let mut third = Socket::connect(edge.address).await;
    third.send(json!({"type": "connection_init", "payload": {"authorization": format!("Bearer {}", ada.token())}})).await;
    assert_eq!(third.closed().await.code, 1013);
    let stream = edge.post(&json!({"query": QUIET})).header(ACCEPT, "text/event-stream").bearer_auth(ada.token());
    assert_eq!(stream.send().await.unwrap().status(), 429);
    Socket::init(edge.address, Some(bob.token())).await.leave().await;
    first.leave().await;
    second.leave().await;
    edge.no_sockets().await;
    Socket::init(edge.address, Some(ada.token())).await.leave().await;
}

#[tokio::test]
async fn an_event_stream_ends_with_its_session() {
    let app = TestApp::start().await;
    let edge = Edge::over(app.app.clone()).await;
    let ada = app.learner("Ada").await;
    let request = edge.post(&json!({"query": QUIET})).header(ACCEPT, "text/event-stream").bearer_auth(ada.token());
    let response = request.send().await.unwrap();
    edge.alive(1).await;
    ada.query(LOGOUT, json!({})).await;
    let text = response.text().await.unwrap();
    assert!(text.contains("UNAUTHENTICATED") && text.ends_with("event: complete\ndata:\n\n"), "{text}");
    edge.alive(0).await;
}
