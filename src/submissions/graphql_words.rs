//! The words of a submission's life, as the API spells and explains them.

use async_graphql::Enum;

use super::types::{self, Status};

/// Why code was run.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "types::Kind", name = "SubmissionKind")]
pub enum Kind {
    /// An attempt at a challenge: all checks, graded.
    Submission,
    /// The visible checks only: no attempt, no XP.
    Checks,
    /// A playground run of free code.
    Run,
    /// An attempt judged again by an admin.
    Rejudge,
}

/// How far a submission is.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "Status", name = "SubmissionStatus")]
pub enum GraphStatus {
    /// It waits for a worker; `queuePosition` says how long.
    Queued,
    /// A worker runs it.
    Running,
    /// It has a verdict.
    Finished,
}

/// How a submission ended, the most severe first.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "types::Verdict")]
pub enum Verdict {
    /// Our fault; uses no attempt.
    Infrastructure,
    /// The checks of the challenge are broken; uses no attempt.
    ContentError,
    /// The learner cancelled it; it counts as an attempt once a check had ended.
    Cancelled,
    /// The code tried something that the sandbox forbids.
    Forbidden,
    /// The code used more memory than the runtime allows.
    MemoryLimit,
    /// The code printed more than the runtime allows.
    OutputLimit,
    /// The code used more CPU time, or waited longer, than the runtime allows.
    TimeLimit,
    /// A bundler or a template parser refused the files.
    CompileError,
    /// The code raised an error or died; for a playground run: the exit code is not 0.
    RuntimeError,
    /// At least one check failed.
    WrongAnswer,
    /// Every check passed; for a playground run: the exit code is 0.
    Accepted,
    /// There was nothing to judge: an empty file or a syntax error; uses no attempt.
    NotGradable,
}

/// How far a check is, or how it ended.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "types::CheckStatus")]
pub enum CheckStatus {
    /// Its turn has not come.
    Pending,
    /// It runs now.
    Running,
    /// What it looks for is there.
    Passed,
    /// What it looks for is not there.
    Failed,
    /// The code raised an error or died in it.
    Error,
    /// A call in it took too long.
    TimedOut,
    /// The code used too much memory in it.
    MemoryExceeded,
    /// The code tried something forbidden in it.
    Forbidden,
    /// The run ended before its turn.
    NotRun,
}
