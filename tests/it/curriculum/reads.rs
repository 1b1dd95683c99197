use serde_json::{Value, json};

use super::{CHALLENGE, LESSON, NODES, TRACK, TRACKS, publish, sample};
use crate::support::TestApp;

#[tokio::test]
async fn anyone_can_read_from_the_tracks_down_to_a_challenge() {
    let app = TestApp::start().await;
    publish(&app, sample::write().path()).await;
    let reader = app.anonymous();

    let page = reader.query(TRACKS, json!({"first": 1})).await;
    assert_eq!(page["tracks"]["edges"][0]["node"]["slug"], "tiny");
    assert_eq!(page["tracks"]["pageInfo"]["hasNextPage"], false);
    let end = &page["tracks"]["pageInfo"]["endCursor"];
    assert_eq!(reader.query(TRACKS, json!({"after": end})).await["tracks"]["edges"], json!([]));

    let track = reader.query(TRACK, json!({"slug": "tiny"})).await;
    let module = &track["track"]["modules"][0];
    assert_eq!(module["lessons"][0]["slug"], "tiny-adding");
    assert_eq!(module["challenges"][0]["slug"], "tiny-add");
    assert_eq!(module["challenges"][0]["lesson"]["slug"], "tiny-adding");

    let lesson = &reader.query(LESSON, json!({"slug": "tiny-adding"})).await["lesson"];
    assert_eq!(lesson["html"], "<h1>Adding</h1>\n<p>Two numbers become <strong>one</strong>.</p>\n");
    assert_eq!(lesson["version"], 1);
    assert_eq!(lesson["module"]["track"]["slug"], "tiny");
    assert_eq!(lesson["quiz"]["questions"].as_array().map(Vec::len), Some(4));

    let challenge = &reader.query(CHALLENGE, json!({"slug": "tiny-add"})).await["challenge"];
    assert_eq!(challenge["starter"], json!([{"path": "adding.py", "content": "def add(a, b):\n    pass\n"}]));
    assert_eq!(challenge["files"], json!(["adding.py"]));
    assert_eq!((&challenge["difficulty"], &challenge["runtime"]), (&json!("BEGINNER"), &json!("PYTHON")));
    let hidden = json!({"id": "test_any", "title": "Any numbers", "points": 10, "visibility": "HIDDEN"});
    assert_eq!(challenge["tasks"][3]["checks"][0], hidden);
}

#[tokio::test]
async fn a_learner_gets_the_options_of_a_question_in_an_order_of_their_own_and_keeps_it() {
    let app = TestApp::start().await;
    publish(&app, sample::write().path()).await;
    let ada = app.learner("Ada").await;
    let questions = async |client: &crate::support::client::Client| {
        client.query(LESSON, json!({"slug": "tiny-adding"})).await["lesson"]["quiz"]["questions"].clone()
    };
    let (once, again) = (questions(&ada).await, questions(&ada).await);
    assert_eq!(once, again);
    let ids = |questions: &Value| -> Vec<Value> { questions.as_array().unwrap().iter().map(|question| question["id"].clone()).collect() };
    assert_eq!(ids(&once), ids(&questions(&app.anonymous()).await), "only options are shuffled");
}

#[tokio::test]
async fn a_node_is_found_by_its_id_and_what_is_none_is_null() {
    let app = TestApp::start().await;
    publish(&app, sample::write().path()).await;
    let reader = app.anonymous();
    let track = reader.query(TRACK, json!({"slug": "tiny"})).await["track"].clone();
    let challenge = track["modules"][0]["challenges"][0]["id"].clone();
    let ids = json!([challenge, "challenge_01h455vb4pex5vsknk084sn02q", "nonsense", track["id"]]);
    let found = reader.query(NODES, json!({"id": track["id"], "ids": ids})).await;
    assert_eq!(found["node"], json!({"__typename": "Track", "id": track["id"]}));
    let expected = json!([
        {"__typename": "Challenge", "id": challenge, "slug": "tiny-add"},
        null,
        null,
        {"__typename": "Track", "id": track["id"], "slug": "tiny"},
    ]);
    assert_eq!(found["nodes"], expected);

    for id in ["nonsense", "track_01h455vb4pex5vsknk084sn02q", ""] {
        let none = reader.query(NODES, json!({"id": id, "ids": []})).await;
        assert_eq!(none["node"], Value::Null, "{id}");
    }
}

#[tokio::test]
async fn slugs_and_pages_that_cannot_be_are_refused_by_code() {
    let app = TestApp::start().await;
    let reader = app.anonymous();
    for (document, root) in [(TRACK, "track"), (LESSON, "lesson"), (CHALLENGE, "challenge")] {
        let answer = reader.query_raw(document, json!({"slug": "none"})).await;
        assert_eq!((answer.code(), &answer.body["data"][root]), ("NOT_FOUND", &Value::Null));
    }
    for variables in [json!({"first": 0}), json!({"first": 101}), json!({"after": "x"})] {
        assert_eq!(reader.query_raw(TRACKS, variables).await.code(), "BAD_USER_INPUT");
    }
}
