//! A pool of at most two cells, requests, and what a listener heard.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use bollard::{
    Docker,
    models::ContainerSummary,
    query_parameters::{ListContainersOptionsBuilder, ListImagesOptions, RemoveImageOptions},
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use weak_to_strong::{
    clock::Clock,
    config,
    sandbox::{
        CellEvent, CellMode, CheckResult, DeclaredCheck, EVENTS_BUFFERED, Fault, Finished, Limits, Patience, Pool, PoolSettings, PoolSize,
        RunRequest, Runtime, Sandbox, SourceFile, Stream, Visibility, Work,
        verdict::{Verdict, judge_checks, judge_program},
    },
};

use crate::support::cells::{apparmor_profile, image_prefix};

static TURN: Mutex<()> = Mutex::const_new(());

/// A started pool that a test has for itself.
pub struct TestPool {
    pub pool: Pool,
    pub docker: Docker,
    pub label: String,
    _turn: MutexGuard<'static, ()>,
}

impl TestPool {
    pub async fn start() -> Self {
        Self::start_with(|settings| settings).await
    }

    pub async fn start_with(change: impl FnOnce(PoolSettings) -> PoolSettings) -> Self {
        Self::start_as(|_| (), change).await
    }

    pub async fn start_as(configure: impl FnOnce(&mut config::Sandbox), change: impl FnOnce(PoolSettings) -> PoolSettings) -> Self {
        let turn = TURN.lock().await;
        let mut config = config(&format!("test-{}", Uuid::new_v4()));
        configure(&mut config);
        let pool = Pool::start(&config, change(settings()), now()).await.unwrap();
        let docker = Docker::connect_with_local_defaults().unwrap().negotiate_version().await.unwrap();
        Self { pool, docker, label: config.label, _turn: turn }
    }

    /// The containers of this pool, as the engine knows them.
    pub async fn containers(&self) -> Vec<ContainerSummary> {
        let filters = [("label".to_owned(), vec![format!("weak-to-strong.cell={}", self.label)])].into();
        self.docker.list_containers(Some(ListContainersOptionsBuilder::new().all(true).filters(&filters).build())).await.unwrap()
    }

    /// The mode of the cells that this host gave.
    pub fn mode(&self) -> &'static str {
        self.pool.stats().lanes[0].mode.as_str()
    }

    pub async fn run(&self, request: RunRequest) -> Heard {
        run(&self.pool, request, CancellationToken::new(), |_| ()).await
    }

    /// The canary's challenge with its reference solution is accepted.
    pub async fn assert_healthy(&self) {
        let heard = self.run(smoke("solution")).await;
        assert_eq!(heard.verdict(), Verdict::Accepted, "{heard:?}");
    }

    /// Ends the test: nothing may be left of it.
    pub async fn finish(self) {
        self.pool.shutdown().await;
        let left = self.containers().await;
        assert!(left.is_empty(), "{left:?}");
    }
}

pub fn now() -> DateTime<Utc> {
    Clock::system().now()
}

pub fn config(label: &str) -> config::Sandbox {
    config::Sandbox {
        docker_host: None,
        runtimes: vec![Runtime::Python],
        image_prefix: image_prefix(),
        cell_mode: cell_mode(),
        cell_runs_max: 100,
        pool_floor: 1,
        pool_ceiling: 2,
        uid_base: 300_000,
        oci_runtime: None,
        apparmor_profile: apparmor_profile(),
        label: label.to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a setting of the tests, which no settings of the server know")]
pub fn cell_mode() -> CellMode {
    std::env::var("WTS_CELL_MODE").map_or(CellMode::Reusable, |mode| mode.parse().unwrap())
}

/// Patience beyond what a crowded test machine needs, so that only what is broken runs out of it.
pub fn settings() -> PoolSettings {
    PoolSettings {
        size: PoolSize { floor: 1, ceiling: 2, age_max: Duration::from_mins(10), memory: Duration::from_mins(1) },
        patience: Patience {
            engine_call: Duration::from_mins(1),
            ready: Duration::from_mins(1),
            overdue: Duration::from_secs(30),
            ..Patience::default()
        },
        claim: Duration::from_mins(2),
        image_look: Duration::from_mins(1),
    }
}

/// A run as its listener saw it.
#[derive(Debug)]
pub struct Heard {
    pub end: Result<Finished, Fault>,
    pub events: Vec<CellEvent>,
    /// None for a program.
    declared: Option<Vec<DeclaredCheck>>,
}

impl Heard {
    pub fn verdict(&self) -> Verdict {
        match &self.declared {
            Some(declared) => judge_checks(self.end.as_ref(), declared, &self.results()).verdict,
            None => judge_program(self.end.as_ref()).verdict,
        }
    }

    pub fn results(&self) -> Vec<CheckResult> {
        let results = self.events.iter().filter_map(|event| match event {
            CellEvent::CheckFinished(result) => Some(result.clone()),
            _ => None,
        });
        results.collect()
    }

    pub fn text(&self, wanted: Stream) -> String {
        let texts = self.events.iter().filter_map(|event| match event {
            CellEvent::Output { stream, text, .. } if *stream == wanted => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

/// Runs to the end. `watch` sees each event as it comes.
pub async fn run(sandbox: &dyn Sandbox, request: RunRequest, cancel: CancellationToken, mut watch: impl FnMut(&CellEvent)) -> Heard {
    let declared = match &request.work {
        Work::Checks { declared, .. } => Some(declared.clone()),
        Work::Program { .. } => None,
    };
    let (sender, mut receiver) = mpsc::channel(EVENTS_BUFFERED);
    let listening = async {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            watch(&event);
            events.push(event);
        }
        events
    };
    let (end, events) = tokio::join!(sandbox.run(Runtime::Python, request, sender, cancel), listening);
    Heard { end, events, declared }
}

pub fn program(code: &str) -> RunRequest {
    program_with(code, Vec::new())
}

pub fn program_with(code: &str, args: Vec<String>) -> RunRequest {
    RunRequest {
        run_id: Uuid::new_v4(),
        files: vec![SourceFile { path: "main.py".to_owned(), content: code.as_bytes().to_vec() }],
        seed: 1,
        work: Work::Program { entry: "main.py".to_owned(), args, stdin: Vec::new(), typing: None },
        limits: Limits::of(Runtime::Python),
    }
}

/// The canary's challenge with one of the answers in its folder.
pub fn smoke(answer: &str) -> RunRequest {
    let folder = repository().join("sandboxes/python/smoke");
    challenge(&folder, files_below(&folder.join(answer)))
}

#[derive(Deserialize)]
struct FrontMatter {
    tasks: Vec<Task>,
}

#[derive(Deserialize)]
struct Task {
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    id: String,
    title: String,
    points: u32,
    visibility: Visibility,
}

/// A challenge's folder with these files for an answer.
pub fn challenge(folder: &Path, files: Vec<SourceFile>) -> RunRequest {
    let statement = fs::read_to_string(folder.join("challenge.md")).unwrap();
    let front = statement.strip_prefix("+++\n").unwrap().split_once("\n+++").unwrap().0;
    let front: FrontMatter = toml::from_str(front).unwrap();
    let checks = front.tasks.into_iter().flat_map(|task| task.checks);
    RunRequest {
        run_id: Uuid::new_v4(),
        files,
        seed: 20_261_122,
        work: Work::Checks {
            checks: files_below(&folder.join("checks")),
            declared: checks.map(|Check { id, title, points, visibility }| DeclaredCheck { id, title, points, visibility }).collect(),
        },
        limits: Limits::of(Runtime::Python),
    }
}

/// Every file below a folder, by its path from there.
pub fn files_below(folder: &Path) -> Vec<SourceFile> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files =
        entries.filter(|entry| entry.file_type().is_file() && entry.path().components().all(|part| part.as_os_str() != "__pycache__"));
    files
        .map(|entry| SourceFile {
            path: entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned(),
            content: fs::read(entry.path()).unwrap(),
        })
        .collect()
}

/// Removes the images that a test has made under a prefix of its own.
pub async fn remove_images(docker: &Docker, prefix: &str) {
    let images = docker.list_images(None::<ListImagesOptions>).await.unwrap();
    for tag in images.into_iter().flat_map(|image| image.repo_tags).filter(|tag| tag.starts_with(prefix)) {
        docker.remove_image(&tag, None::<RemoveImageOptions>, None).await.unwrap();
    }
}

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
