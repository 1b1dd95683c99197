//! Programs that others wrote, against the real server: the audits of graphql-http, the clients of front ends, and Chromium; and
//! the tools that front ends are built with, against the schema and our documents.
//!
//! Where Node or Chromium is not installed a test says so and ends; `make test` installs both where it may, and their packages.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use crate::support::{TestApp, client::PASSWORD, edge::Edge, learning::CHALLENGE};

const SOLUTION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/seeds/tracks/python/01-python-basics/01-variables-and-data-types/challenge/solution/converter.py"
);
const CHROMIUM: &str = "/usr/bin/chromium";

/// The folder of Node scripts; None where there is no Node to run them. With Node but without the packages the test fails: a green
/// run that left them out would say too much.
pub fn scripts(folder: &str) -> Option<PathBuf> {
    let node = std::process::Command::new("node").arg("--version").output();
    if node.is_err() {
        println!("node is not installed: left out");
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    assert!(folder.join("node_modules").is_dir(), "run `npm ci --prefix {}` first, as `make test` does", folder.display());
    Some(folder)
}

/// What the script printed; panics with it when the script fails.
pub async fn run(command: &mut Command) -> String {
    let output = command.kill_on_drop(true).output().await.unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

#[tokio::test]
async fn every_audit_of_graphql_over_http_is_ok() {
    let Some(folder) = scripts("contracts") else { return };
    let edge = Edge::start().await;
    let said = run(Command::new("node").arg("graphql-http.mjs").arg(edge.url("/graphql")).current_dir(folder)).await;
    assert!(said.contains("61 of 61 audits ok"), "{said}");
}

#[tokio::test]
async fn the_tools_of_clients_accept_the_schema_and_our_documents() {
    let Some(folder) = scripts("tooling") else { return };
    let said = run(Command::new("node").arg("check.mjs").current_dir(folder)).await;
    assert!(said.contains("5 of 5 gates passed"), "{said}");
}

#[tokio::test]
async fn each_of_those_gates_would_find_a_mistake() {
    let Some(folder) = scripts("tooling") else { return };
    let said = run(Command::new("node").args(["check.mjs", "--self-test"]).current_dir(folder)).await;
    assert!(said.contains("every gate fails where it should"), "{said}");
}

#[tokio::test]
async fn graphql_ws_and_apollo_client_follow_a_run_over_a_cut_socket() {
    let Some(folder) = scripts("browser") else { return };
    let app = TestApp::builder().worker().start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let mut script = Command::new("node");
    script.arg("submission.mjs").current_dir(folder).env("BASE_URL", app.url("")).env("EMAIL", &ada.email).env("PASSWORD", PASSWORD);
    script.env("CHALLENGE", CHALLENGE).env("SOURCE_FILE", SOLUTION).env("FILE_PATH", "converter.py").env("EXPECT", "ACCEPTED");
    // A slow machine may have judged it before anybody asks; of one event each can be cut off.
    script.env("DROP_AFTER", "1");
    let said = run(&mut script).await;
    assert_eq!(said.matches("resumed after a cut").count(), 2, "{said}");
    app.stop().await;
}

#[tokio::test]
async fn every_document_of_ours_is_trusted() {
    let Some(folder) = scripts("browser") else { return };
    run(Command::new("node").arg("trusted.mjs").current_dir(folder)).await;
}

/// How long an access token lives here: less than the test does.
const TOKEN_TTL: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_front_end_with_our_kit_shows_a_run_over_broken_connections_and_ended_tokens() {
    let Some(folder) = scripts("browser") else { return };
    run(Command::new("npm").args(["run", "--silent", "types"]).current_dir(&folder)).await;
    if !Path::new(CHROMIUM).exists() {
        println!("chromium is not installed: left out");
        return;
    }
    let page = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
    let page = format!("http://{page}");
    let allowed = page.clone();
    let builder = TestApp::builder().worker().config(move |config| {
        config.http.allowed_origins = vec![allowed];
        config.auth.access_token_ttl = TOKEN_TTL;
    });
    let app = builder.start().await;
    let ada = app.learner("Ada").await;
    ada.pass_the_quiz().await;
    let mut script = Command::new("node");
    script.arg("frontend.mjs").current_dir(folder).env("BASE_URL", app.url("")).env("EMAIL", &ada.email).env("PASSWORD", PASSWORD);
    script.env("CHALLENGE", CHALLENGE).env("SOURCE_FILE", SOLUTION).env("FILE_PATH", "converter.py").env("CHROMIUM", CHROMIUM);
    script.env("PAGE_URL", page).env("EXPIRES_MS", TOKEN_TTL.as_millis().to_string());
    script.env("OUT_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("front_end"));
    let said = run(&mut script).await;
    assert!(said.contains("the front end works"), "{said}");
    app.stop().await;
}

#[tokio::test]
async fn an_admin_does_the_main_job_in_graphiql() {
    let Some(folder) = scripts("browser") else { return };
    if !Path::new(CHROMIUM).exists() {
        println!("chromium is not installed: left out");
        return;
    }
    let app = TestApp::builder().worker().start().await;
    let admin = app.admin().await;
    admin.pass_the_quiz().await;
    let mut script = Command::new("node");
    script.arg("graphiql.mjs").current_dir(folder).env("BASE_URL", app.url("")).env("EMAIL", &admin.email).env("PASSWORD", PASSWORD);
    script.env("CHALLENGE", CHALLENGE).env("SOURCE_FILE", SOLUTION).env("FILE_PATH", "converter.py").env("CHROMIUM", CHROMIUM);
    // For people to look at.
    script.env("OUT_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("graphiql"));
    let said = run(&mut script).await;
    assert!(said.contains("GraphiQL works"), "{said}");
    app.stop().await;
}
