use serde_json::{Value, json};
use weak_to_strong::curriculum::Report;

use super::{CHALLENGE, LESSON, TRACK, publish, sample};
use crate::support::TestApp;

async fn version(app: &TestApp, document: &str, root: &str, slug: &str) -> Value {
    app.anonymous().query(document, json!({"slug": slug})).await[root]["version"].clone()
}

#[tokio::test]
async fn publishing_again_writes_nothing_and_a_change_makes_a_version() {
    let app = TestApp::start().await;
    let dir = sample::write();
    let first = publish(&app, dir.path()).await;
    assert_eq!((first.created, first.versions), (5, 3));
    assert!(publish(&app, dir.path()).await.wrote_nothing());

    let statement = format!("{}/challenge.md", sample::CHALLENGE);
    sample::replace(dir.path(), &statement, "Write `add(a, b)`.", "Write `add(a, b)`, please.");
    assert_eq!(publish(&app, dir.path()).await, Report { updated: 1, versions: 1, ..Report::default() });
    assert_eq!(version(&app, CHALLENGE, "challenge", "tiny-add").await, 2);
    assert_eq!(version(&app, LESSON, "lesson", "tiny-adding").await, 1);

    // A title is no part of the body: the row changes, the version stays.
    sample::replace(dir.path(), &statement, "title = \"Add\"", "title = \"Add up\"");
    assert_eq!(publish(&app, dir.path()).await, Report { updated: 1, ..Report::default() });

    // What it said before is the version it was before.
    sample::replace(dir.path(), &statement, ", please.", ".");
    assert_eq!(publish(&app, dir.path()).await, Report { updated: 1, ..Report::default() });
    assert_eq!(version(&app, CHALLENGE, "challenge", "tiny-add").await, 1);
}

#[tokio::test]
async fn what_the_files_no_longer_have_is_retired_and_can_come_back() {
    let app = TestApp::start().await;
    let dir = sample::write();
    publish(&app, dir.path()).await;
    let anonymous = app.anonymous();
    let id = anonymous.query(CHALLENGE, json!({"slug": "tiny-add"})).await["challenge"]["id"].clone();

    let (kept, moved) = (dir.path().join(sample::CHALLENGE), dir.path().join("away"));
    std::fs::rename(&kept, &moved).unwrap();
    assert_eq!(publish(&app, dir.path()).await, Report { retired: 1, ..Report::default() });
    assert_eq!(anonymous.query_raw(CHALLENGE, json!({"slug": "tiny-add"})).await.code(), "NOT_FOUND");
    let track = anonymous.query(TRACK, json!({"slug": "tiny"})).await;
    assert_eq!(track["track"]["modules"][0]["challenges"], json!([]));
    let node = anonymous.query("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
    assert_eq!(node["node"]["id"], id, "what was submitted to it still points at it");

    std::fs::rename(&moved, &kept).unwrap();
    assert_eq!(publish(&app, dir.path()).await, Report { updated: 1, ..Report::default() });
    assert_eq!(anonymous.query(CHALLENGE, json!({"slug": "tiny-add"})).await["challenge"]["id"], id);
}

#[tokio::test]
async fn two_publications_at_once_make_one() {
    let app = TestApp::start().await;
    let dir = sample::write();
    let (one, other) = tokio::join!(publish(&app, dir.path()), publish(&app, dir.path()));
    assert!(one.wrote_nothing() != other.wrote_nothing(), "{one} and {other}");
}

#[tokio::test]
async fn a_mistake_publishes_nothing() {
    let app = TestApp::start().await;
    let dir = sample::write();
    publish(&app, dir.path()).await;
    sample::replace(dir.path(), "tracks/tiny/track.toml", "title = \"Tiny\"", "title = \"\"");
    let refused = weak_to_strong::curriculum::publish_dir(&app.app, dir.path()).await.unwrap_err();
    assert!(refused.public_message().contains("tracks/tiny/track.toml:3:9: this text is empty"), "{}", refused.public_message());
    assert_eq!(app.anonymous().query(TRACK, json!({"slug": "tiny"})).await["track"]["title"], "Tiny");
}
