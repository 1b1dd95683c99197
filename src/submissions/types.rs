//! The words of a submission's life; one spelling in the database, the event log and the API.

pub use crate::curriculum::{Runtime, Visibility};
use crate::{sandbox, text_enum};

text_enum! {
    /// Why code is run.
    pub enum Kind {
        Submission = "SUBMISSION",
        Checks = "CHECKS",
        Run = "RUN",
        Rejudge = "REJUDGE",
    }
}

text_enum! {
    pub enum Status {
        Queued = "QUEUED",
        Running = "RUNNING",
        Finished = "FINISHED",
    }
}

text_enum! {
    /// How a submission ended; the most severe comes first.
    pub enum Verdict {
        Infrastructure = "INFRASTRUCTURE",
        ContentError = "CONTENT_ERROR",
        Cancelled = "CANCELLED",
        Forbidden = "FORBIDDEN",
        MemoryLimit = "MEMORY_LIMIT",
        OutputLimit = "OUTPUT_LIMIT",
        TimeLimit = "TIME_LIMIT",
        CompileError = "COMPILE_ERROR",
        RuntimeError = "RUNTIME_ERROR",
        WrongAnswer = "WRONG_ANSWER",
        Accepted = "ACCEPTED",
        NotGradable = "NOT_GRADABLE",
    }
}

text_enum! {
    pub enum CheckStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Passed = "PASSED",
        Failed = "FAILED",
        Error = "ERROR",
        TimedOut = "TIMED_OUT",
        MemoryExceeded = "MEMORY_EXCEEDED",
        Forbidden = "FORBIDDEN",
        NotRun = "NOT_RUN",
    }
}

text_enum! {
    /// How far a rejudge of a whole challenge is.
    pub enum RejudgeStatus {
        Running = "RUNNING",
        Ready = "READY",
        Applying = "APPLYING",
        Applied = "APPLIED",
        Discarded = "DISCARDED",
    }
}

/// Which queue a run waits in; a lower one goes first, and a minute of waiting raises a run by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Somebody is looking at the screen.
    Live,
    /// Comes back after a fault of ours.
    Retry,
    Rejudge,
    /// Work in bulk that nobody waits for.
    Import,
}

impl Class {
    #[must_use]
    pub const fn rank(self) -> i16 {
        match self {
            Self::Live => 0,
            Self::Retry => 1,
            Self::Rejudge => 2,
            Self::Import => 3,
        }
    }
}

impl Verdict {
    /// Whether an attempt that ended so is counted. A cancel counts once a check has ended.
    #[must_use]
    pub const fn uses_attempt(self, a_check_ended: bool) -> bool {
        match self {
            Self::NotGradable | Self::Infrastructure | Self::ContentError => false,
            Self::Cancelled => a_check_ended,
            _ => true,
        }
    }
}

/// The same words on the sandbox's side, which knows no database.
macro_rules! same_words {
    ($ours:ident = $theirs:path { $($variant:ident)* }) => {
        impl From<$theirs> for $ours {
            fn from(word: $theirs) -> Self {
                match word { $(<$theirs>::$variant => Self::$variant,)* }
            }
        }
    };
}

same_words!(CheckStatus = sandbox::CheckStatus { Passed Failed Error TimedOut MemoryExceeded Forbidden NotRun });
same_words!(Verdict = sandbox::verdict::Verdict {
    Infrastructure ContentError Cancelled Forbidden MemoryLimit OutputLimit TimeLimit CompileError RuntimeError WrongAnswer Accepted NotGradable
});

/// The sandbox's word for a runtime, which has no database.
#[must_use]
pub fn sandbox_runtime(runtime: Runtime) -> sandbox::Runtime {
    match runtime {
        Runtime::Python => sandbox::Runtime::Python,
        Runtime::Data => sandbox::Runtime::Data,
        Runtime::Web => sandbox::Runtime::Web,
        Runtime::Cloud => sandbox::Runtime::Cloud,
    }
}

/// The other way.
#[must_use]
pub fn stored_runtime(runtime: sandbox::Runtime) -> Runtime {
    match runtime {
        sandbox::Runtime::Python => Runtime::Python,
        sandbox::Runtime::Data => Runtime::Data,
        sandbox::Runtime::Web => Runtime::Web,
        sandbox::Runtime::Cloud => Runtime::Cloud,
    }
}

/// The sandbox's word for a visibility.
#[must_use]
pub fn sandbox_visibility(visibility: Visibility) -> sandbox::Visibility {
    match visibility {
        Visibility::Public => sandbox::Visibility::Public,
        Visibility::Hidden => sandbox::Visibility::Hidden,
        Visibility::OnFail => sandbox::Visibility::OnFail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_faults_and_early_cancels_use_no_attempt() {
        for verdict in [Verdict::NotGradable, Verdict::Infrastructure, Verdict::ContentError] {
            assert!(!verdict.uses_attempt(true));
        }
        assert!(!Verdict::Cancelled.uses_attempt(false));
        assert!(Verdict::Cancelled.uses_attempt(true));
        assert!(Verdict::WrongAnswer.uses_attempt(false));
    }
}
