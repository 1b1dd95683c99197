//! Ends that the sandbox brings about.

use std::time::Duration;

use pretty_assertions::assert_eq;
use tokio_util::sync::CancellationToken;
use weak_to_strong::sandbox::{CellEvent, Fault, Outcome, PoolSettings, verdict::Verdict};

use super::support::{Heard, TestPool, program, run};

/// Cancels when the program has printed.
async fn cancel_when_it_speaks(pool: &TestPool, code: &str) -> Heard {
    let cancel = CancellationToken::new();
    let canceller = cancel.clone();
    run(&pool.pool, program(code), cancel, |event| {
        if matches!(event, CellEvent::Output { .. }) {
            canceller.cancel();
        }
    })
    .await
}

fn assert_cancelled(heard: &Heard) {
    assert_eq!(heard.verdict(), Verdict::Cancelled, "{:?}", heard.end);
    assert_eq!(heard.end.as_ref().unwrap().survivors, 0);
}

const FORK_BOMB: &str = "
import os
print('go', flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
";

const DEAF: &str = "
import os, signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
if os.fork() == 0:
    os.setsid()
print('go', flush=True)
while True:
    pass
";

#[tokio::test]
async fn a_fork_bomb_is_cancelled() {
    let pool = TestPool::start().await;
    assert_cancelled(&cancel_when_it_speaks(&pool, FORK_BOMB).await);
    pool.assert_healthy().await;
    pool.finish().await;
}

#[tokio::test]
async fn a_program_that_ignores_every_signal_is_cancelled() {
    let pool = TestPool::start().await;
    assert_cancelled(&cancel_when_it_speaks(&pool, DEAF).await);
    pool.assert_healthy().await;
    pool.finish().await;
}

#[tokio::test]
async fn without_patience_for_the_agent_the_whole_cell_is_killed() {
    let no_patience = |settings: PoolSettings| {
        let mut settings = settings;
        settings.patience.cancel = Duration::ZERO;
        settings
    };
    let pool = TestPool::start_with(no_patience).await;
    assert_cancelled(&cancel_when_it_speaks(&pool, FORK_BOMB).await);
    pool.assert_healthy().await;
    assert_eq!(pool.pool_canaries(), 0);
    pool.finish().await;
}

#[tokio::test]
async fn a_run_cancelled_before_it_has_a_cell_needs_none() {
    let pool = TestPool::start().await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let heard = run(&pool.pool, program("print(1)"), cancel, |_| ()).await;
    assert_eq!((heard.verdict(), heard.events), (Verdict::Cancelled, Vec::new()));
    pool.finish().await;
}

#[tokio::test]
async fn memory_is_limited() {
    let pool = TestPool::start().await;
    let heard = pool.run(program("hoard = []\nwhile True: hoard.append(bytearray(b'x') * 1_000_000)")).await;
    assert_eq!(heard.verdict(), Verdict::MemoryLimit, "{heard:?}");
    pool.assert_healthy().await;
    pool.finish().await;
}

#[tokio::test]
async fn cpu_time_is_limited() {
    let pool = TestPool::start().await;
    let mut request = program("while True: pass");
    (request.limits.cpu_ms, request.limits.wall_ms) = (500, 60_000);
    let heard = pool.run(request).await;
    assert_eq!(heard.verdict(), Verdict::TimeLimit, "{heard:?}");
    pool.finish().await;
}

#[tokio::test]
async fn wall_time_is_limited() {
    let pool = TestPool::start().await;
    let mut request = program("import time\nwhile True: time.sleep(1)");
    request.limits.wall_ms = 500;
    let heard = pool.run(request).await;
    assert_eq!(heard.verdict(), Verdict::TimeLimit, "{heard:?}");
    pool.finish().await;
}

#[tokio::test]
async fn a_run_whose_agent_misses_the_limit_is_killed_by_the_host() {
    let pool = TestPool::start_with(|mut settings| {
        settings.patience.overdue = Duration::ZERO;
        settings
    })
    .await;
    let mut request = program("while True: pass");
    // The agent cannot be ready with `finished` in no time at all, so the host is first.
    request.limits.wall_ms = 0;
    let heard = pool.run(request).await;
    assert_eq!(heard.end, Err(Fault::Overdue(Duration::ZERO)));
    assert_eq!(heard.verdict(), Verdict::Infrastructure);
    pool.finish().await;
}

#[tokio::test]
async fn output_is_limited() {
    let pool = TestPool::start().await;
    let heard = pool.run(program("while True: print('x' * 4000)")).await;
    assert_eq!(heard.verdict(), Verdict::OutputLimit, "{:?}", heard.end);
    assert_eq!(heard.end.unwrap().outcome, Outcome::OutputLimit);
    pool.finish().await;
}
