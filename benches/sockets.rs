//! What subscribers cost: the real binary and many websockets that follow one board, an event at a time; and beside it a server of
//! graphql-ws and a bare loop of writes under the same client. Prints a table and writes `bench/sockets.json` below the target directory.
//!
//!     make bench-sockets         BENCH_SUBSCRIBERS=1000,5000,10000 BENCH_EVENTS=20 BENCH_VIEWERS=16

#![expect(clippy::cast_precision_loss, reason = "counts that a bench prints are small")]

#[path = "sockets/bare.rs"]
mod bare;
#[expect(dead_code, reason = "the rest is for the other benches")]
#[path = "load/client.rs"]
mod client;
#[path = "sockets/crowd.rs"]
mod crowd;
#[expect(dead_code, reason = "the rest is for the other benches")]
#[path = "load/figures.rs"]
mod figures;
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
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use weak_to_strong::db::Conn;

use self::{
    crowd::Crowd,
    figures::{Figures, cpu_us, load_average, ms, resident_mib},
    platform::Platform,
};

const EVENTS: &str = include_str!("../graphql/boards/LeaderboardEvents.graphql");
const CORRECT_XP: &str = "mutation C($input: CorrectXpInput!) { correctXp(input: $input) { __typename } }";
const PUBLISH: &str = "mutation P($xp: Int!) { publish(xp: $xp) }";
const VIEWER: &str = "{ viewer { id } }";
/// Learners with a place on the board.
const PLACED: usize = 8;
/// Subscribers before those that are counted.
const WARM_UP: usize = 50;
/// A board is told of at most once a second.
const BETWEEN_EVENTS: Duration = Duration::from_millis(1_300);
const RECEIVE_TIMEOUT: Duration = Duration::from_secs(30);
/// Files that are neither sockets of subscribers.
const FILES_SPARE: usize = 200;

const SETTINGS: &[(&str, &str)] = &[
    ("WTS_ACCESS_TOKEN_SECONDS", "86400"),
    ("WTS_LOG", "warn"),
    ("WTS_CONNECTIONS_MAX", "100000"),
    ("WTS_SOCKETS_PER_USER", "100000"),
    ("WTS_COST_CAPACITY", "1000000000000"),
    ("WTS_COST_PER_SECOND", "1000000000000"),
    ("WTS_SUBJECT_UID_BASE", "900000"),
    ("WTS_WORKER_SLOTS", "1"),
    ("WTS_POOL_FLOOR", "1"),
    ("WTS_POOL_CEILING", "1"),
];

#[expect(clippy::disallowed_methods, reason = "how long is the caller's of the bench, not the program's")]
fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// A server under measurement.
struct Server {
    name: &'static str,
    pid: i32,
    address: SocketAddr,
    tokens: Vec<Option<String>>,
}

/// Publishes one event; the answer of the mutation is waited for.
trait Publisher {
    async fn publish(&mut self, number: usize) -> anyhow::Result<()>;
}

struct Ours {
    http: reqwest::Client,
    url: String,
    admin: String,
    learner: String,
}

impl Publisher for Ours {
    async fn publish(&mut self, number: usize) -> anyhow::Result<()> {
        let input = json!({"userId": self.learner, "amount": 1, "reason": "A bench.", "clientRequestId": format!("event-{number}")});
        let body = json!({"query": CORRECT_XP, "variables": {"input": input}});
        let data = client::ask(&self.http, &self.url, Some(&self.admin), &body).await?;
        ensure!(data["correctXp"]["__typename"] == "CorrectXpSuccess", "{data}");
        Ok(())
    }
}

struct Theirs {
    http: reqwest::Client,
    url: String,
}

impl Publisher for Theirs {
    async fn publish(&mut self, number: usize) -> anyhow::Result<()> {
        let body = json!({"query": PUBLISH, "variables": {"xp": 8_001 + number}});
        client::ask(&self.http, &self.url, None, &body).await.map(|_| ())
    }
}

/// The argument with which this program is the bare loop.
const BARE: &str = "bare";

fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == BARE) {
        return bare::serve();
    }
    tokio::runtime::Runtime::new()?.block_on(compare())
}

async fn compare() -> anyhow::Result<()> {
    println!("load average at the start: {}", load_average());
    let counts: Vec<usize> =
        setting("BENCH_SUBSCRIBERS", "1000,5000,10000").split(',').map(|count| count.trim().parse()).collect::<Result<_, _>>()?;
    let files = files_max()?;
    let most = counts.iter().copied().max().unwrap_or(0);
    ensure!(files > most + FILES_SPARE, "{files} files may be open, too few for {most} sockets: raise it with `ulimit -n`");
    let mut rows = Vec::new();
    for count in counts {
        rows.push(ours(count).await.context("ours")?);
        rows.push(theirs("graphql-ws", count).await.context("graphql-ws")?);
        rows.push(theirs(BARE, count).await.context(BARE)?);
    }
    println!("load average at the end: {}", load_average());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap_or(Path::new(".")).join("bench/sockets.json");
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(&path, format!("{:#}\n", json!({"rows": rows, "loadAverage": load_average()})))?;
    println!("written to {}", path.display());
    Ok(())
}

fn files_max() -> anyhow::Result<usize> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).context("no limit of open files")?;
    Ok(line.split_whitespace().next().and_then(|soft| soft.parse().ok()).unwrap_or(usize::MAX))
}

async fn ours(count: usize) -> anyhow::Result<Value> {
    let mut platform = Platform::prepare(SETTINGS).await;
    platform.start_server();
    let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?;
    let (url, address) = (platform.url(), platform.address);
    let health = format!("http://{address}/health/ready");
    let began = Instant::now();
    while !http.get(&health).send().await.is_ok_and(|response| response.status().is_success()) {
        ensure!(began.elapsed() < Duration::from_mins(3), "the server does not answer: {}", platform.log_tail());
        sleep(Duration::from_millis(50)).await;
    }
    let admin = client::register(&http, &url, "admin").await?;
    let database = platform.start_database().await;
    let mut conn = Conn::establish(&database.url("weak_to_strong")).await?;
    conn.batch_execute("UPDATE users SET roles = '{LEARNER,ADMIN}'").await?;
    let mut first = None;
    for number in 0..PLACED {
        let token = client::register(&http, &url, &format!("placed-{number}")).await?;
        let viewer = client::ask(&http, &url, Some(&token), &json!({"query": VIEWER})).await?;
        let id = viewer["viewer"]["id"].as_str().context("no id")?.to_owned();
        let amount = 900 - 100 * number;
        let input = json!({"userId": id, "amount": amount, "reason": "A bench.", "clientRequestId": format!("place-{number}")});
        let body = json!({"query": CORRECT_XP, "variables": {"input": input}});
        client::ask(&http, &url, Some(&admin), &body).await?;
        first.get_or_insert(id);
    }
    let mut tokens = Vec::new();
    for number in 0..setting("BENCH_VIEWERS", "16").parse()? {
        tokens.push(Some(client::register(&http, &url, &format!("viewer-{number}")).await?));
    }
    let mut publisher = Ours { http: http.clone(), url, admin, learner: first.context("nobody is placed")? };
    let server = Server { name: "weak-to-strong", pid: platform.server_pid(), address, tokens };
    let mut row = measured(&server, count, &mut publisher).await?;
    let metrics = http.get(format!("http://{address}/metrics")).send().await?.text().await?;
    let executed = metrics.lines().find_map(|line| line.strip_prefix(r#"subscription_executions_total{field="leaderboardEvents"} "#));
    let executed: f64 = executed.and_then(|value| value.parse().ok()).unwrap_or(f64::NAN);
    let per_event = (executed - (count + WARM_UP) as f64) / row["events"].as_f64().unwrap_or(f64::NAN);
    println!("{:<58} {per_event:>13.2}", format!("weak-to-strong, {count}: executions an event"));
    row["executionsAnEvent"] = json!(per_event);
    ensure!(platform.stop_server().await.success(), "the server did not end well");
    Ok(row)
}

async fn theirs(name: &'static str, count: usize) -> anyhow::Result<Value> {
    let (mut peer, address) = if name == BARE {
        started(Command::new(std::env::current_exe()?).arg(BARE))?
    } else {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
        started(Command::new("node").arg("sockets.mjs").current_dir(folder))?
    };
    let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build()?;
    let mut publisher = Theirs { http, url: format!("http://{address}/graphql") };
    let server = Server { name, pid: i32::try_from(peer.id())?, address, tokens: vec![None] };
    let row = measured(&server, count, &mut publisher).await;
    peer.kill()?;
    peer.wait()?;
    row
}

/// A server that prints its port.
fn started(command: &mut Command) -> anyhow::Result<(Child, SocketAddr)> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().context("no output")?).read_line(&mut line)?;
    let port: u16 = line.trim().parse().context("a peer does not start: run `npm ci --prefix benches/peers`")?;
    Ok((child, SocketAddr::from(([127, 0, 0, 1], port))))
}

async fn measured(server: &Server, count: usize, publisher: &mut impl Publisher) -> anyhow::Result<Value> {
    let events: usize = setting("BENCH_EVENTS", "20").parse()?;
    // What both allocate once is not a subscription's.
    Crowd::gather(server.address, WARM_UP, &server.tokens, document()).await?.leave();
    sleep(Duration::from_secs(3)).await;
    let before = resident_mib(server.pid);
    let began = Instant::now();
    let mut crowd = Crowd::gather(server.address, count, &server.tokens, document()).await?;
    let opened = began.elapsed();
    sleep(Duration::from_secs(3)).await;
    let memory = (resident_mib(server.pid) - before) * 1_024.0 / count as f64;
    let (cpu, began) = (cpu_us(server.pid), Instant::now());
    sleep(Duration::from_secs(3)).await;
    let idle = (cpu_us(server.pid) - cpu) / began.elapsed().as_secs_f64();
    let (cpu, began, mut lags, mut lasts) = (cpu_us(server.pid), Instant::now(), Vec::new(), Vec::new());
    for number in 0..events {
        let asked = Instant::now();
        publisher.publish(number).await?;
        let mut last = Duration::ZERO;
        for _ in 0..count {
            match timeout(RECEIVE_TIMEOUT, crowd.received.recv()).await {
                Ok(Some(received)) => {
                    last = received.at - asked;
                    lags.push(ms(last));
                }
                _ => bail!("an event did not come to everybody"),
            }
        }
        lasts.push(ms(last));
        sleep(BETWEEN_EVENTS).await;
    }
    let spent = cpu_us(server.pid) - cpu - idle * began.elapsed().as_secs_f64();
    let after = (resident_mib(server.pid) - before) * 1_024.0 / count as f64;
    ensure!(crowd.received.try_recv().is_err(), "an event came twice");
    crowd.leave();
    let (lags, lasts) = (Figures::of(lags), Figures::of(lasts));
    let name = format!("{}, {count}", server.name);
    let delivery = spent / (count * events) as f64;
    println!(
        "{:<58} p50 {:>9.1} ms   p99 {:>9.1}   last, p50 {:>9.1}",
        format!("{name}: publish to receive"),
        lags.at(50),
        lags.at(99),
        lasts.at(50)
    );
    println!("{:<58} {delivery:>13.2} us", format!("{name}: CPU a delivery"));
    println!("{:<58} {memory:>13.2} KiB   after the events {after:.2}", format!("{name}: memory a subscription"));
    println!("{:<58} {:>13.0} us", format!("{name}: CPU a second, idle"), idle);
    Ok(json!({
        "server": server.name, "subscribers": count, "events": events, "publishToReceiveMs": lags.json(), "lastMs": lasts.json(),
        "cpuUsADelivery": delivery, "kibASubscription": memory, "kibASubscriptionAfter": after, "idleCpuUsASecond": idle,
        "openedASecond": count as f64 / opened.as_secs_f64(),
    }))
}

fn document() -> (&'static str, Value) {
    (EVENTS, json!({"scope": {"everyone": true}, "period": "ALL_TIME", "after": null}))
}
