//! The clients of graphql-ws and graphql-sse, which others wrote, against servers whose limits are small enough to meet. A script says
//! what it wants done, such as the end of a server, and the test does it.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use chrono::TimeDelta;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};

use crate::{
    outside::scripts,
    support::{TestApp, edge::Edge},
};

/// How long a script may take before the test fails.
const DEADLINE: Duration = Duration::from_secs(120);

/// The servers that a script finds by their names.
struct Stage {
    servers: BTreeMap<&'static str, Edge>,
    /// Whose accounts are those of the server `accounts`.
    platform: TestApp,
}

impl Stage {
    async fn set() -> Self {
        let platform = TestApp::start().await;
        let servers = BTreeMap::from([
            ("main", Edge::start().await),
            ("accounts", Edge::over(platform.app.clone()).await),
            ("brief", Edge::start_with(|config| config.realtime.connection_init_timeout = Duration::from_millis(50)).await),
            ("pinging", Edge::start_with(|config| config.realtime.ping_interval = Duration::from_millis(30)).await),
            ("beating", Edge::start_with(|config| config.realtime.comment_interval = Duration::from_millis(20)).await),
            ("single", Edge::start_with(|config| config.realtime.sockets_per_address_max = 1).await),
            ("leaving", Edge::start_with(|config| config.http.drain = Duration::from_millis(400)).await),
        ]);
        Self { servers, platform }
    }

    async fn act(&self, words: &[&str]) {
        match words {
            ["alive", server, count] => self.servers[server].alive(count.parse().unwrap()).await,
            ["left", server] => self.servers[server].no_sockets().await,
            ["drain", server] => self.servers[server].shutdown.cancel(),
            // Past the life of an access token.
            ["expire"] => self.platform.clock.advance(TimeDelta::minutes(16)),
            other => panic!("nobody can do {other:?}"),
        }
    }
}

/// Runs the script to its end; fails when one of its cases does.
async fn play(script: &str, cases: usize) {
    let Some(folder) = scripts("contracts") else { return };
    let stage = Stage::set().await;
    let ada = stage.platform.learner("Ada").await;
    let mut addresses: BTreeMap<&str, String> = stage.servers.iter().map(|(name, edge)| (*name, edge.address.to_string())).collect();
    addresses.insert("platform", stage.platform.address.to_string());
    let mut command = Command::new("node");
    command.arg(script).current_dir(folder).env("SERVERS", json!(addresses).to_string());
    command.env("ADA", json!({"accessToken": ada.token(), "refreshToken": ada.refresh_token}).to_string());
    let mut running = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let mut said = String::new();
    let acting = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            println!("{line}");
            if let Some(words) = line.strip_prefix("stage ") {
                stage.act(&words.split(' ').collect::<Vec<_>>()).await;
                stdin.write_all(b"done\n").await.unwrap();
            } else {
                said.push_str(&line);
                said.push('\n');
            }
        }
    };
    tokio::time::timeout(DEADLINE, acting).await.expect("the script does not come to an end");
    assert!(running.wait().await.unwrap().success() && said.contains(&format!("{cases} of {cases} cases ok")), "{said}");
}

#[tokio::test]
async fn the_client_of_graphql_ws_is_served_and_tries_again_where_that_helps() {
    play("graphql-ws.mjs", 23).await;
}

#[tokio::test]
async fn what_graphql_ws_asks_of_servers_holds() {
    play("graphql-ws-server.mjs", 20).await;
}

#[tokio::test]
async fn the_client_of_graphql_sse_is_served_and_goes_on_behind_its_last_event() {
    play("graphql-sse.mjs", 13).await;
}
