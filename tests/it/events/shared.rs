//! Subscriptions that would be told the same share one execution, and each is told as if it were alone.

use std::time::Duration;

use pretty_assertions::assert_eq;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    progress::CORRECT_XP,
    support::{
        TestApp,
        app::DEADLINE,
        client::Client,
        learning::{names, new_request_id, seqs},
        scripted::{Act, Gate, Scripted},
        ws::Socket,
    },
};

const LEADERBOARD_EVENTS: &str = include_str!("../../../graphql/boards/LeaderboardEvents.graphql");
const LOGOUT: &str = include_str!("../../../graphql/accounts/Logout.graphql");

async fn give(admin: &Client, to: &Client, amount: i64) {
    let input = json!({"userId": to.id, "amount": amount, "reason": "A test.", "clientRequestId": new_request_id()});
    let given = admin.query(CORRECT_XP, json!({"input": input})).await["correctXp"].clone();
    assert_eq!(given["__typename"], "CorrectXpSuccess", "{given}");
}

/// Waits until so many subscriptions take from feeds.
async fn sharing(app: &TestApp, count: usize) {
    let waiting = async {
        while app.app.feeds.members() != count {
            tokio::task::yield_now().await;
        }
    };
    let found = timeout(DEADLINE, waiting).await;
    assert!(found.is_ok(), "{} share instead of {count}", app.app.feeds.members());
}

/// Events of this field that were executed so far.
async fn executed(app: &TestApp, field: &str) -> u64 {
    let text = app.get("/metrics").await.text().await.unwrap();
    let series = format!("subscription_executions_total{{field=\"{field}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&series)).map_or(0, |value| value.parse().unwrap())
}

async fn follow_board(app: &TestApp, client: &Client) -> (Socket, String) {
    let mut socket = client.socket(app).await;
    let stream = socket.subscribe(LEADERBOARD_EVENTS, json!({"scope": {"everyone": true}, "period": "ALL_TIME", "after": null})).await;
    assert_eq!(socket.event(&stream).await.unwrap()["__typename"], "LeaderboardSnapshot");
    (socket, stream)
}

#[tokio::test]
async fn a_board_is_executed_once_for_all_who_have_no_place_on_it() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    let mut followers = Vec::new();
    for number in 0..6 {
        let client = app.learner(&format!("Watcher {number}")).await;
        followers.push(follow_board(&app, &client).await);
    }
    sharing(&app, followers.len()).await;
    assert_eq!(executed(&app, "leaderboardEvents").await, 6, "each has its own snapshot");
    let mut told: Vec<Vec<Value>> = vec![Vec::new(); followers.len()];
    for amount in [10, 20, 30] {
        give(&admin, &ada, amount).await;
        for ((socket, stream), told) in followers.iter_mut().zip(&mut told) {
            told.extend(socket.events(stream, 1).await);
        }
    }
    assert_eq!(executed(&app, "leaderboardEvents").await, 9);
    assert_eq!(seqs(&told[0]), [1, 2, 3]);
    assert_eq!(told[0].iter().map(|event| event["entry"]["xp"].as_i64().unwrap()).collect::<Vec<_>>(), [10, 30, 60]);
    for other in &told[1..] {
        assert_eq!(*other, told[0]);
    }
    // Whoever comes now begins with what is, and goes on with all others.
    let late = app.learner("Late").await;
    followers.push(follow_board(&app, &late).await);
    sharing(&app, followers.len()).await;
    give(&admin, &ada, 5).await;
    let mut last = Vec::new();
    for (socket, stream) in &mut followers {
        last.extend(socket.events(stream, 1).await);
    }
    assert_eq!((seqs(&last), executed(&app, "leaderboardEvents").await), (vec![4; 7], 11));
    app.stop().await;
}

#[tokio::test]
async fn who_gets_a_place_is_told_of_it_as_their_own_without_a_gap_and_the_others_as_of_anybodys() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (app.admin().await, app.learner("Ada").await, app.learner("Bob").await);
    let (mut of_ada, adas) = follow_board(&app, &ada).await;
    let (mut of_bob, bobs) = follow_board(&app, &bob).await;
    sharing(&app, 2).await;
    give(&admin, &ada, 10).await;
    let (own, other) = (of_ada.event(&adas).await.unwrap(), of_bob.event(&bobs).await.unwrap());
    for (event, is_viewer) in [(&own, true), (&other, false)] {
        assert_eq!((&event["__typename"], &event["seq"]), (&json!("RankChanged"), &json!(1)));
        assert_eq!((&event["entry"]["displayName"], &event["entry"]["isViewer"]), (&json!("Ada"), &json!(is_viewer)));
    }
    // Ada goes on alone; Bob gets a place before her.
    sharing(&app, 1).await;
    give(&admin, &bob, 20).await;
    let (of_both, to_bob) = (of_ada.events(&adas, 2).await, of_bob.events(&bobs, 2).await);
    assert_eq!((seqs(&of_both), seqs(&to_bob)), (vec![2, 3], vec![2, 3]));
    let viewers = |events: &[Value]| events.iter().map(|event| event["entry"]["isViewer"].as_bool().unwrap()).collect::<Vec<_>>();
    assert_eq!((viewers(&of_both), viewers(&to_bob)), (vec![false, true], vec![true, false]));
    app.stop().await;
}

#[tokio::test]
async fn several_tabs_share_one_execution_wherever_each_began() {
    let app = TestApp::start().await;
    let (admin, ada, eve) = (app.admin().await, app.learner("Ada").await, app.learner("Eve").await);
    let mut first = ada.socket(&app).await;
    let stream = first.viewer_events(None).await;
    let snapshot = first.event(&stream).await.unwrap();
    // A correction is XP and a notification.
    give(&admin, &ada, 10).await;
    let early = first.events(&stream, 2).await;
    sharing(&app, 1).await;
    // One begins with a snapshot, one after what the first had at its beginning, one in between, one after all there is.
    let mut tabs = vec![(first, stream)];
    let cursors = [(None, vec![2]), (Some(&snapshot), vec![1, 2]), (Some(&early[0]), vec![2]), (Some(&early[1]), vec![])];
    for (after, wanted) in cursors {
        let mut socket = ada.socket(&app).await;
        let stream = socket.viewer_events(after.map(|event| &event["cursor"])).await;
        assert_eq!(seqs(&socket.events(&stream, wanted.len()).await), wanted);
        tabs.push((socket, stream));
    }
    sharing(&app, 5).await;
    // Another account is no tab of hers.
    let mut of_eve = eve.socket(&app).await;
    let eves = of_eve.viewer_events(None).await;
    of_eve.event(&eves).await.unwrap();
    sharing(&app, 6).await;
    let before = executed(&app, "viewerEvents").await;
    for amount in [1, 2, 3, 4] {
        give(&admin, &ada, amount).await;
    }
    for (socket, stream) in &mut tabs {
        let events = socket.events(stream, 8).await;
        assert_eq!(seqs(&events), (3..=10).collect::<Vec<_>>());
        assert_eq!(events.iter().filter_map(|event| event["total"].as_i64()).collect::<Vec<_>>(), [11, 13, 16, 20]);
    }
    assert_eq!(executed(&app, "viewerEvents").await, before + 8);
    give(&admin, &eve, 1).await;
    assert_eq!(of_eve.event(&eves).await.unwrap()["total"], 1);
    app.stop().await;
}

#[tokio::test]
async fn a_submission_is_told_alike_to_all_its_tabs_to_its_end() {
    let gate = Gate::default();
    let app = TestApp::builder().sandbox(Scripted::new([Act::passes().after(&["one\n", "two\n"], &gate)])).start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let mut tabs = Vec::new();
    for _ in 0..4 {
        let mut socket = ada.socket(&app).await;
        let stream = socket.submission_events(&id, None).await;
        let mut seen = Vec::new();
        while seen.last().is_none_or(|event: &Value| event["seq"].as_i64() < Some(3)) {
            seen.extend(socket.events(&stream, 1).await);
        }
        tabs.push((socket, stream));
    }
    sharing(&app, tabs.len()).await;
    let before = executed(&app, "submissionEvents").await;
    gate.open();
    let mut stories = Vec::new();
    for (socket, stream) in &mut tabs {
        let mut story = Vec::new();
        while let Some(event) = socket.event(stream).await {
            story.push(event);
        }
        stories.push(story);
    }
    assert_eq!(names(&stories[0]).last(), Some(&"SubmissionFinished"));
    assert_eq!(seqs(&stories[0]).first(), Some(&4));
    for other in &stories[1..] {
        assert_eq!(*other, stories[0]);
    }
    assert_eq!(executed(&app, "submissionEvents").await, before + stories[0].len() as u64);
    sharing(&app, 0).await;
    app.stop().await;
}

#[tokio::test]
async fn the_end_of_one_session_ends_nobody_elses_stream() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, app.learner("Ada").await);
    let again = ada.again(&app).await;
    let mut sockets = Vec::new();
    for client in [&ada, &again] {
        let mut socket = client.socket(&app).await;
        let stream = socket.viewer_events(None).await;
        socket.event(&stream).await.unwrap();
        sockets.push((socket, stream));
    }
    sharing(&app, 2).await;
    // The first one's execution is the one that is shared.
    ada.query(LOGOUT, json!({})).await;
    let (mut of_second, seconds) = sockets.pop().unwrap();
    let (mut of_first, _) = sockets.pop().unwrap();
    assert_eq!(of_first.closed().await.code, 4403);
    sharing(&app, 1).await;
    let before = executed(&app, "viewerEvents").await;
    give(&admin, &again, 10).await;
    assert_eq!(of_second.events(&seconds, 2).await[0]["total"], 10);
    assert_eq!(executed(&app, "viewerEvents").await, before + 2);
    app.stop().await;
}

#[tokio::test]
async fn who_reads_slowly_is_closed_alone_and_who_falls_behind_the_feed_loses_nothing() {
    const LINES: usize = 15;
    let (begun, printed) = (Gate::default(), Gate::default());
    // More than a feed keeps.
    let line = format!("{}\n", "x".repeat(60_000));
    let act = Act::passes().after(&[line.as_str(); LINES], &printed).after(&["go\n"], &begun);
    let app = TestApp::builder()
        .config(|config| config.realtime.write_timeout = Duration::from_millis(200))
        .sandbox(Scripted::new([act]))
        .start()
        .await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let id = ada.submit("x = 1").await;
    let (mut slow, mut socket) = (ada.socket(&app).await, ada.socket(&app).await);
    let stream = socket.submission_events(&id, None).await;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|event: &Value| event["seq"].as_i64() < Some(2)) {
        seen.extend(socket.events(&stream, 1).await);
    }
    // It asks forty times and reads none of it.
    for _ in 0..40 {
        slow.submission_events(&id, None).await;
    }
    sharing(&app, 41).await;
    begun.open();
    printed.open();
    let mut rest = Vec::new();
    while let Some(event) = socket.event(&stream).await {
        rest.push(event);
    }
    let first = seqs(&seen).last().unwrap() + 1;
    assert_eq!(seqs(&rest), (first..first + i64::try_from(rest.len()).unwrap()).collect::<Vec<_>>());
    let text: String = rest.iter().filter_map(|event| event["text"].as_str()).collect();
    assert!(text == line.repeat(LINES), "{} bytes instead of {}", text.len(), line.len() * LINES);
    let closed =
        async { while !app.get("/metrics").await.text().await.unwrap().contains(r#"graphql_socket_closes_total{cause="too_slow"} 1"#) {} };
    timeout(DEADLINE, closed).await.expect("the slow one is not closed");
    app.stop().await;
}
