//! What a cell costs: making one, and a run of five trivial checks in a warm one. Needs an engine and the python image.
//!
//!     cargo bench --bench sandbox

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use weak_to_strong::{
    clock::Clock,
    config,
    sandbox::{
        CellEvent, DeclaredCheck, EVENTS_BUFFERED, Limits, Outcome, Pool, PoolSettings, RunRequest, Runtime, Sandbox, SourceFile,
        Visibility, Work,
    },
};

const ROUNDS: usize = 40;
const CELLS: u32 = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let config = config::Sandbox {
        docker_host: None,
        runtimes: vec![Runtime::Python],
        image_prefix: "weak-to-strong".to_owned(),
        pool_floor: CELLS as usize,
        pool_ceiling: CELLS as usize + 2,
        uid_base: 400_000,
        oci_runtime: None,
        label: format!("bench-{}", Uuid::new_v4()),
    };
    let began = Instant::now();
    let pool = Pool::start(&config, PoolSettings::of(&config), Clock::system().now()).await?;
    println!("start with self-check: {:.0} ms", ms(began.elapsed()));
    let began = Instant::now();
    all_warm(&pool).await;
    println!("making {CELLS} cells, two at a time: {:.0} ms each", ms(began.elapsed() / CELLS));
    let (mut first, mut whole, mut inside, mut kill, mut refill) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (started, finished, wall_ms) = five_checks(&pool).await?;
        first.push(ms(started));
        whole.push(ms(finished));
        inside.push(wall_ms);
        let began = Instant::now();
        all_warm(&pool).await;
        refill.push(ms(began.elapsed()));
        kill.push(ms(cancelled(&pool).await?));
        all_warm(&pool).await;
    }
    report("claim a warm cell -> first event", first);
    report("claim a warm cell -> finished, five checks", whole);
    report("of which the agent counts", inside);
    report("a used cell replaced (one destroyed, one made)", refill);
    report("cancel of a busy loop -> every process dead", kill);
    pool.shutdown().await;
    Ok(())
}

async fn all_warm(pool: &Pool) {
    let settled = || pool.stats().lanes.iter().all(|lane| lane.warm >= CELLS as usize && lane.creating + lane.busy == 0);
    while !settled() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn five_checks(pool: &Pool) -> anyhow::Result<(Duration, Duration, f64)> {
    let (events, mut heard) = mpsc::channel(EVENTS_BUFFERED);
    let request = smoke()?;
    let began = Instant::now();
    let run = async { (pool.run(Runtime::Python, request, events, CancellationToken::new()).await, began.elapsed()) };
    let listening = async {
        let first = heard.recv().await.map(|_| began.elapsed());
        while heard.recv().await.is_some() {}
        first
    };
    let ((end, finished), first) = tokio::join!(run, listening);
    let end = end?;
    anyhow::ensure!(end.outcome == Outcome::Completed && !end.runtime_error, "{end:?}");
    Ok((first.unwrap_or_default(), finished, ms(Duration::from_millis(end.wall_ms))))
}

async fn cancelled(pool: &Pool) -> anyhow::Result<Duration> {
    let (events, mut heard) = mpsc::channel(EVENTS_BUFFERED);
    let cancel = CancellationToken::new();
    let code = b"print('go', flush=True)\nwhile True: pass".to_vec();
    let request = RunRequest {
        run_id: Uuid::new_v4(),
        files: vec![SourceFile { path: "main.py".to_owned(), content: code }],
        seed: 1,
        work: Work::Program { entry: "main.py".to_owned(), args: Vec::new(), stdin: Vec::new(), typing: None },
        limits: Limits::of(Runtime::Python),
    };
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

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn report(what: &str, mut figures: Vec<f64>) {
    figures.sort_by(f64::total_cmp);
    let at = |percent: usize| figures[(figures.len() * percent / 100).min(figures.len() - 1)];
    println!("{what}: p50 {:.1} ms, p95 {:.1} ms, worst {:.1} ms", at(50), at(95), at(100));
}
