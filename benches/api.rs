//! What requests cost, beside what they cost on servers of others that answer the same from the same database: Mercurius with its
//! compiler, GraphQL Yoga, Apollo Server. Answers are compared byte for byte, `extensions` apart. Prints a table and writes
//! `bench/api.json` below the target directory.
//!
//! PostGraphile is not among them: version 5.1.5 starts on this schema, but ends each read of a table that has rows with an error of its
//! planner, and ids of ours, rules of who sees what and a queue are no columns that it could make a schema of.
//!
//!     make bench-api             BENCH_SECONDS=5 BENCH_CONNECTIONS=16 BENCH_LEARNERS=256

#![expect(clippy::cast_precision_loss, reason = "counts that a bench prints are small")]

#[path = "load/client.rs"]
#[expect(dead_code, reason = "the rest is for the other benches")]
mod client;
#[path = "load/figures.rs"]
#[expect(dead_code, reason = "the rest is for the other benches")]
mod figures;
#[path = "api/load.rs"]
mod load;
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "it was made for tests, where a panic says it all")]
#[expect(dead_code, reason = "the rest is for the fault test, which breaks what this one leaves alone")]
#[path = "../tests/it/fault/platform.rs"]
mod platform;

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use nix::sys::signal::Signal;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use tokio::{task::JoinSet, time::sleep};
use weak_to_strong::db::Conn;

use self::{
    figures::{Figures, cpu_us, load_average, resident_mib},
    load::{Connection, Load, Pace, Requests, put},
    platform::Platform,
};

/// About 130 objects.
const TREE: &str = "{ tracks(first: 5) { nodes { slug title modules { slug title challenges { slug title points } \
    lessons { slug title quiz { questions { id prompt options { id text } } } } } } } }";
const BOARD: &str = "{ leaderboard(scope: {everyone: true}, period: ALL_TIME, first: 50) { learners nodes { rank displayName xp isViewer } ownEntry { rank displayName xp isViewer } } }";
const NODE: &str = "query N($id: ID!) { node(id: $id) { __typename ... on Lesson { id slug title summary minutes } } }";
const SUBMIT: &str = "mutation S($input: SubmitSolutionInput!) { submitSolution(input: $input) { __typename ... on SubmitSolutionSuccess { submission { kind status runtime attempt } } } }";
const ANSWER_QUIZ: &str = "mutation A($input: AnswerQuizInput!) { answerQuiz(input: $input) { __typename } }";
const LESSON: &str = "query L($slug: String!) { lesson(slug: $slug) { id } }";
const LESSON_SLUG: &str = "python-variables-and-types";
const LESSON_FOLDER: &str = "seeds/tracks/python/01-python-basics/01-variables-and-data-types";
const SIGNING_KEY: &str = "a key of the bench, at least 32 bytes long";
/// What `submissions::queue` claims under: while somebody else holds it, what is submitted stays where it is.
const CLAIM_LOCK: i64 = 0x7732_7331;
/// Connections to the database of each server.
const POOL: &str = "16";
const COUNTED: usize = 20;
const WARM_UP: Duration = Duration::from_secs(1);
/// Part of the slowest server's rate at which latencies are measured.
const PART: f64 = 0.7;

const SETTINGS: &[(&str, &str)] = &[
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
    ("WTS_LOG", "warn"),
    ("WTS_SIGNING_KEY", SIGNING_KEY),
    ("WTS_DATABASE_CONNECTIONS", POOL),
    ("WTS_ARGON2_MEMORY_KIB", "8"),
    ("WTS_ARGON2_ITERATIONS", "1"),
    ("WTS_COST_CAPACITY", "1000000000000"),
    ("WTS_COST_PER_SECOND", "1000000000000"),
    ("WTS_SUBJECT_UID_BASE", "900000"),
    ("WTS_WORKER_SLOTS", "1"),
    ("WTS_POOL_FLOOR", "1"),
    ("WTS_POOL_CEILING", "1"),
];

#[expect(clippy::disallowed_methods, reason = "how long is the caller's of the bench, not the program's")]
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Server {
    name: &'static str,
    pid: i32,
    address: SocketAddr,
}

struct Row {
    name: &'static str,
    requests: Requests,
    /// What every answer has.
    words: &'static str,
}

const PEERS: [(&str, &str); 3] = [("Mercurius", "mercurius.mjs"), ("GraphQL Yoga", "yoga.mjs"), ("Apollo Server", "apollo.mjs")];

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    println!("load average at the start: {}", load_average());
    let mut platform = Platform::prepare(SETTINGS).await;
    count_statements(&platform).await?;
    platform.start_server();
    let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?;
    let health = format!("http://{}/health/ready", platform.address);
    let began = Instant::now();
    while !http.get(&health).send().await.is_ok_and(|response| response.status().is_success()) {
        ensure!(began.elapsed() < Duration::from_mins(3), "the server does not answer: {}", platform.log_tail());
        sleep(Duration::from_millis(50)).await;
    }
    let rows = rows(&http, &platform.url()).await?;
    let mut servers = vec![Server { name: "weak-to-strong", pid: platform.server_pid(), address: platform.address }];
    let mut peers = Peers(Vec::new());
    for (name, script) in PEERS {
        let (child, address) = peer(script, &platform.database_url())?;
        servers.push(Server { name, pid: i32::try_from(child.id())?, address });
        peers.0.push(child);
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(empty_the_queue(platform.database_url()));
    let mut conn = Conn::establish(&platform.database_url()).await?;
    conn.batch_execute("CREATE EXTENSION pg_stat_statements").await?;
    let mut sheet = Vec::new();
    for row in &rows {
        tokio::select! {
            measured = measure(row, &servers, &mut conn) => sheet.extend(measured.with_context(|| row.name)?),
            Some(ended) = tasks.join_next() => ended??,
        }
    }
    tasks.shutdown().await;
    drop(peers);
    println!("load average at the end: {}", load_average());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new(".")).join("bench/api.json");
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(&path, format!("{:#}\n", json!({"rows": sheet, "loadAverage": load_average()})))?;
    println!("written to {}", path.display());
    ensure!(platform.stop_server().await.success(), "the server did not end well");
    Ok(())
}

/// Has Postgres count statements, which takes a start of its own.
async fn count_statements(platform: &Platform) -> anyhow::Result<()> {
    let database = platform.start_database().await;
    let mut conn = Conn::establish(&database.url("postgres")).await?;
    conn.batch_execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'").await?;
    drop(conn);
    platform.kill_database(Signal::SIGQUIT);
    platform.start_database().await;
    Ok(())
}

/// Node servers of `benches/peers`; they end with the bench.
struct Peers(Vec<Child>);

impl Drop for Peers {
    fn drop(&mut self) {
        for peer in &mut self.0 {
            let _ = peer.kill();
            let _ = peer.wait();
        }
    }
}

fn peer(script: &str, database_url: &str) -> anyhow::Result<(Child, SocketAddr)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let mut command = Command::new("node");
    command.arg(script).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    command.env("DATABASE_URL", database_url).env("SIGNING_KEY", SIGNING_KEY).env("POOL", POOL).env("NODE_ENV", "production");
    let mut child = command.spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
    let port: u16 = line.trim().parse().with_context(|| format!("{script} does not start: run `npm ci --prefix benches/peers`"))?;
    Ok((child, SocketAddr::from(([127, 0, 0, 1], port))))
}

/// What is asked, by learners who are made for it: each has passed the quiz that opens the challenge.
async fn rows(http: &reqwest::Client, url: &str) -> anyhow::Result<Vec<Row>> {
    let answers = answers()?;
    let (mut learners, mut tokens) = (JoinSet::new(), Vec::new());
    for number in 0..setting("BENCH_LEARNERS", 256) {
        let (http, url, answers) = (http.clone(), url.to_owned(), answers.clone());
        learners.spawn(async move {
            let token = client::register(&http, &url, &format!("learner-{number:04}")).await?;
            let body = json!({"query": ANSWER_QUIZ, "variables": {"input": {"lessonSlug": LESSON_SLUG, "answers": answers}}});
            client::ask(&http, &url, Some(&token), &body).await?;
            anyhow::Ok(token)
        });
        if learners.len() >= 8 {
            tokens.push(learners.join_next().await.context("no learner")???);
        }
    }
    while let Some(token) = learners.join_next().await {
        tokens.push(token??);
    }
    let lesson = client::ask(http, url, None, &json!({"query": LESSON, "variables": {"slug": LESSON_SLUG}})).await?;
    let node = json!({"query": NODE, "variables": {"id": lesson["lesson"]["id"]}}).to_string();
    let first = tokens.first().cloned();
    let solution = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(LESSON_FOLDER).join("challenge/solution/converter.py"))?;
    let files = json!([{"path": "converter.py", "content": solution}]);
    let same = |token: Option<String>, body: String| -> Requests { Arc::new(move |_| (token.clone(), body.clone())) };
    let query = |text: &str| json!({"query": text}).to_string();
    let submit: Requests = Arc::new(move |number| {
        let input = json!({
            "challengeSlug": "python-temperature-converter", "files": files, "clientRequestId": uuid::Uuid::now_v7().to_string(),
        });
        let token = tokens.get(number % tokens.len()).cloned();
        (token, json!({"query": SUBMIT, "variables": {"input": input}}).to_string())
    });
    let row = |name, requests, words| Row { name, requests, words };
    Ok(vec![
        row("hello", same(None, query("{ __typename }")), r#""__typename":"Query""#),
        row("curriculum tree", same(None, query(TREE)), r#""slug":"python""#),
        row("leaderboard page", same(first.clone(), query(BOARD)), r#""rank":50"#),
        row("node(id)", same(first, node), r#""__typename":"Lesson""#),
        row("submitSolution", submit, r#""__typename":"SubmitSolutionSuccess""#),
    ])
}

fn answers() -> anyhow::Result<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LESSON_FOLDER).join("quiz.toml");
    let quiz: toml::Value = toml::from_str(&fs::read_to_string(path)?)?;
    let array = |value: &toml::Value, name: &str| value.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let answers = array(&quiz, "questions").into_iter().map(|question| {
        let right = array(&question, "options").into_iter().filter(|option| option["correct"].as_bool() == Some(true));
        let ids: Vec<String> = right.filter_map(|option| option["id"].as_str().map(str::to_owned)).collect();
        json!({"questionId": question["id"].as_str(), "optionIds": ids})
    });
    Ok(answers.collect())
}

/// Nobody runs what is submitted, and it is taken away soon, so that each learner may submit again.
async fn empty_the_queue(url: String) -> anyhow::Result<()> {
    let mut conn = Conn::establish(&url).await?;
    conn.batch_execute(&format!("SELECT pg_advisory_lock({CLAIM_LOCK})")).await?;
    loop {
        conn.batch_execute("DELETE FROM submissions").await?;
        sleep(Duration::from_millis(20)).await;
    }
}

async fn measure(row: &Row, servers: &[Server], conn: &mut Conn) -> anyhow::Result<Vec<Value>> {
    let bytes = compare(row, servers).await?;
    println!("\n{} ({bytes} bytes of data, the same of all)", row.name);
    println!("{:<16} {:>9} {:>11} {:>9} {:>9} {:>9} {:>9}", "", "max req/s", "CPU us/req", "p50 ms", "p99 ms", "RSS MiB", "SQL/req");
    let duration = Duration::from_secs(setting("BENCH_SECONDS", 5) as u64);
    let connections = setting("BENCH_CONNECTIONS", 16);
    let mut fastest = Vec::new();
    for server in servers {
        let pace = Pace { connections, duration: WARM_UP, rate: None };
        checked(put(server.address, &row.requests, pace, row.words).await?)?;
        let cpu = cpu_us(server.pid);
        let load = checked(put(server.address, &row.requests, Pace { duration, ..pace }, row.words).await?)?;
        let cost = (cpu_us(server.pid) - cpu) / load.answered as f64;
        fastest.push((load.answered as f64 / load.took.as_secs_f64(), cost));
    }
    let rate = PART * fastest.iter().map(|(rate, _)| *rate).fold(f64::INFINITY, f64::min);
    let mut measured = Vec::new();
    for (server, (most, cost)) in servers.iter().zip(fastest) {
        // More than are needed, so that none is waited for that is still at work.
        let pace = Pace { connections: 4 * connections, duration, rate: Some(rate) };
        let load = checked(put(server.address, &row.requests, pace, row.words).await?)?;
        let (latencies, memory) = (Figures::of(load.latencies), resident_mib(server.pid));
        let statements = statements(server, row, conn).await?;
        let (p50, p99) = (latencies.at(50), latencies.at(99));
        println!("{:<16} {most:>9.0} {cost:>11.0} {p50:>9.2} {p99:>9.2} {memory:>9.0} {statements:>9.1}", server.name);
        measured.push(json!({
            "row": row.name, "server": server.name, "requestsASecondMax": most, "cpuUsARequest": cost, "openLoopRate": rate,
            "openLoopMs": latencies.json(), "residentMib": memory, "statementsARequest": statements, "dataBytes": bytes,
        }));
    }
    println!("open loop at {rate:.0} requests a second; CPU is that of the server process, without Postgres");
    Ok(measured)
}

/// Asks each once; the bytes of the data that all answer.
async fn compare(row: &Row, servers: &[Server]) -> anyhow::Result<usize> {
    let mut wanted: Option<String> = None;
    for server in servers {
        let mut connection = Connection::open(server.address).await?;
        let (token, body) = (row.requests)(0);
        let text = String::from_utf8_lossy(connection.ask(token.as_deref(), &body).await?).into_owned();
        let answer: Answer = serde_json::from_str(&text)?;
        ensure!(answer.errors.is_none(), "{} answers {text}", server.name);
        let data = answer.data.context("no data")?.get();
        match &wanted {
            None => wanted = Some(data.to_owned()),
            Some(wanted) => ensure!(wanted == data, "{} answers {data} instead of {wanted}", server.name),
        }
        // What was submitted is taken away before the same learner submits again.
        sleep(Duration::from_millis(100)).await;
    }
    Ok(wanted.map_or(0, |data| data.len()))
}

/// A learner may still be waiting for their place when their turn comes again; that must be rare.
fn checked(load: Load) -> anyhow::Result<Load> {
    if load.wrong * 100 > load.answered {
        bail!("{} of {} answers are not what was asked for", load.wrong, load.answered);
    }
    Ok(load)
}

/// Statements of one request, by Postgres' own count; BEGIN and COMMIT are not among them.
async fn statements(server: &Server, row: &Row, conn: &mut Conn) -> anyhow::Result<f64> {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Calls {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        calls: i64,
    }
    let query = "SELECT coalesce(sum(calls), 0)::bigint AS calls FROM pg_stat_statements
        WHERE query !~* 'pg_stat_statements|^(begin|commit|rollback)' AND query <> 'DELETE FROM submissions'";
    let mut connection = Connection::open(server.address).await?;
    let calls = |found: Calls| found.calls as f64;
    let before = calls(diesel::sql_query(query).get_result(conn).await?);
    let began = Instant::now();
    for number in 0..COUNTED {
        let (token, body) = (row.requests)(number);
        connection.ask(token.as_deref(), &body).await?;
    }
    let took = began.elapsed();
    let after = calls(diesel::sql_query(query).get_result(conn).await?);
    // What goes on beside it, for as long.
    sleep(took).await;
    let idle = calls(diesel::sql_query(query).get_result(conn).await?) - after;
    Ok(((after - before - idle) / COUNTED as f64).max(0.0))
}
