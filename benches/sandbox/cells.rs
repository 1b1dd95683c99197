//! Our cells: the one-line program, the canary's five checks, and how soon a cancelled loop is dead.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use tokio::{process::Command, sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use weak_to_strong::{
    clock::Clock,
    config,
    sandbox::{
        CellEvent, CellMode, DeclaredCheck, EVENTS_BUFFERED, Limits, Outcome, Pool, PoolSettings, RunRequest, Runtime, Sandbox, SourceFile,
        Visibility, Work,
    },
};

use super::{PARALLEL, RATE_SECONDS, ROUNDS, Row, Times, busy_ms, ms, peers::PROGRAM, percentile};

const CELLS: usize = 4;

/// Where the images are.
#[expect(clippy::disallowed_methods, reason = "the one setting that this program shares with the server")]
pub(super) fn image_prefix() -> String {
    std::env::var("WTS_IMAGE_PREFIX").unwrap_or_else(|_| "weak-to-strong".to_owned())
}

pub(super) async fn rows(mode: CellMode, idle: f64) -> anyhow::Result<Vec<Row>> {
    let config = config::Sandbox {
        docker_host: None,
        runtimes: vec![Runtime::Python],
        image_prefix: image_prefix(),
        cell_mode: mode,
        cell_runs_max: 100,
        pool_floor: CELLS,
        pool_ceiling: CELLS + 2,
        uid_base: 400_000,
        oci_runtime: None,
        apparmor_profile: "weak-to-strong-cell".to_owned(),
        label: format!("bench-{}", Uuid::new_v4()),
    };
    let began = Instant::now();
    let pool = Pool::start(&config, PoolSettings::of(&config), Clock::system().now()).await?;
    all_warm(&pool).await;
    println!("{}: self-check and {CELLS} warm cells after {:.0} ms", mode.as_str(), ms(began.elapsed()));
    let memory = warm_memory_mib(&config.label).await?;
    let mut rows = Vec::new();
    for (work, request) in [("one line", program(PROGRAM)), ("five checks", smoke()?)] {
        let name = format!("our cells, {}", if mode == CellMode::Single { "one run each" } else { "reusable" });
        rows.push(Row { warm_memory_mib: memory, ..measured(&pool, &name, work, &request, idle).await? });
    }
    let mut dead = Vec::new();
    for _ in 0..ROUNDS {
        dead.push(ms(cancelled(&pool).await?));
    }
    println!("{}: cancel to dead p50 {:.1} ms, p99 {:.1} ms", mode.as_str(), percentile(dead.clone(), 50), percentile(dead, 99));
    pool.shutdown().await;
    Ok(rows)
}

async fn measured(pool: &Pool, name: &str, work: &'static str, request: &RunRequest, idle: f64) -> anyhow::Result<Row> {
    let mut times = Times::default();
    one(pool, request).await?;
    all_warm(pool).await;
    let (began, busy) = (Instant::now(), busy_ms());
    for _ in 0..ROUNDS {
        let (first, total) = one(pool, request).await?;
        times.first.push(ms(first));
        times.total.push(ms(total));
        // What it takes to be ready for the next run is part of the price, and not of this run's time.
        all_warm(pool).await;
    }
    let cpu = (busy_ms() - busy - idle * ms(began.elapsed())) / ROUNDS as f64;
    let (mut runs, mut going, began) = (0_u32, JoinSet::new(), Instant::now());
    while began.elapsed() < Duration::from_secs(RATE_SECONDS) {
        while going.len() < PARALLEL {
            let (pool, request) = (pool.clone(), request.clone());
            going.spawn(async move { one(&pool, &request).await });
        }
        if let Some(ended) = going.join_next().await {
            ended??;
            runs += 1;
        }
    }
    let rate = f64::from(runs) / began.elapsed().as_secs_f64();
    while going.join_next().await.is_some() {}
    all_warm(pool).await;
    Ok(Row::of(name, work, times, cpu, rate))
}

async fn all_warm(pool: &Pool) {
    let settled = || pool.stats().lanes.iter().all(|lane| lane.warm >= CELLS && lane.creating + lane.busy == 0);
    while !settled() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The first event that a learner sees, and the end.
async fn one(pool: &Pool, request: &RunRequest) -> anyhow::Result<(Duration, Duration)> {
    let (events, mut heard) = mpsc::channel(EVENTS_BUFFERED);
    let began = Instant::now();
    let request = RunRequest { run_id: Uuid::new_v4(), ..request.clone() };
    let run = async { (pool.run(Runtime::Python, request, events, CancellationToken::new()).await, began.elapsed()) };
    let listening = async {
        let mut first = None;
        while let Some(event) = heard.recv().await {
            if first.is_none() && !matches!(event, CellEvent::Started) {
                first = Some(began.elapsed());
            }
        }
        first
    };
    let ((end, total), first) = tokio::join!(run, listening);
    let end = end?;
    anyhow::ensure!(end.outcome == Outcome::Completed && !end.runtime_error, "{end:?}");
    Ok((first.unwrap_or_default(), total))
}

async fn cancelled(pool: &Pool) -> anyhow::Result<Duration> {
    let (events, mut heard) = mpsc::channel(EVENTS_BUFFERED);
    let cancel = CancellationToken::new();
    let request = program("print('go', flush=True)\nwhile True: pass");
    let run = async { (pool.run(Runtime::Python, request, events, cancel.clone()).await, Instant::now()) };
    let listening = async {
        while !matches!(heard.recv().await, None | Some(CellEvent::Output { .. })) {}
        let asked = Instant::now();
        cancel.cancel();
        asked
    };
    let ((end, dead), asked) = tokio::join!(run, listening);
    anyhow::ensure!(end?.outcome == Outcome::Cancelled);
    Ok(dead - asked)
}

/// Memory of a warm cell that has run nothing yet, by the engine's word.
async fn warm_memory_mib(label: &str) -> anyhow::Result<Option<f64>> {
    let filter = format!("label=weak-to-strong.cell={label}");
    let names = Command::new("docker").args(["ps", "-q", "--filter", &filter]).output().await?;
    let names = String::from_utf8(names.stdout)?;
    let Some(name) = names.split_whitespace().next() else { return Ok(None) };
    let stats = Command::new("docker").args(["stats", "--no-stream", "--format", "{{.MemUsage}}", name]).output().await?;
    let stats = String::from_utf8(stats.stdout)?;
    Ok(stats.split("MiB").next().and_then(|figure| figure.trim().parse().ok()))
}

fn program(code: &str) -> RunRequest {
    RunRequest {
        run_id: Uuid::new_v4(),
        files: vec![SourceFile { path: "main.py".to_owned(), content: code.as_bytes().to_vec() }],
        seed: 1,
        work: Work::Program { entry: "main.py".to_owned(), args: Vec::new(), stdin: Vec::new(), typing: None },
        limits: Limits::of(Runtime::Python),
    }
}

/// The canary's five checks.
fn smoke() -> anyhow::Result<RunRequest> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sandboxes/python/smoke");
    let file = |from: &str, path: &str| -> anyhow::Result<SourceFile> {
        Ok(SourceFile { path: path.to_owned(), content: fs::read(folder.join(from).join(path))? })
    };
    let declared = |id: &str, visibility| DeclaredCheck { id: id.to_owned(), title: id.to_owned(), points: 1, visibility };
    Ok(RunRequest {
        run_id: Uuid::new_v4(),
        files: vec![file("solution", "greeting.py")?],
        seed: 1,
        work: Work::Checks {
            checks: vec![file("checks", "test_public.py")?, file("checks", "test_hidden.py")?],
            declared: vec![
                declared("test_greets", Visibility::Public),
                declared("test_counts", Visibility::Public),
                declared("test_refuses_nobody", Visibility::Public),
                declared("test_marks", Visibility::OnFail),
                declared("test_any_name", Visibility::Hidden),
            ],
        },
        limits: Limits::of(Runtime::Python),
    })
}
