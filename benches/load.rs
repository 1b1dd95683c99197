//! What the platform costs as a whole: the real binary, a real websocket client, a real sandbox; and beside each figure what the bare
//! thing costs on the same machine in the same minutes. Prints a table and writes `bench/load.json` below the target directory.
//!
//!     make bench                 BENCH_RUNS=100 BENCH_SECONDS=20 BENCH_ROUNDS=5

#![expect(clippy::cast_precision_loss, reason = "counts that a bench prints are small")]

#[path = "load/backlog.rs"]
mod backlog;
#[path = "load/client.rs"]
mod client;
#[path = "load/figures.rs"]
mod figures;
#[path = "load/peers.rs"]
mod peers;
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "it was made for tests, where a panic says it all")]
#[expect(dead_code, reason = "the rest is for the fault test, which breaks what this one leaves alone")]
#[path = "../tests/it/fault/platform.rs"]
mod platform;

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use weak_to_strong::db::Conn;

use self::{
    client::Client,
    figures::{Figures, busy_tree, cpu_us, load_average, ms, resident_mib},
    platform::Platform,
};

const FOLDER: &str = "seeds/tracks/python/01-python-basics/01-variables-and-data-types";
const UID_BASE: u32 = 900_000;
const UIDS: u32 = 8_192;
const LEARNERS: usize = 4;
const QUERIES: usize = 200;
/// A cell is made in less, so that the next run meets a warm one.
const BETWEEN_RUNS: Duration = Duration::from_secs(1);
/// Postgres' sessions hand in their counters when they have been idle for ten.
const COUNTERS_SETTLE: Duration = Duration::from_secs(12);

const ANSWER_QUIZ: &str = "mutation A($input: AnswerQuizInput!) { answerQuiz(input: $input) { __typename } }";
const RUN_CODE: &str =
    "mutation R($input: RunCodeInput!) { sent: runCode(input: $input) { __typename ... on RunCodeSuccess { submission { id } } } }";
const RUN_CHECKS: &str =
    "mutation C($input: RunChecksInput!) { sent: runChecks(input: $input) { __typename ... on RunChecksSuccess { submission { id } } } }";
const SUBMIT: &str = "mutation S($input: SubmitSolutionInput!) { sent: submitSolution(input: $input) { __typename ... on SubmitSolutionSuccess { submission { id } } } }";
const CANCEL: &str = "mutation X($input: CancelSubmissionInput!) { cancelSubmission(input: $input) { __typename } }";
const EVENTS: &str = "subscription E($id: ID!) { submissionEvents(submissionId: $id) { __typename ... on Event { seq } ... on SubmissionFinished { submission { verdict } } } }";
const TRACKS: &str =
    "{ tracks(first: 20) { nodes { slug title modules { title lessons { slug title challenge { slug title points } } } } } }";
const SUBMISSION: &str =
    "query S($id: ID!) { submission(id: $id) { status verdict score output { stdout stderr } checks { id title status points message } } }";
const VIEWER: &str = "{ viewer { id displayName email xp level submissions(first: 10) { nodes { id kind status verdict } } } }";

const SETTINGS: &[(&str, &str)] = &[
    ("WTS_SUBJECT_UID_BASE", "900000"),
    ("WTS_POOL_FLOOR", "4"),
    ("WTS_POOL_CEILING", "8"),
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
    ("WTS_LOG", "warn"),
];

/// Everything that is measured, in its order.
#[derive(Default)]
struct Sheet(Vec<(String, Value)>);

impl Sheet {
    fn figures(&mut self, what: &str, figures: &Figures) {
        println!("{what:<58} p50 {:>9.1} ms   p95 {:>9.1}   p99 {:>9.1}", figures.at(50), figures.at(95), figures.at(99));
        self.0.push((what.to_owned(), figures.json()));
    }

    fn number(&mut self, what: &str, value: f64, unit: &str) {
        println!("{what:<58} {value:>13.1} {unit}");
        self.0.push((what.to_owned(), json!({"value": value, "unit": unit})));
    }
}

struct Bench {
    platform: Platform,
    http: reqwest::Client,
    runs: usize,
    sheet: Sheet,
}

#[expect(clippy::disallowed_methods, reason = "how long is the caller's of the bench, not the program's")]
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seed_file(path: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join(path);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    println!("load average at the start: {}", load_average());
    let platform = Platform::prepare(SETTINGS).await;
    let mut bench = Bench {
        platform,
        http: reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?,
        runs: setting("BENCH_RUNS", 100),
        sheet: Sheet::default(),
    };
    bench.start().await?;
    let token = bench.learner("one").await?;
    let mut client = Client::connect(bench.platform.address, &token).await?;
    bench.main_job(&mut client).await?;
    bench.cancels(&mut client).await?;
    bench.throughput().await?;
    bench.backlog().await?;
    // Nobody answered the pings of the first one.
    let mut client = Client::connect(bench.platform.address, &token).await?;
    bench.queries(&token, &mut client).await?;
    let ratios = bench.peers()?;
    println!("load average at the end: {}", load_average());
    let all: serde_json::Map<String, Value> = bench.sheet.0.drain(..).collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new(".")).join("bench/load.json");
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let text = json!({"figures": all, "ratios": ratios, "loadAverage": load_average()});
    fs::write(&path, format!("{text:#}\n"))?;
    println!("{text}\nwritten to {}", path.display());
    ensure!(bench.platform.stop_server().await.success(), "the server did not end well");
    Ok(())
}

impl Bench {
    /// The second start is measured: the first also migrates and publishes the curriculum.
    async fn start(&mut self) -> anyhow::Result<()> {
        self.platform.start_server();
        self.answers("/health/live").await?;
        self.all_warm().await?;
        ensure!(self.platform.stop_server().await.success(), "the first start did not end well");
        self.platform.start_database().await;
        let began = Instant::now();
        self.platform.start_server();
        self.answers("/health/live").await?;
        self.sheet.number("start to first answer, database running", ms(began.elapsed()), "ms");
        self.all_warm().await?;
        self.sheet.number("start to a pool of 4 warm cells", ms(began.elapsed()), "ms");
        sleep(Duration::from_secs(3)).await;
        let before = cpu_us(self.platform.server_pid());
        sleep(Duration::from_secs(5)).await;
        let idle = (cpu_us(self.platform.server_pid()) - before) / 5.0;
        self.sheet.number("idle: resident memory", resident_mib(self.platform.server_pid()), "MiB");
        self.sheet.number("idle: CPU a second", idle, "us");
        Ok(())
    }

    async fn answers(&self, path: &str) -> anyhow::Result<()> {
        let url = format!("http://{}{path}", self.platform.address);
        for _ in 0..60_000 {
            if self.http.get(&url).send().await.is_ok_and(|response| response.status().is_success()) {
                return Ok(());
            }
            sleep(Duration::from_millis(2)).await;
        }
        anyhow::bail!("{path} does not answer")
    }

    async fn all_warm(&self) -> anyhow::Result<()> {
        for _ in 0..2_400 {
            // Each warm cell's interpreters wait under uids of its own.
            if self.platform.cells().len() >= 4 {
                sleep(Duration::from_secs(1)).await;
                return Ok(());
            }
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("the pool does not become warm")
    }

    async fn learner(&self, name: &str) -> anyhow::Result<String> {
        let token = client::register(&self.http, &self.platform.url(), name).await?;
        let database = self.platform.start_database().await;
        let mut conn = Conn::establish(&database.url("weak_to_strong")).await?;
        conn.batch_execute("UPDATE users SET plan = 'enterprise'").await?;
        let quiz: toml::Value = toml::from_str(&seed_file("quiz.toml")?)?;
        let array = |value: &toml::Value, name: &str| value.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let answers: Vec<Value> = array(&quiz, "questions")
            .iter()
            .map(|question| {
                let right = array(question, "options").into_iter().filter(|option| option["correct"].as_bool() == Some(true));
                let ids: Vec<String> = right.filter_map(|option| option["id"].as_str().map(str::to_owned)).collect();
                json!({"questionId": question["id"].as_str(), "optionIds": ids})
            })
            .collect();
        let variables = json!({"input": {"lessonSlug": "python-variables-and-types", "answers": answers}});
        client::ask(&self.http, &self.platform.url(), Some(&token), &json!({"query": ANSWER_QUIZ, "variables": variables})).await?;
        Ok(token)
    }

    async fn main_job(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let (mut first, mut running, mut verdict) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..self.runs {
            sleep(BETWEEN_RUNS).await;
            let began = Instant::now();
            let id = sent(client, SUBMIT, solution(&format!("main-{number}"))?).await?;
            let events = client.start(EVENTS, json!({"id": id})).await?;
            let (mut heard, mut ran) = (None, None);
            while let Some(data) = client.next(&events).await? {
                let event = &data["submissionEvents"];
                heard.get_or_insert_with(|| began.elapsed());
                if event["seq"].as_i64().is_some_and(|seq| seq > 0) {
                    ran.get_or_insert_with(|| began.elapsed());
                }
                if event["__typename"] == "SubmissionFinished" {
                    verdict.push(ms(began.elapsed()));
                    ensure!(event["submission"]["verdict"] == "ACCEPTED", "{event}");
                }
            }
            first.extend(heard.map(ms));
            running.extend(ran.map(ms));
        }
        self.sheet.figures("submit -> first message at the socket", &Figures::of(first));
        self.sheet.figures("submit -> first event of the run at the socket", &Figures::of(running));
        self.sheet.figures("submit -> stored verdict at the socket", &Figures::of(verdict));
        Ok(())
    }

    async fn cancels(&mut self, client: &mut Client) -> anyhow::Result<()> {
        let mut dead = Vec::new();
        for number in 0..self.runs.div_ceil(2) {
            sleep(BETWEEN_RUNS).await;
            let content = "print('go', flush=True)\nwhile True: pass\n";
            let files = json!([{"path": "main.py", "content": content}]);
            let input = json!({"runtime": "PYTHON", "files": files, "clientRequestId": format!("cancel-{number}")});
            let id = sent(client, RUN_CODE, input).await?;
            let events = client.start(EVENTS, json!({"id": id})).await?;
            while client.next(&events).await?.is_some_and(|data| data["submissionEvents"]["__typename"] != "OutputChunk") {}
            let mut tree = Vec::new();
            while tree.is_empty() {
                tree = busy_tree(UID_BASE..UID_BASE + UIDS);
            }
            let began = Instant::now();
            client.start(CANCEL, json!({"input": {"submissionId": id}})).await?;
            while !tree.iter().all(figures::Process::is_dead) {
                tokio::task::yield_now().await;
            }
            dead.push(ms(began.elapsed()));
            while client.next(&events).await?.is_some() {}
        }
        self.sheet.figures("cancel -> every process dead, by /proc", &Figures::of(dead));
        Ok(())
    }

    /// Runs of the visible checks, two in flight for each learner.
    async fn throughput(&mut self) -> anyhow::Result<()> {
        let (seconds, mut lanes) = (setting("BENCH_SECONDS", 20), JoinSet::new());
        let end = Instant::now() + Duration::from_secs(seconds as u64);
        for learner in 0..LEARNERS {
            let token = self.learner(&format!("many-{learner}")).await?;
            for lane in 0..2 {
                let mut client = Client::connect(self.platform.address, &token).await?;
                lanes.spawn(async move {
                    let mut count = 0;
                    while Instant::now() < end {
                        let id = sent(&mut client, RUN_CHECKS, solution(&format!("{lane}-{count}"))?).await?;
                        let events = client.start(EVENTS, json!({"id": id})).await?;
                        while client.next(&events).await?.is_some() {}
                        count += usize::from(Instant::now() < end);
                    }
                    anyhow::Ok(count)
                });
            }
        }
        let mut total = 0;
        while let Some(count) = lanes.join_next().await {
            total += count??;
        }
        self.sheet.number("4 learners, two in flight each: runs a second", total as f64 / seconds as f64, "runs/s");
        Ok(())
    }

    async fn queries(&mut self, token: &str, client: &mut Client) -> anyhow::Result<()> {
        let id = sent(client, RUN_CHECKS, solution("shown")?).await?;
        let events = client.start(EVENTS, json!({"id": id})).await?;
        while client.next(&events).await?.is_some() {}
        let database = self.platform.start_database().await;
        let mut conn = Conn::establish(&database.url("weak_to_strong")).await?;
        for (what, query) in [("tracks tree", TRACKS), ("submission with checks", SUBMISSION), ("viewer", VIEWER)] {
            let body = json!({"query": query, "variables": if query == SUBMISSION { json!({"id": id}) } else { json!({}) }});
            sleep(COUNTERS_SETTLE).await;
            let idle = committed(&mut conn).await?;
            sleep(COUNTERS_SETTLE).await;
            let before = committed(&mut conn).await?;
            let (cpu, began, mut took) = (cpu_us(self.platform.server_pid()), Instant::now(), Vec::new());
            for _ in 0..QUERIES {
                let asked = Instant::now();
                client::ask(&self.http, &self.platform.url(), Some(token), &body).await?;
                took.push(ms(asked.elapsed()));
            }
            let cpu = cpu_us(self.platform.server_pid()) - cpu;
            sleep(COUNTERS_SETTLE).await;
            let seconds = (began.elapsed()).as_secs_f64();
            // The worker and the outbox ask in between.
            let others = (before - idle) / COUNTERS_SETTLE.as_secs_f64() * seconds;
            let statements = (committed(&mut conn).await? - before - others) / QUERIES as f64;
            self.sheet.figures(&format!("{what}: answer"), &Figures::of(took));
            self.sheet.number(&format!("{what}: CPU"), cpu / QUERIES as f64, "us");
            self.sheet.number(&format!("{what}: SQL statements"), statements, "");
        }
        Ok(())
    }

    fn peers(&mut self) -> anyhow::Result<Value> {
        let names = ["converter.py", "test_public.py", "test_hidden.py"];
        let folders = ["challenge/solution", "challenge/checks", "challenge/checks"];
        let files = names.iter().zip(folders).map(|(name, folder)| Ok((*name, seed_file(&format!("{folder}/{name}"))?)));
        let files = json!(files.collect::<anyhow::Result<std::collections::BTreeMap<_, _>>>()?);
        let (pass, pytest, docker) = (peers::python_pass()?, peers::forked_pytest(&files)?, peers::docker_run()?);
        self.sheet.figures("bare: python3 -c pass", &pass);
        self.sheet.figures("bare: pytest.main of the same checks in a forked interpreter", &pytest);
        self.sheet.figures("bare: docker run of the image", &docker);
        let verdict = self.sheet.0.iter().find(|(what, _)| what.contains("stored verdict")).map(|(_, figures)| figures["p50"].as_f64());
        let verdict = verdict.flatten().unwrap_or(f64::NAN);
        let mut ratios = serde_json::Map::new();
        for (what, peer) in [("python3 -c pass", &pass), ("forked pytest", &pytest), ("docker run", &docker)] {
            println!("submit -> stored verdict is {:.2} times {what}", verdict / peer.at(50));
            ratios.insert(format!("verdict / {what}"), json!(verdict / peer.at(50)));
        }
        Ok(ratios.into())
    }
}

fn solution(request_id: &str) -> anyhow::Result<Value> {
    let files = json!([{"path": "converter.py", "content": seed_file("challenge/solution/converter.py")?}]);
    Ok(json!({"challengeSlug": "python-temperature-converter", "files": files, "clientRequestId": request_id}))
}

async fn sent(client: &mut Client, mutation: &str, input: Value) -> anyhow::Result<String> {
    let data = client.ask(mutation, json!({"input": input})).await?;
    Ok(data["sent"]["submission"]["id"].as_str().with_context(|| format!("refused: {data}"))?.to_owned())
}

/// Transactions of the platform's database; a statement outside of one counts as one.
async fn committed(conn: &mut Conn) -> anyhow::Result<f64> {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        xact_commit: i64,
    }
    let query = diesel::sql_query("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
    let row: Row = query.get_result(conn).await?;
    Ok(row.xact_commit as f64)
}
