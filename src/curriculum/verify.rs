//! Proves a curriculum in the real sandboxes: the reference passes, and nothing else does.

mod mutants;

use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    content::{ChallengeBody, SourceFile, Visibility},
    tree::{ChallengeTree, Content, WrongAnswer},
};
use crate::{
    error::{Error, Result},
    sandbox::{
        self, CellEvent, CheckResult, CheckStatus, DeclaredCheck, EVENTS_BUFFERED, Limits, RunRequest, Sandbox, Work,
        verdict::{Verdict, judge_checks},
    },
};

/// Runs at the same time.
const RUNS_AT_ONCE: usize = 2;
/// Data seeds that the reference must pass with: generated data may be unlucky with one.
const REFERENCE_SEEDS: [i64; 3] = [1, 20_261_122, 9_007_199_254_740_991];

/// One run and what came of it.
#[derive(Clone, Debug)]
pub struct Proof {
    pub challenge: String,
    /// What was handed in: `starter`, `reference`, `wrong/<name>`, `liar`, `vandal`.
    pub handed_in: String,
    pub expected: String,
    pub got: String,
    pub holds: bool,
}

/// What has to come out.
#[derive(Clone, Debug)]
enum Expected {
    Accepted,
    NotAccepted,
    /// This verdict, and this check not passed.
    Fails {
        verdict: String,
        check: String,
    },
}

struct Case<'a> {
    challenge: &'a ChallengeTree,
    handed_in: String,
    files: Vec<SourceFile>,
    seed: i64,
    expected: Expected,
}

/// Every proof of every challenge, or of the one with the slug `only`, in the order of the content.
/// NOT_FOUND when there is no such challenge.
pub async fn verify(sandbox: &dyn Sandbox, content: &Content, only: Option<&str>) -> Result<Vec<Proof>> {
    let chosen: Vec<_> = content.challenges().filter(|challenge| only.is_none_or(|slug| slug == challenge.slug)).collect();
    if chosen.is_empty() {
        return Err(Error::not_found("challenge"));
    }
    let proofs = stream::iter(chosen.into_iter().flat_map(cases)).map(|case| prove(sandbox, case)).buffered(RUNS_AT_ONCE);
    Ok(proofs.collect().await)
}

fn cases(challenge: &ChallengeTree) -> Vec<Case<'_>> {
    let case = |handed_in: &str, files: Vec<SourceFile>, seed: i64, expected: Expected| Case {
        challenge,
        handed_in: handed_in.to_owned(),
        files,
        seed,
        expected,
    };
    let [seed, ..] = REFERENCE_SEEDS;
    let mut cases = vec![case("starter", challenge.body.starter.clone(), seed, Expected::NotAccepted)];
    cases.extend(REFERENCE_SEEDS.map(|seed| case("reference", challenge.solution.clone(), seed, Expected::Accepted)));
    for WrongAnswer { name, verdict, check, files, .. } in &challenge.wrong {
        let expected = Expected::Fails { verdict: verdict.clone(), check: check.clone() };
        cases.push(case(&format!("wrong/{name}"), files.clone(), seed, expected));
    }
    for (name, files) in mutants::mutants(&challenge.solution) {
        cases.push(case(name, files, seed, Expected::NotAccepted));
    }
    cases
}

async fn prove(sandbox: &dyn Sandbox, case: Case<'_>) -> Proof {
    let expected = match &case.expected {
        Expected::Accepted => "ACCEPTED".to_owned(),
        Expected::NotAccepted => "not ACCEPTED".to_owned(),
        Expected::Fails { verdict, check } => format!("{verdict} by {check}"),
    };
    let (got, holds) = match run(sandbox, &case).await {
        Ok((verdict, results)) => (summary(verdict, &results), as_expected(&case.expected, verdict, &results)),
        Err(error) => (error.public_message().into_owned(), false),
    };
    Proof { challenge: case.challenge.slug.clone(), handed_in: case.handed_in, expected, got, holds }
}

async fn run(sandbox: &dyn Sandbox, case: &Case<'_>) -> Result<(Verdict, Vec<CheckResult>)> {
    let runtime = case.challenge.runtime.as_str().parse().map_err(Error::fault)?;
    let declared = declared(&case.challenge.body);
    let mut limits = Limits::of(runtime);
    if let Some(call_timeout_ms) = case.challenge.body.call_timeout_ms {
        limits.call_timeout_ms = u64::from(call_timeout_ms);
    }
    let request = RunRequest {
        run_id: Uuid::now_v7(),
        files: case.files.iter().map(sandbox_file).collect(),
        seed: case.seed,
        work: Work::Checks { checks: judge_files(&case.challenge.body)?, declared: declared.clone() },
        limits,
    };
    let (events, mut heard) = mpsc::channel(EVENTS_BUFFERED);
    let listen = async {
        let mut results = Vec::new();
        while let Some(event) = heard.recv().await {
            if let CellEvent::CheckFinished(result) = event {
                results.push(result);
            }
        }
        results
    };
    let (end, results) = tokio::join!(sandbox.run(runtime, request, events, CancellationToken::new()), listen);
    Ok((judge_checks(end.as_ref(), &declared, &results).verdict, results))
}

fn as_expected(expected: &Expected, got: Verdict, results: &[CheckResult]) -> bool {
    // What says nothing about the files proves nothing.
    if matches!(got, Verdict::Infrastructure | Verdict::ContentError | Verdict::Cancelled) {
        return false;
    }
    match expected {
        Expected::Accepted => got == Verdict::Accepted,
        Expected::NotAccepted => got != Verdict::Accepted,
        Expected::Fails { verdict, check } => {
            let caught = results.iter().any(|result| result.id == *check && result.status != CheckStatus::Passed);
            got.as_str() == verdict && caught
        }
    }
}

fn summary(verdict: Verdict, results: &[CheckResult]) -> String {
    let failed: Vec<_> = results.iter().filter(|result| result.status != CheckStatus::Passed).map(|result| result.id.as_str()).collect();
    if failed.is_empty() { verdict.as_str().to_owned() } else { format!("{} by {}", verdict.as_str(), failed.join(", ")) }
}

fn declared(body: &ChallengeBody) -> Vec<DeclaredCheck> {
    let checks = body.declared_checks().map(|check| DeclaredCheck {
        id: check.id.clone(),
        title: check.title.clone(),
        points: u32::try_from(check.points).unwrap_or(0),
        visibility: match check.visibility {
            Visibility::Public => sandbox::Visibility::Public,
            Visibility::Hidden => sandbox::Visibility::Hidden,
            Visibility::OnFail => sandbox::Visibility::OnFail,
        },
    });
    checks.collect()
}

fn judge_files(body: &ChallengeBody) -> Result<Vec<sandbox::SourceFile>> {
    let files = body.checks.iter().map(|file| {
        let content = BASE64_STANDARD.decode(&file.content_b64).map_err(Error::fault)?;
        Ok(sandbox::SourceFile { path: file.path.clone(), content })
    });
    files.collect()
}

fn sandbox_file(file: &SourceFile) -> sandbox::SourceFile {
    sandbox::SourceFile { path: file.path.clone(), content: file.content.clone().into_bytes() }
}
