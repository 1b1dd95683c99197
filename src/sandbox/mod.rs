//! Runs code of strangers in cells: each run in namespaces or a container of its own, nothing believed that the code says.
//!
//! Owns the [`Sandbox`] trait and its real form: the pool of warm cells (`pool`), one cell's life (`cell`), the engine behind
//! it (`docker`), the frames spoken with the agent (`protocol`), the limits (`limits`) and the mapping to verdicts (`verdict`).
//! Knows no domain: no learner, no challenge, no submission, no database. Start reading at [`Sandbox::run`].

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

mod canary;
mod cell;
mod docker;
mod fault;
mod lane;
mod limits;
mod metrics;
mod owner;
mod pool;
pub mod protocol;
mod typing;
mod uids;
pub mod verdict;

pub use cell::Patience;
pub use fault::Fault;
pub use lane::PoolSize;
pub use limits::{CellLimits, Limits};
pub use metrics::PoolMetrics;
pub use pool::{Pool, PoolSettings};
pub use typing::{Typed, Typing};

/// A good size for the channel of events: a listener this far behind slows the cell down.
pub const EVENTS_BUFFERED: usize = 256;

/// Runs code in cells.
#[async_trait]
pub trait Sandbox: Send + Sync {
    /// Takes a warm cell, runs, and destroys the cell or makes it ready for the next run. Events are sent as they come; a full channel slows the cell down, a closed
    /// one ends the run as if it were cancelled. `cancel` kills the run: its [`Finished`] says [`Outcome::Cancelled`].
    async fn run(
        &self,
        runtime: Runtime,
        request: RunRequest,
        events: mpsc::Sender<CellEvent>,
        cancel: CancellationToken,
    ) -> Result<Finished, Fault>;

    /// Healthy engine, and at least one cell warm or at work for each runtime offered.
    async fn health(&self) -> Result<(), Fault>;

    fn runtimes(&self) -> Vec<Runtime>;

    fn stats(&self) -> PoolStats;

    /// Takes no new run, ends those in progress with [`Fault::ShuttingDown`], leaves no container behind. May be called twice.
    async fn shutdown(&self);
}

/// A sandbox image and its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Runtime {
    Python,
    Data,
    Web,
    Cloud,
}

impl Runtime {
    pub const ALL: [Self; 4] = [Self::Python, Self::Data, Self::Web, Self::Cloud];

    /// The spelling of the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Python => "PYTHON",
            Self::Data => "DATA",
            Self::Web => "WEB",
            Self::Cloud => "CLOUD",
        }
    }

    /// The spelling of folders, image names and front matter.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Data => "data",
            Self::Web => "web",
            Self::Cloud => "cloud",
        }
    }
}

/// How many runs a cell is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CellMode {
    /// Many, one after the other, each in namespaces of its own. A host that forbids those gets [`CellMode::Single`].
    Reusable,
    /// One, in a container of its own.
    Single,
}

impl CellMode {
    /// The spelling of settings and of the agent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reusable => "reusable",
            Self::Single => "single",
        }
    }
}

impl std::str::FromStr for CellMode {
    type Err = UnknownCellMode;

    fn from_str(text: &str) -> Result<Self, UnknownCellMode> {
        let mode = [Self::Reusable, Self::Single].into_iter().find(|mode| mode.as_str() == text);
        mode.ok_or_else(|| UnknownCellMode(text.to_owned()))
    }
}

/// A text that names no mode.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no cell mode {0:?}; there are reusable and single")]
pub struct UnknownCellMode(pub String);

/// A text that names no runtime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no runtime {0:?}; there are python, data, web and cloud")]
pub struct UnknownRuntime(pub String);

impl std::str::FromStr for Runtime {
    type Err = UnknownRuntime;

    /// Takes both spellings.
    fn from_str(text: &str) -> Result<Self, UnknownRuntime> {
        Self::ALL
            .into_iter()
            .find(|runtime| runtime.as_str() == text || runtime.folder() == text)
            .ok_or_else(|| UnknownRuntime(text.to_owned()))
    }
}

/// One run, complete: a cell knows nothing else.
#[derive(Clone, Debug)]
pub struct RunRequest {
    /// Names the run in logs.
    pub run_id: Uuid,
    /// The learner's files.
    pub files: Vec<SourceFile>,
    /// Seed of generated data; a rejudge gives the stored one.
    pub seed: i64,
    pub work: Work,
    /// Usually [`Limits::of`] the runtime.
    pub limits: Limits,
}

/// What is done with the learner's files.
#[derive(Clone, Debug)]
pub enum Work {
    /// Judge them.
    Checks {
        /// The author's check files; the learner's code never sees them.
        checks: Vec<SourceFile>,
        /// The checks to run, in the order of their results.
        declared: Vec<DeclaredCheck>,
    },
    /// Run one of them as a program.
    Program {
        entry: String,
        args: Vec<String>,
        stdin: Vec<u8>,
        /// What is typed after `stdin` while it runs; None: its input ends there.
        typing: Option<Typing>,
    },
}

/// A file by its path relative to the work folder, `/` between folders. Contents may be any bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: String,
    pub content: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeclaredCheck {
    pub id: String,
    pub title: String,
    pub points: u32,
    pub visibility: Visibility,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    Public,
    Hidden,
    /// Shown only when it failed.
    OnFail,
}

impl Visibility {
    /// The spelling of the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Hidden => "HIDDEN",
            Self::OnFail => "ON_FAIL",
        }
    }
}

/// What a listener hears while a run goes on; its end is [`Sandbox::run`]'s result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellEvent {
    /// The clocks have started.
    Started,
    Output {
        stream: Stream,
        text: String,
        /// Bytes of UTF-8 in that stream before this text.
        offset: u64,
        /// Something was left out after this text: a line or the whole stream was too long.
        truncated: bool,
    },
    CheckStarted {
        id: String,
    },
    CheckFinished(CheckResult),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How one check ended. For a hidden check message, expected, actual and the figures are not for the learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    pub id: String,
    pub status: CheckStatus,
    #[serde(default)]
    pub message: Option<String>,
    #[serde(default)]
    pub expected: Option<String>,
    #[serde(default)]
    pub actual: Option<String>,
    #[serde(default)]
    pub cpu_ms: Option<u64>,
    #[serde(default)]
    pub wall_ms: Option<u64>,
    /// Above the warm interpreter's.
    #[serde(default)]
    pub peak_memory_kib: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckStatus {
    Passed,
    Failed,
    /// The learner's code raised or died.
    Error,
    TimedOut,
    MemoryExceeded,
    Forbidden,
    /// The run ended before its turn.
    NotRun,
}

impl CheckStatus {
    /// The spelling of the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::Error => "ERROR",
            Self::TimedOut => "TIMED_OUT",
            Self::MemoryExceeded => "MEMORY_EXCEEDED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotRun => "NOT_RUN",
        }
    }
}

/// How a run ended, after every process of it was dead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    pub outcome: Outcome,
    /// Of a program that ended by itself.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// Of a program that a signal ended.
    #[serde(default)]
    pub signal: Option<i32>,
    /// Some check failed because the learner's code raised or died, or a program's exit code is not 0.
    #[serde(default)]
    pub runtime_error: bool,
    /// For the learner, in plain words; never holds hidden values.
    #[serde(default)]
    pub detail: Option<String>,
    /// What is wrong that is not the learner's fault: for the log and the author, never for the learner.
    #[serde(default)]
    pub diagnosis: Option<String>,
    #[serde(default)]
    pub cpu_ms: u64,
    #[serde(default)]
    pub wall_ms: u64,
    #[serde(default)]
    pub peak_memory_kib: u64,
    /// Processes of the run that were alive after the kill; 0 unless a wall has a hole.
    #[serde(default)]
    pub survivors: u32,
    /// The cell looked after the run as before it.
    pub clean: bool,
}

impl Finished {
    /// The end of a run that the host itself ended, by destroying the cell.
    #[must_use]
    pub fn cancelled(wall_ms: u64) -> Self {
        Self {
            outcome: Outcome::Cancelled,
            exit_code: None,
            signal: None,
            runtime_error: false,
            detail: None,
            diagnosis: None,
            cpu_ms: 0,
            wall_ms,
            peak_memory_kib: 0,
            survivors: 0,
            clean: true,
        }
    }

    /// Whether a cell may take another run after this one: everything went as it does for code that means no harm.
    #[must_use]
    pub const fn leaves_cell_usable(&self) -> bool {
        // An attack, or a kill by the kernel, may have done more than it shows.
        self.is_orderly() && !matches!(self.outcome, Outcome::Forbidden | Outcome::MemoryLimit)
    }

    /// Whether the cell ended as it should whatever the learner's code did.
    #[must_use]
    pub const fn is_orderly(&self) -> bool {
        self.clean && self.survivors == 0 && !matches!(self.outcome, Outcome::Infrastructure)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    Completed,
    Cancelled,
    TimeLimit,
    MemoryLimit,
    OutputLimit,
    Forbidden,
    CompileError,
    NotGradable,
    ContentError,
    Infrastructure,
}

/// Cells now and counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    pub lanes: Vec<LaneStats>,
    /// Why this host has no reusable cells, where they were asked for and each run gets a container of its own.
    pub fallback: Option<Fault>,
}

/// The cells of one runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneStats {
    pub runtime: Runtime,
    pub mode: CellMode,
    /// Cells that recent demand calls for.
    pub target: usize,
    /// Ready to be claimed.
    pub warm: usize,
    pub creating: usize,
    /// At work, being made ready again, or being destroyed.
    pub busy: usize,
    /// Callers that wait for a warm cell.
    pub waiting: usize,
    pub created_total: u64,
    pub runs_total: u64,
    /// Runs after which the cell was made ready for another.
    pub reused_total: u64,
    pub faults_total: u64,
    pub canaries_total: u64,
}
