//! A nullable field that fails is null by itself: what stands beside it is answered.

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_nullable_field_that_fails_takes_nothing_with_it() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let document = "{ found: track(slug: \"python\") { slug } missing: track(slug: \"nothing\") { slug modules { lessons { slug } } } \
        viewer { id progress(trackSlug: \"nothing\") { lessonsTotal } xp } }";
    let answer = ada.query_raw(document, json!({})).await;
    let wanted = json!({"found": {"slug": "python"}, "missing": null, "viewer": {"id": ada.id, "progress": null, "xp": 0}});
    assert_eq!(answer.body["data"], wanted);
    let errors = answer.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!((answer.code(), &errors[0]["path"]), ("NOT_FOUND", &json!(["missing"])));
}

#[tokio::test]
async fn a_required_field_that_fails_takes_its_parent_and_no_more() {
    let app = TestApp::start().await;
    let ada = app.learner("Ada").await;
    let document = "{ viewer { id submissions(first: 0) { nodes { id } } } tracks(first: 1) { nodes { slug } } }";
    let answer = ada.query_raw(document, json!({})).await;
    assert_eq!(answer.body["data"], json!({"viewer": null, "tracks": {"nodes": [{"slug": "python"}]}}));
    assert_eq!((answer.code(), &answer.body["errors"][0]["path"]), ("BAD_USER_INPUT", &json!(["viewer", "submissions"])));
}
