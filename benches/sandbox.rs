//! What a run costs, side by side in one process: a bare interpreter, a warm interpreter that forks, bubblewrap, `docker run`,
//! `docker exec`, and our cells in both modes. Needs an engine and the python image; bubblewrap where it is installed.
//!
//!     cargo bench --bench sandbox
//!
//! CPU is that of the whole machine, engine and kernel included, less what it uses when nothing runs: measure on a quiet one.

#![expect(clippy::cast_precision_loss, reason = "counts that a bench prints are small")]

#[path = "sandbox/cells.rs"]
mod cells;
#[path = "sandbox/peers.rs"]
mod peers;

use std::{
    fmt::Write as _,
    fs,
    time::{Duration, Instant},
};

use serde::Serialize;
use weak_to_strong::sandbox::CellMode;

/// Runs one after the other, whose times are told.
const ROUNDS: usize = 30;
/// Runs two at a time, whose rate is told.
const PARALLEL: usize = 2;
const RATE_SECONDS: u64 = 5;

/// One line of the table.
#[derive(Default, Serialize)]
struct Row {
    name: String,
    work: &'static str,
    first_output_ms_p50: Option<f64>,
    total_ms_p50: f64,
    total_ms_p99: f64,
    runs_per_second: f64,
    cpu_ms_per_run: f64,
    warm_memory_mib: Option<f64>,
}

/// The times of runs one after the other.
#[derive(Default)]
struct Times {
    first: Vec<f64>,
    total: Vec<f64>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let idle = idle_cpu_ms_per_ms().await;
    let mut rows = peers::rows(idle).await?;
    for mode in [CellMode::Single, CellMode::Reusable] {
        rows.extend(cells::rows(mode, idle).await?);
    }
    println!("{}", table(&rows));
    let json = serde_json::to_string_pretty(&rows)?;
    fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/bench-sandbox.json"), &json)?;
    println!("{json}");
    Ok(())
}

impl Row {
    fn of(name: &str, work: &'static str, times: Times, cpu_ms_per_run: f64, runs_per_second: f64) -> Self {
        let Times { first, total } = times;
        Self {
            name: name.to_owned(),
            work,
            first_output_ms_p50: (!first.is_empty()).then(|| percentile(first, 50)),
            total_ms_p50: percentile(total.clone(), 50),
            total_ms_p99: percentile(total, 99),
            runs_per_second,
            cpu_ms_per_run,
            warm_memory_mib: None,
        }
    }
}

/// CPU time of all processes and of the kernel since the machine's start.
fn busy_ms() -> f64 {
    const MS_PER_TICK: f64 = 10.0;
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let numbers = stat.lines().next().unwrap_or_default().split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0.0));
    // user, nice, system, idle, iowait, irq, softirq
    let busy: f64 = numbers.take(7).enumerate().filter(|(column, _)| !matches!(column, 3 | 4)).map(|(_, ticks): (usize, f64)| ticks).sum();
    busy * MS_PER_TICK
}

async fn idle_cpu_ms_per_ms() -> f64 {
    let (began, busy) = (Instant::now(), busy_ms());
    tokio::time::sleep(Duration::from_secs(2)).await;
    (busy_ms() - busy) / ms(began.elapsed())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn percentile(mut figures: Vec<f64>, percent: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get((figures.len() * percent / 100).min(figures.len().saturating_sub(1))).copied().unwrap_or_default()
}

fn table(rows: &[Row]) -> String {
    let mut out = format!(
        "{:<34} {:<12} {:>12} {:>10} {:>10} {:>8} {:>10} {:>12}\n",
        "", "", "first out ms", "total p50", "total p99", "runs/s", "CPU ms/run", "warm MiB"
    );
    let shown = |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.1}"));
    for row in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{:<34} {:<12} {:>12} {:>10.1} {:>10.1} {:>8.1} {:>10.1} {:>12}",
            row.name,
            row.work,
            shown(row.first_output_ms_p50),
            row.total_ms_p50,
            row.total_ms_p99,
            row.runs_per_second,
            row.cpu_ms_per_run,
            shown(row.warm_memory_mib)
        );
    }
    out
}
