//! The program itself, an API and a worker apart: what a deployment gets by settings alone.

use std::{
    net::{SocketAddr, TcpListener},
    process::Stdio,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use tokio::{
    process::{Child, Command},
    time::timeout,
};

use crate::{
    fault::api::{PASSWORD, pace},
    support::{
        app::DEADLINE,
        cells,
        client::Client,
        collector::{Collector, Told, summary},
        postgres::Database,
        redis::Redis,
        ws::Socket,
    },
};

const REGISTER: &str = include_str!("../../../graphql/accounts/Register.graphql");
const RUN_CODE: &str = include_str!("../../../graphql/submissions/RunCode.graphql");
const SEND_INPUT: &str = include_str!("../../../graphql/submissions/SendInput.graphql");

struct Process {
    address: SocketAddr,
    child: Child,
    _data: tempfile::TempDir,
}

impl Process {
    fn start(role: &str, settings: &[(&str, String)]) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_weak-to-strong"));
        command.arg(role).current_dir(env!("CARGO_MANIFEST_DIR")).envs(settings.iter().cloned());
        command.env("PORT", address.port().to_string()).env("WTS_DATA_DIR", data.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        Self { address, child, _data: data }
    }

    async fn ready(&self, http: &reqwest::Client) {
        let url = format!("http://{}/health/ready", self.address);
        let answering = async {
            let mut pace = pace();
            while !http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()) {
                pace.tick().await;
            }
        };
        timeout(4 * DEADLINE, answering).await.expect("a process is not ready");
    }

    /// As a deployment does.
    async fn stop(mut self) {
        let pid = i32::try_from(self.child.id().expect("it does not run")).unwrap();
        kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
        let ended = timeout(2 * DEADLINE, self.child.wait()).await.expect("a process does not stop").unwrap();
        assert!(ended.success(), "{ended}");
    }
}

fn settings(database: &Database, redis: &Redis, collector: &Collector) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", database.url.clone()),
        ("REDIS_URL", redis.url()),
        ("WTS_SIGNING_KEY", "a key of the tests, at least 32 bytes long".to_owned()),
        ("WTS_ARGON2_MEMORY_KIB", "8".to_owned()),
        ("WTS_POOL_FLOOR", "1".to_owned()),
        ("WTS_POOL_CEILING", "2".to_owned()),
        ("WTS_SUBJECT_UID_BASE", "700000".to_owned()),
        ("WTS_SANDBOX_LABEL", format!("observed-{}", std::process::id())),
        ("WTS_IMAGE_PREFIX", cells::image_prefix()),
        ("WTS_DRAIN_SECONDS", "5".to_owned()),
        ("WTS_LOG", "error".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()),
        // Only the end of the processes sends anything.
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000".to_owned()),
    ]
}

/// Runs a program that waits for a word of its learner, who is there when it ends.
async fn run_and_follow(api: SocketAddr, learner: &Client) {
    let files = json!([{"path": "main.py", "content": "print('PLANTED', input())"}]);
    let input = json!({"runtime": "PYTHON", "files": files, "stdinOpen": true, "clientRequestId": "planted"});
    let queued = learner.query(RUN_CODE, json!({"input": input})).await;
    let id = queued["runCode"]["submission"]["id"].as_str().unwrap().to_owned();
    let mut socket = Socket::init(api, Some(learner.token())).await;
    let stream = socket.submission_events(&id, None).await;
    socket.event(&stream).await.unwrap();
    let input = json!({"submissionId": id, "text": "PLANTED\n", "endOfInput": true, "clientRequestId": "word"});
    learner.query(SEND_INPUT, json!({"input": input})).await;
    let mut last = Value::Null;
    while let Some(event) = socket.event(&stream).await {
        last = event;
    }
    assert_eq!(last["submission"]["verdict"], "ACCEPTED", "{last:#}");
    socket.leave().await;
}

#[tokio::test]
async fn settings_alone_make_processes_tell_of_one_trace_and_of_errors() {
    let (database, redis) = (Database::fresh().await, Redis::start().await);
    let (collector, sentry) = (Collector::start().await, Collector::start().await);
    let settings = settings(&database, &redis, &collector);
    let worker = Process::start("worker", &settings);
    let told: Vec<_> = settings.iter().cloned().chain([("SENTRY_DSN", sentry.dsn())]).collect();
    let api = Process::start("api", &told);
    let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
    api.ready(&http).await;
    worker.ready(&http).await;

    let anonymous = Client::anonymous(http, format!("http://{}/graphql", api.address));
    let input = json!({"email": "planted@example.org", "password": PASSWORD, "displayName": "PLANTED", "timeZone": "Europe/Berlin"});
    let learner = anonymous.signed_in(&anonymous.query(REGISTER, json!({"input": input})).await["register"]);
    run_and_follow(api.address, &learner).await;

    // What nothing of ours may do breaks a query.
    database.execute("ALTER TABLE drafts RENAME TO planted").await;
    let answer = learner.query_raw("{ viewer { drafts { challenge { slug } } } }", json!({})).await;
    assert_eq!(answer.code(), "INTERNAL");
    let reports = sentry.reports(1).await;
    assert_eq!(reports[0]["tags"]["request_id"], answer.body["errors"][0]["extensions"]["requestId"], "{:#}", reports[0]);
    assert_eq!(reports[0]["tags"]["cause"], "the database refused a statement");

    assert!(collector.bodies().is_empty());
    api.stop().await;
    worker.stop().await;
    let spans = collector.spans();
    let is_last = |told: &&Told| told.attribute("wts.event").as_deref() == Some("finished");
    let published = spans.iter().find(is_last).unwrap_or_else(|| panic!("{:#?}", summary(&spans)));
    let mut way = Vec::new();
    let mut at = spans.iter().find(|told| told.parent_id() == published.id());
    while let Some(told) = at {
        assert_eq!(told.trace_id(), published.trace_id());
        way.push((told.service.as_str(), told.span.name.as_str()));
        at = spans.iter().find(|above| above.id() == told.parent_id());
    }
    let (api, worker) = ("weak-to-strong-api", "weak-to-strong-worker");
    let expected = [
        (api, "deliver submissionEvents"),
        (worker, "send submission-events"),
        (worker, "process submissions"),
        (api, "send submissions"),
        (api, "mutation"),
        (api, "POST /graphql"),
    ];
    assert_eq!(way, expected, "{:#?}", summary(&spans));
    for told in [&collector, &sentry] {
        told.knows_nothing_of(&["PLANTED", "planted", PASSWORD, learner.token(), &learner.email]);
    }
}
