//! From the end of a run to its verdict: pure, most severe first.

use serde::{Deserialize, Serialize};

use super::{CheckResult, CheckStatus, DeclaredCheck, Fault, Finished, Outcome};

/// In the order of severity: when several hold, the smallest is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// Ours; tried again before a learner sees it.
    Infrastructure,
    /// The author's.
    ContentError,
    Cancelled,
    Forbidden,
    MemoryLimit,
    OutputLimit,
    TimeLimit,
    /// A bundler's or a template parser's.
    CompileError,
    RuntimeError,
    WrongAnswer,
    Accepted,
    /// Empty, or a syntax error: there was nothing to judge.
    NotGradable,
}

impl Verdict {
    pub const ALL: [Self; 12] = [
        Self::Infrastructure,
        Self::ContentError,
        Self::Cancelled,
        Self::Forbidden,
        Self::MemoryLimit,
        Self::OutputLimit,
        Self::TimeLimit,
        Self::CompileError,
        Self::RuntimeError,
        Self::WrongAnswer,
        Self::Accepted,
        Self::NotGradable,
    ];

    /// The spelling of the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Infrastructure => "INFRASTRUCTURE",
            Self::ContentError => "CONTENT_ERROR",
            Self::Cancelled => "CANCELLED",
            Self::Forbidden => "FORBIDDEN",
            Self::MemoryLimit => "MEMORY_LIMIT",
            Self::OutputLimit => "OUTPUT_LIMIT",
            Self::TimeLimit => "TIME_LIMIT",
            Self::CompileError => "COMPILE_ERROR",
            Self::RuntimeError => "RUNTIME_ERROR",
            Self::WrongAnswer => "WRONG_ANSWER",
            Self::Accepted => "ACCEPTED",
            Self::NotGradable => "NOT_GRADABLE",
        }
    }

    /// None for a spelling that is no verdict's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == text)
    }
}

/// What a run has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    /// Whether a submission with this end counts as an attempt.
    pub uses_attempt: bool,
}

/// Of a run with checks. `results` are those that arrived, in any order.
#[must_use]
pub fn judge_checks(end: Result<&Finished, &Fault>, declared: &[DeclaredCheck], results: &[CheckResult]) -> Judgement {
    let verdict = match end {
        Err(_) => Verdict::Infrastructure,
        Ok(finished) => of_outcome(finished).min(of_results(declared, results)).min(of_error(finished.runtime_error)),
    };
    let verdict = match end {
        // Nothing was run, so what the checks say (nothing) does not matter.
        Ok(Finished { outcome: Outcome::NotGradable, survivors: 0, .. }) => Verdict::NotGradable,
        _ => verdict,
    };
    let a_check_ended = results.iter().any(|result| result.status != CheckStatus::NotRun);
    Judgement { verdict, uses_attempt: uses_attempt(verdict, a_check_ended) }
}

/// Of a program; it is never an attempt. ACCEPTED says that it ended by itself with exit code 0.
#[must_use]
pub fn judge_program(end: Result<&Finished, &Fault>) -> Judgement {
    let verdict = match end {
        Err(_) => Verdict::Infrastructure,
        Ok(Finished { outcome: Outcome::NotGradable, survivors: 0, .. }) => Verdict::NotGradable,
        Ok(finished) => {
            let failed = finished.runtime_error || finished.exit_code != Some(0) || finished.signal.is_some();
            of_outcome(finished).min(of_error(failed))
        }
    };
    Judgement { verdict, uses_attempt: false }
}

/// The rule of attempts: what was not judged through no merit of the learner's costs nothing.
fn uses_attempt(verdict: Verdict, a_check_ended: bool) -> bool {
    match verdict {
        Verdict::NotGradable | Verdict::Infrastructure | Verdict::ContentError => false,
        Verdict::Cancelled => a_check_ended,
        _ => true,
    }
}

fn of_outcome(finished: &Finished) -> Verdict {
    // A process that outlived the kill may have touched anything, so nothing of the run can be trusted.
    if finished.survivors > 0 {
        return Verdict::Infrastructure;
    }
    match finished.outcome {
        Outcome::Completed => Verdict::Accepted,
        Outcome::Cancelled => Verdict::Cancelled,
        Outcome::TimeLimit => Verdict::TimeLimit,
        Outcome::MemoryLimit => Verdict::MemoryLimit,
        Outcome::OutputLimit => Verdict::OutputLimit,
        Outcome::Forbidden => Verdict::Forbidden,
        Outcome::CompileError => Verdict::CompileError,
        Outcome::NotGradable => Verdict::NotGradable,
        Outcome::ContentError => Verdict::ContentError,
        Outcome::Infrastructure => Verdict::Infrastructure,
    }
}

fn of_error(runtime_error: bool) -> Verdict {
    if runtime_error { Verdict::RuntimeError } else { Verdict::Accepted }
}

/// ACCEPTED only when each declared check has exactly one result, and that one passed.
fn of_results(declared: &[DeclaredCheck], results: &[CheckResult]) -> Verdict {
    if declared.is_empty() {
        return Verdict::ContentError;
    }
    let worst = results.iter().map(|result| of_status(result.status)).min().unwrap_or(Verdict::WrongAnswer);
    let complete =
        declared.len() == results.len() && declared.iter().all(|check| results.iter().filter(|result| result.id == check.id).count() == 1);
    if complete { worst } else { worst.min(Verdict::WrongAnswer) }
}

fn of_status(status: CheckStatus) -> Verdict {
    match status {
        CheckStatus::Passed => Verdict::Accepted,
        CheckStatus::Failed | CheckStatus::NotRun => Verdict::WrongAnswer,
        CheckStatus::Error => Verdict::RuntimeError,
        CheckStatus::TimedOut => Verdict::TimeLimit,
        CheckStatus::MemoryExceeded => Verdict::MemoryLimit,
        CheckStatus::Forbidden => Verdict::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pretty_assertions::assert_eq;

    use super::super::Visibility;
    use super::*;
    use CheckStatus as C;
    use Outcome as O;
    use Verdict as V;

    fn finished(outcome: Outcome) -> Finished {
        Finished { outcome, exit_code: Some(0), ..Finished::cancelled(1) }
    }

    fn declared(count: usize) -> Vec<DeclaredCheck> {
        (0..count)
            .map(|n| DeclaredCheck { id: format!("test_{n}"), title: String::new(), points: 10, visibility: Visibility::Public })
            .collect()
    }

    fn results(statuses: &[CheckStatus]) -> Vec<CheckResult> {
        statuses
            .iter()
            .enumerate()
            .map(|(n, status)| CheckResult {
                id: format!("test_{n}"),
                status: *status,
                message: None,
                expected: None,
                actual: None,
                cpu_ms: None,
                wall_ms: None,
                peak_memory_kib: None,
            })
            .collect()
    }

    #[test]
    fn runs_of_two_checks_are_judged_by_the_most_severe_thing_that_happened() {
        // outcome, results that arrived, some check raised -> verdict, uses an attempt
        let table: [(Outcome, &[CheckStatus], bool, Verdict, bool); 27] = [
            (O::Completed, &[C::Passed, C::Passed], false, V::Accepted, true),
            (O::Completed, &[C::Passed, C::Failed], false, V::WrongAnswer, true),
            (O::Completed, &[C::Passed], false, V::WrongAnswer, true),
            (O::Completed, &[], false, V::WrongAnswer, true),
            (O::Completed, &[C::Passed, C::Passed, C::Passed], false, V::WrongAnswer, true),
            (O::Completed, &[C::Passed, C::NotRun], false, V::WrongAnswer, true),
            (O::Completed, &[C::Failed, C::Error], true, V::RuntimeError, true),
            (O::Completed, &[C::Failed, C::Failed], true, V::RuntimeError, true),
            (O::Completed, &[C::Passed, C::Passed], true, V::RuntimeError, true),
            (O::Completed, &[C::Error, C::TimedOut], true, V::TimeLimit, true),
            (O::Completed, &[C::TimedOut, C::MemoryExceeded], false, V::MemoryLimit, true),
            (O::Completed, &[C::Forbidden, C::MemoryExceeded], false, V::Forbidden, true),
            (O::TimeLimit, &[C::Passed, C::Passed], false, V::TimeLimit, true),
            (O::TimeLimit, &[C::MemoryExceeded, C::NotRun], false, V::MemoryLimit, true),
            (O::MemoryLimit, &[C::TimedOut, C::NotRun], false, V::MemoryLimit, true),
            (O::OutputLimit, &[C::TimedOut, C::NotRun], false, V::OutputLimit, true),
            (O::OutputLimit, &[C::MemoryExceeded, C::NotRun], false, V::MemoryLimit, true),
            (O::Forbidden, &[C::Passed, C::NotRun], false, V::Forbidden, true),
            (O::CompileError, &[C::NotRun, C::NotRun], false, V::CompileError, true),
            (O::Cancelled, &[C::Forbidden, C::NotRun], false, V::Cancelled, true),
            (O::Cancelled, &[C::NotRun, C::NotRun], false, V::Cancelled, false),
            (O::Cancelled, &[], false, V::Cancelled, false),
            (O::NotGradable, &[C::NotRun, C::NotRun], false, V::NotGradable, false),
            (O::NotGradable, &[], true, V::NotGradable, false),
            (O::ContentError, &[C::Forbidden, C::Error], true, V::ContentError, false),
            (O::Infrastructure, &[C::Passed, C::Passed], false, V::Infrastructure, false),
            (O::Infrastructure, &[], true, V::Infrastructure, false),
        ];
        for (outcome, statuses, runtime_error, verdict, uses_attempt) in table {
            let end = Finished { runtime_error, ..finished(outcome) };
            assert_eq!(
                judge_checks(Ok(&end), &declared(2), &results(statuses)),
                Judgement { verdict, uses_attempt },
                "{outcome:?} {statuses:?} {runtime_error}"
            );
        }
    }

    #[test]
    fn a_result_for_an_undeclared_check_is_never_accepted() {
        let mut forged = results(&[C::Passed, C::Passed]);
        forged[1].id = "test_0".to_owned();
        assert_eq!(judge_checks(Ok(&finished(O::Completed)), &declared(2), &forged).verdict, V::WrongAnswer);
    }

    #[test]
    fn faults_and_survivors_are_ours() {
        let fault = Fault::NotReady(Duration::from_secs(1));
        let lost = Judgement { verdict: V::Infrastructure, uses_attempt: false };
        assert_eq!(judge_checks(Err(&fault), &declared(2), &results(&[C::Passed])), lost);
        assert_eq!(judge_program(Err(&fault)), lost);
        for outcome in [O::Completed, O::NotGradable, O::Cancelled, O::TimeLimit] {
            let end = Finished { survivors: 1, ..finished(outcome) };
            assert_eq!(judge_checks(Ok(&end), &declared(2), &results(&[C::Passed, C::Passed])), lost);
            assert_eq!(judge_program(Ok(&end)), lost);
        }
    }

    #[test]
    fn a_challenge_without_checks_is_the_authors_mistake() {
        assert_eq!(judge_checks(Ok(&finished(O::Completed)), &[], &[]).verdict, V::ContentError);
    }

    #[test]
    fn programs_are_judged_by_their_end() {
        let end = |exit_code, signal| Finished { exit_code, signal, ..finished(O::Completed) };
        let table = [
            (end(Some(0), None), V::Accepted),
            (end(Some(1), None), V::RuntimeError),
            (end(None, Some(9)), V::RuntimeError),
            (end(None, None), V::RuntimeError),
            (finished(O::TimeLimit), V::TimeLimit),
            (Finished { exit_code: None, signal: Some(9), ..finished(O::MemoryLimit) }, V::MemoryLimit),
            (finished(O::NotGradable), V::NotGradable),
            (finished(O::Cancelled), V::Cancelled),
        ];
        for (end, verdict) in table {
            assert_eq!(judge_program(Ok(&end)), Judgement { verdict, uses_attempt: false }, "{end:?}");
        }
    }

    #[test]
    fn spellings_are_read_back() {
        for verdict in V::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
    }
}
