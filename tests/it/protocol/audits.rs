//! The audits of the npm package graphql-http, where they are installed: `npm ci --prefix tests/contracts`.

use std::path::Path;

use crate::support::edge::Edge;

#[tokio::test]
async fn every_audit_of_graphql_over_http_is_ok() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/contracts");
    if !folder.join("node_modules").is_dir() {
        return;
    }
    let edge = Edge::start().await;
    let run = tokio::process::Command::new("node").arg("graphql-http.mjs").arg(edge.url("/graphql")).current_dir(folder).output();
    let output = run.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("61 of 61 audits ok"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
