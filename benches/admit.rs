//! What a request costs before it runs: CPU milliseconds of one thread for everything up to and with validation, for each file of
//! `tests/hostile`, those at the limits included, as if none had been seen before. No request may take more than the goal.
//!
//!     make bench-admit          BENCH_ROUNDS=50 BENCH_GOAL_MS=5

#[expect(clippy::unwrap_used, clippy::expect_used, reason = "it was made for tests, where a panic says it all")]
#[expect(dead_code, reason = "a bench asks for less of a file than a test")]
#[path = "../tests/it/support/hostile.rs"]
mod hostile;

use std::{fs, hint::black_box, sync::Arc};

use anyhow::{Context, ensure};
use weak_to_strong::{
    app::App,
    clock::Clock,
    config::{Config, TrustedOnly},
    error::Error,
    graphql::{self, Brings, Documents, Engine, Params, admit},
};

/// Lines that are printed.
const SHOWN: usize = 25;

#[expect(clippy::disallowed_methods, reason = "how much is the caller's of the bench, not the program's")]
fn setting(name: &str, default: f64) -> f64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Milliseconds that this thread has been on a processor.
fn cpu_ms() -> anyhow::Result<f64> {
    let read = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = read.split(' ').next().context("schedstat is empty")?.parse()?;
    Ok(nanoseconds / 1e6)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let (rounds, goal) = (setting("BENCH_ROUNDS", 50.0), setting("BENCH_GOAL_MS", 5.0));
    let mut config = Config::from_env()?;
    config.auth.signing_key.get_or_insert_with(|| "a key of the bench, at least 32 bytes long".to_owned());
    // Nothing is read: validation needs no database.
    let app = App::build(config, "postgres://nobody@127.0.0.1:1/none", Clock::system()).map_err(Error::into_anyhow)?;
    let platform = graphql::platform(&app);
    let documents = Documents::new(&platform.sdl(), TrustedOnly::Off).map_err(Error::into_anyhow)?;
    let mut found = Vec::new();
    for case in hostile::corpus() {
        let mut said = "";
        let mut round = 0.0;
        // Together, since the kernel counts in ticks of some milliseconds.
        let began = cpu_ms()?;
        while round < rounds {
            round += 1.0;
            said = considered(&platform, &documents, case.body.as_bytes()).await;
        }
        found.push(((cpu_ms()? - began) / rounds, case.name, said));
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!("{} documents and requests, {rounds} rounds each, in CPU milliseconds a round; the slowest:", found.len());
    for (ms, name, said) in found.iter().take(SHOWN) {
        println!("{ms:8.3}  {said:20}  {name}");
    }
    let over = found.iter().filter(|(ms, ..)| *ms > goal).count();
    ensure!(over == 0, "{over} take more than {goal} ms");
    Ok(())
}

/// As far as validation, and no further.
async fn considered(engine: &dyn Engine, documents: &Arc<Documents>, body: &[u8]) -> &'static str {
    let admitted = Params::from_slice(body).and_then(|params| admit(documents, params, Brings::default()));
    let Ok(admitted) = black_box(admitted) else { return "refused by the door" };
    match black_box(engine.price(admitted.asked(), false).await) {
        Ok(_) => "valid",
        Err(_) => "not valid",
    }
}
