//! Does the judge agree with the world? Third-party problems with their reference solutions go through real cells and beside that through a
//! bare `python3`; both have to come to the same. Each problem also goes with an answer that does nothing, so that a judge who accepts
//! everything would be found out. `make heldout` fetches the problems (HumanEval) and says where they are.
//!
//! The problems' own checks compare plain values, which is what the proxy of the judge hands out, so they are used word for word. Two
//! things are put around them. The learner's file is imported by its name, as every check of ours does. Where a check calls another
//! function of the problem's text, that name is bound to the learner's, since in the judge's process the text itself is never run.

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use tokio::{io::AsyncWriteExt, process::Command, sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use weak_to_strong::{
    clock::Clock,
    config,
    sandbox::{
        CellEvent, CellMode, DeclaredCheck, EVENTS_BUFFERED, Limits, Pool, PoolSettings, RunRequest, Runtime, Sandbox, SourceFile,
        Visibility, Work,
        verdict::{Verdict, judge_checks},
    },
};

const REPEATS: usize = 3;
/// Runs at the same time.
const PARALLEL: usize = 2;
/// How many of the reference solutions must be judged as they are bare.
const DISAGREE_MAX: usize = 1;
const BARE_TIMEOUT: Duration = Duration::from_secs(60);
const CHECK: &str = "test_as_the_problem_says";

#[derive(Clone, Deserialize)]
struct Problem {
    task_id: String,
    prompt: String,
    entry_point: String,
    canonical_solution: String,
    test: String,
    /// Other functions of the prompt that the test calls.
    #[serde(default)]
    borrowed: Vec<String>,
}

/// What somebody hands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Reference,
    /// A body that does nothing.
    Nothing,
}

impl Problem {
    fn file(&self, answer: Answer) -> String {
        match answer {
            Answer::Reference => format!("{}{}", self.prompt, self.canonical_solution),
            Answer::Nothing => format!("{}\n    return None\n", self.prompt),
        }
    }

    fn checks(&self) -> String {
        let borrow = |name| format!("    global {name}\n    {name} = answer.{name}\n");
        let borrowed = self.borrowed.iter().map(borrow).collect::<Vec<_>>().concat();
        format!("import answer\n\n{}\n\ndef {CHECK}():\n{borrowed}    check(answer.{})\n", self.test, self.entry_point)
    }

    fn request(&self, answer: Answer) -> RunRequest {
        let file = |path: &str, content: String| SourceFile { path: path.to_owned(), content: content.into_bytes() };
        let declared = DeclaredCheck { id: CHECK.to_owned(), title: self.task_id.clone(), points: 1, visibility: Visibility::Public };
        RunRequest {
            run_id: Uuid::new_v4(),
            files: vec![file("answer.py", self.file(answer))],
            seed: 1,
            work: Work::Checks { checks: vec![file("test_public.py", self.checks())], declared: vec![declared] },
            limits: Limits::of(Runtime::Python),
        }
    }
}

/// What became of one answer on one of the two ways.
struct Outcome {
    passed: bool,
    why: String,
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "where the problems are is the caller's of the bench, not the program's")]
async fn main() -> anyhow::Result<()> {
    let path = std::env::var("HELDOUT_PROBLEMS").context("HELDOUT_PROBLEMS names no file; start this with `make heldout`")?;
    let repeats = std::env::var("HELDOUT_REPEATS").ok().map_or(Ok(REPEATS), |text| text.parse())?;
    let problems: Vec<Problem> = fs::read_to_string(&path)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(!problems.is_empty(), "{path} holds no problems");
    let config = sandbox_config();
    let pool = Pool::start(&config, PoolSettings::of(&config), Clock::system().now()).await?;
    let mut bad = 0;
    for repeat in 1..=repeats {
        for answer in [Answer::Reference, Answer::Nothing] {
            let began = Instant::now();
            let exceptions = compare(&pool, &problems, answer).await;
            let agreed = problems.len() - exceptions.len();
            println!("repeat {repeat}, {answer:?}: {agreed} of {} as bare, in {:.0} s", problems.len(), began.elapsed().as_secs_f64());
            for exception in &exceptions {
                println!("    {exception}");
            }
            bad += usize::from(exceptions.len() > DISAGREE_MAX);
        }
    }
    pool.shutdown().await;
    ensure!(bad == 0, "the judge disagrees with a bare python3");
    Ok(())
}

fn sandbox_config() -> config::Sandbox {
    config::Sandbox {
        docker_host: None,
        runtimes: vec![Runtime::Python],
        image_prefix: "weak-to-strong".to_owned(),
        cell_mode: CellMode::Reusable,
        cell_runs_max: 100,
        pool_floor: PARALLEL,
        pool_ceiling: PARALLEL + 2,
        uid_base: 420_000,
        oci_runtime: None,
        apparmor_profile: "weak-to-strong-cell".to_owned(),
        label: format!("heldout-{}", Uuid::new_v4()),
    }
}

/// Where the two ways differ, with the cause. The reference must also pass, and nothing must not.
async fn compare(pool: &Pool, problems: &[Problem], answer: Answer) -> Vec<String> {
    let wanted = answer == Answer::Reference;
    let compared = stream::iter(problems).map(|problem| async move {
        let judged = match judge(pool, problem, answer).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome { passed: !wanted, why: format!("not judged: {error:#}") },
        };
        let bare = match bare(problem, answer).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome { passed: wanted, why: format!("not run: {error:#}") },
        };
        let differs = judged.passed != bare.passed;
        differs.then(|| format!("{}: judged {} ({}), bare {} ({})", problem.task_id, judged.passed, judged.why, bare.passed, bare.why))
    });
    compared.buffered(PARALLEL).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

async fn judge(pool: &Pool, problem: &Problem, answer: Answer) -> anyhow::Result<Outcome> {
    let request = problem.request(answer);
    let Work::Checks { declared, .. } = request.work.clone() else { anyhow::bail!("no checks") };
    let (sender, mut heard) = mpsc::channel(EVENTS_BUFFERED);
    let listening = async {
        let mut results = Vec::new();
        while let Some(event) = heard.recv().await {
            if let CellEvent::CheckFinished(result) = event {
                results.push(result);
            }
        }
        results
    };
    let (end, results) = tokio::join!(pool.run(Runtime::Python, request, sender, CancellationToken::new()), listening);
    let verdict = judge_checks(end.as_ref(), &declared, &results).verdict;
    let said = results.first().and_then(|result| result.message.clone()).unwrap_or_default();
    let detail = end?.detail.unwrap_or_default();
    Ok(Outcome { passed: verdict == Verdict::Accepted, why: format!("{} {detail} {said}", verdict.as_str()) })
}

/// All in one file in one interpreter, as the problems' authors run them.
async fn bare(problem: &Problem, answer: Answer) -> anyhow::Result<Outcome> {
    let program = format!("{}\n{}\ncheck({})\n", problem.file(answer), problem.test, problem.entry_point);
    let mut command = Command::new("python3");
    command.arg("-").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    stdin.write_all(program.as_bytes()).await?;
    drop(stdin);
    let output = timeout(BARE_TIMEOUT, child.wait_with_output()).await.context("it does not end")??;
    let last = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
    Ok(Outcome { passed: output.status.success(), why: last })
}
