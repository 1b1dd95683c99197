//! The same code gets the same verdict, each time. `STEADY_RUNS` says how many runs (`make soak`: ten thousand).

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use weak_to_strong::sandbox::{RunRequest, verdict::Verdict};

use super::support::{TestPool, challenge, files_below, program, repository, smoke};

const RUNS: usize = 36;
/// Runs at the same time.
const PARALLEL: usize = 2;

/// Code of every kind, with the verdict it deserves; nothing here needs a clock to end.
fn repertory() -> Vec<(String, RunRequest, Verdict)> {
    let mut all = vec![
        ("the canary's solution".to_owned(), smoke("solution"), Verdict::Accepted),
        ("a wrong answer to the canary".to_owned(), smoke("wrong/shouts"), Verdict::WrongAnswer),
        ("the canary's starter".to_owned(), smoke("starter"), Verdict::RuntimeError),
        ("a program".to_owned(), program("print(sum(range(10 ** 5)))"), Verdict::Accepted),
        ("a program that fails".to_owned(), program("raise SystemExit(3)"), Verdict::RuntimeError),
        ("a program that raises".to_owned(), program("print(1 / 0)"), Verdict::RuntimeError),
        ("one that takes all memory".to_owned(), program("hoard = [bytearray(1 << 20) for _ in range(400)]"), Verdict::MemoryLimit),
        ("one that prints without end".to_owned(), program("while True: print('x' * 1000)"), Verdict::OutputLimit),
    ];
    for name in ["ages", "purse", "relay", "report", "tally"] {
        let folder = repository().join("tests/forgeries/targets").join(name);
        all.push((name.to_owned(), challenge(&folder, files_below(&folder.join("solution"))), Verdict::Accepted));
    }
    all
}

#[expect(clippy::disallowed_methods, reason = "how many is the caller's of the test, not the program's")]
fn runs() -> usize {
    std::env::var("STEADY_RUNS").ok().map_or(RUNS, |text| text.parse().unwrap())
}

#[tokio::test]
async fn the_same_code_gets_the_same_verdict() {
    let pool = TestPool::start().await;
    let repertory = repertory();
    let played = stream::iter(0..runs()).map(|number| {
        let (name, request, wanted) = &repertory[number % repertory.len()];
        let request = RunRequest { run_id: uuid::Uuid::new_v4(), ..request.clone() };
        let pool = &pool;
        async move {
            let heard = pool.run(request).await;
            let verdict = heard.verdict();
            (verdict != *wanted).then(|| format!("run {number}, {name}: {} {:?} {:?}", verdict.as_str(), heard.end, heard.results()))
        }
    });
    let ended: Vec<Option<String>> = played.buffer_unordered(PARALLEL).collect().await;
    let flaky: Vec<&String> = ended.iter().flatten().collect();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for number in 0..ended.len() {
        *kinds.entry(repertory[number % repertory.len()].2.as_str()).or_default() += 1;
    }
    println!("{} runs, {} with another verdict than before: {kinds:?}", ended.len(), flaky.len());
    pool.assert_healthy().await;
    pool.finish().await;
    assert!(flaky.is_empty(), "{flaky:#?}");
}
