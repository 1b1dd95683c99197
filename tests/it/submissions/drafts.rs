use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    learning::{CHALLENGE, FILE},
};

const SAVE_DRAFT: &str = include_str!("../../../graphql/submissions/SaveDraft.graphql");
const RESET_DRAFT: &str = include_str!("../../../graphql/submissions/ResetDraft.graphql");
const DRAFTS: &str = include_str!("../../../graphql/submissions/Drafts.graphql");

#[tokio::test]
async fn a_draft_is_there_on_the_next_device_until_it_is_thrown_away() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.learner("Ada").await, app.learner("Eve").await);
    let save = async |files: Value| {
        let input = json!({"challengeSlug": CHALLENGE, "files": files});
        ada.query(SAVE_DRAFT, json!({"input": input})).await["saveDraft"].clone()
    };
    for content in ["first", "last"] {
        let saved = save(json!([{"path": FILE, "content": content}])).await;
        assert_eq!((&saved["draft"]["challenge"]["slug"], &saved["draft"]["files"][0]["content"]), (&json!(CHALLENGE), &json!(content)));
    }
    let kept = ada.query(DRAFTS, json!({})).await["viewer"]["drafts"].clone();
    assert_eq!((kept.as_array().unwrap().len(), &kept[0]["files"]), (1, &json!([{"path": FILE, "content": "last"}])));
    assert_eq!(eve.query(DRAFTS, json!({})).await["viewer"]["drafts"], json!([]));
    assert_eq!(save(json!([{"path": "other.py", "content": "x"}])).await["__typename"], "InvalidInput");
    assert_eq!(save(json!([])).await["__typename"], "InvalidInput");
    assert_eq!(save(json!([{"path": FILE, "content": "x".repeat(65 * 1024)}])).await["__typename"], "SolutionTooLarge");
    let reset = ada.query(RESET_DRAFT, json!({"input": {"challengeSlug": CHALLENGE}})).await["resetDraft"]["draft"].clone();
    assert_eq!((&reset["updatedAt"], &reset["files"][0]["path"]), (&json!(null), &json!(FILE)));
    assert!(reset["files"][0]["content"].as_str().unwrap().contains("def to_fahrenheit"));
    assert_eq!(ada.query(DRAFTS, json!({})).await["viewer"]["drafts"], json!([]));
    app.stop().await;
}
