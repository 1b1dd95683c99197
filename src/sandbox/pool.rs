//! The real sandbox: warm cells for each runtime, kept between a floor and a ceiling by recent demand, one run in each at a time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::{
    sync::{Mutex, Notify, Semaphore, mpsc},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    CellEvent, CellMode, EVENTS_BUFFERED, Fault, Finished, PoolStats, RunRequest, Runtime, Sandbox, Work, canary,
    cell::{Cell, Listener, Maker, Patience},
    docker::Engine,
    lane::{Lane, PoolSize},
    protocol,
    uids::Uids,
    verdict::{Verdict, judge_checks},
};

/// Cells made at the same time, over all runtimes; one less pair of hands for the engine while learners' code runs.
const MAKING_MAX: usize = 2;
/// How often a self-check without an answer is tried before the sandbox refuses to start.
const SELF_CHECKS_MAX: u32 = 3;
/// How often a canary whose cell died under it is sent again: the engine lost a container, and the walls did nothing wrong.
const CANARIES_MAX: u32 = 3;
/// How long making a cell waits for runs in progress, when other warm cells stand ready.
const COURTESY: Duration = Duration::from_millis(250);

/// How a pool behaves; tests choose other values.
#[derive(Clone, Copy, Debug)]
pub struct PoolSettings {
    pub size: PoolSize,
    pub patience: Patience,
    /// How long a run may wait for a warm cell.
    pub claim: Duration,
    /// How often a new build of an image is looked for.
    pub image_look: Duration,
}

impl PoolSettings {
    #[must_use]
    pub fn of(config: &crate::config::Sandbox) -> Self {
        Self {
            size: PoolSize {
                floor: config.pool_floor,
                ceiling: config.pool_ceiling,
                age_max: Duration::from_mins(10),
                memory: Duration::from_mins(1),
            },
            patience: Patience::default(),
            claim: Duration::from_secs(15),
            image_look: Duration::from_secs(15),
        }
    }
}

/// Cheap to clone; clones share the cells.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    maker: Maker,
    lanes: BTreeMap<Runtime, Lane>,
    claim: Duration,
    image_look: Duration,
    cell_runs_max: u32,
    /// Why this host has no reusable cells, where they were asked for.
    fallback: Option<Fault>,
    making: Semaphore,
    /// Runs in progress, over all runtimes, and the bell that is rung when one ends.
    running: AtomicUsize,
    run_ended: Notify,
    closing: CancellationToken,
    /// Whoever asks for the shutdown waits here for whoever asked before, so that all of them return to an empty engine.
    emptying: Mutex<()>,
    tasks: TaskTracker,
}

impl Pool {
    /// Probes the engine, sweeps what dead workers left, lets one cell of each runtime attack its own walls, then starts
    /// keeping cells warm. Refuses to start where a wall or a limit does not hold.
    pub async fn start(config: &crate::config::Sandbox, settings: PoolSettings, now: DateTime<Utc>) -> Result<Self, Fault> {
        let engine = Engine::connect(config, settings.patience.engine_call).await?;
        let swept = engine.sweep(now).await?;
        if swept > 0 {
            tracing::info!(swept, "removed cells that dead workers left");
        }
        let unwatched: Vec<String> = (config.runtimes.iter())
            .filter(|runtime| canary::request(**runtime, Uuid::nil()).is_none())
            .map(|runtime| format!("a known-good run of {}", runtime.folder()))
            .collect();
        if !unwatched.is_empty() {
            return Err(Fault::CannotEnforce(unwatched));
        }
        let uids = Uids::new(config.uid_base, std::process::id().wrapping_mul(64));
        let readers = TaskTracker::new();
        let maker = Maker { engine, uids, patience: settings.patience, readers };
        let (maker, fallback) = checked(maker, &config.runtimes).await?;
        let mode = maker.engine.mode();
        let pool = Self(Arc::new(Shared {
            maker,
            lanes: config.runtimes.iter().map(|runtime| (*runtime, Lane::new(*runtime, mode, settings.size))).collect(),
            claim: settings.claim,
            image_look: settings.image_look,
            cell_runs_max: config.cell_runs_max,
            fallback,
            making: Semaphore::new(MAKING_MAX),
            running: AtomicUsize::new(0),
            run_ended: Notify::new(),
            closing: CancellationToken::new(),
            emptying: Mutex::default(),
            tasks: TaskTracker::new(),
        }));
        let shared = pool.0.clone();
        pool.0.tasks.spawn(async move { shared.maker.engine.keep_swept(now, &shared.closing).await });
        for runtime in config.runtimes.iter().copied() {
            let shared = pool.0.clone();
            pool.0.tasks.spawn(async move { shared.keep(runtime).await });
            let shared = pool.0.clone();
            pool.0.tasks.spawn(async move { shared.follow_image(runtime).await });
        }
        Ok(pool)
    }
}

/// Lets a cell of each runtime attack its own walls. A host that forbids the namespaces of runs gets cells of one run; the fault
/// says how it did.
async fn checked(maker: Maker, runtimes: &[Runtime]) -> Result<(Maker, Option<Fault>), Fault> {
    let (mut maker, mut fallback) = (maker, None);
    for runtime in runtimes {
        let made = match self_check(&maker, *runtime).await {
            Err(fault) if maker.engine.mode() == CellMode::Reusable && fault.forbids_reusable() => {
                tracing::warn!(%fault, "this host forbids reusable cells: every run gets a container of its own, which is slower");
                maker.engine = maker.engine.single();
                fallback = Some(fault);
                self_check(&maker, *runtime).await
            }
            made => made,
        };
        made?.destroy().await;
    }
    Ok((maker, fallback))
}

/// A wall that does not hold is an end; a probe that a busy host starved says nothing of the walls and is asked again.
async fn self_check(maker: &Maker, runtime: Runtime) -> Result<Cell, Fault> {
    let mut tries = 1;
    loop {
        match maker.make(runtime, true, Arc::new(Notify::new())).await {
            Err(fault) if tries < SELF_CHECKS_MAX && said_nothing(&fault) => {
                tracing::warn!(fault = %fault, tries, "the self-check of a cell gave no answer");
                tries += 1;
            }
            made => return made,
        }
    }
}

fn said_nothing(fault: &Fault) -> bool {
    match fault {
        Fault::NotReady(_) | Fault::EngineTimeout { .. } => true,
        Fault::SelfCheck(problems) => problems.iter().all(|problem| problem.ends_with("gave no answer")),
        _ => false,
    }
}

#[async_trait]
impl Sandbox for Pool {
    async fn run(
        &self,
        runtime: Runtime,
        request: RunRequest,
        events: mpsc::Sender<CellEvent>,
        cancel: CancellationToken,
    ) -> Result<Finished, Fault> {
        let lane = self.0.lane(runtime)?;
        let frame = protocol::encode_run(&request)?;
        tokio::select! {
            biased;
            () = self.0.closing.cancelled() => return Err(Fault::ShuttingDown),
            () = cancel.cancelled() => return Ok(Finished::cancelled(0)),
            trusted = self.0.ensure_trusted(lane) => trusted?,
        }
        let mut claimed = tokio::select! {
            biased;
            () = self.0.closing.cancelled() => return Err(Fault::ShuttingDown),
            () = cancel.cancelled() => return Ok(Finished::cancelled(0)),
            claimed = claim(&self.0, runtime) => claimed?,
        };
        let listener = Listener { events: &events, cancel: &cancel, closing: &self.0.closing };
        let end = claimed.cell()?.run(&request, frame, listener).await;
        // A cell that had to be killed to end its run is gone, however well that went.
        claimed.usable = end.as_ref().is_ok_and(Finished::leaves_cell_usable) && claimed.cell()?.is_alive();
        self.0.book(runtime, &end);
        end
    }

    async fn health(&self) -> Result<(), Fault> {
        if self.0.closing.is_cancelled() {
            return Err(Fault::ShuttingDown);
        }
        self.0.maker.engine.ping().await?;
        self.0.lanes.values().try_for_each(Lane::health)
    }

    fn runtimes(&self) -> Vec<Runtime> {
        self.0.lanes.keys().copied().collect()
    }

    fn stats(&self) -> PoolStats {
        PoolStats { lanes: self.0.lanes.values().map(Lane::stats).collect(), fallback: self.0.fallback.clone() }
    }

    async fn shutdown(&self) {
        let shared = &self.0;
        shared.closing.cancel();
        // Runs end by themselves now; one whose caller does not look any more is not waited for long.
        drop(tokio::time::timeout(shared.maker.patience.engine_call, shared.quiet()).await);
        shared.tasks.close();
        shared.tasks.wait().await;
        let _one_at_a_time = shared.emptying.lock().await;
        for lane in shared.lanes.values() {
            for cell in lane.drain() {
                cell.destroy().await;
                lane.retired();
            }
        }
        shared.maker.readers.close();
        shared.maker.readers.wait().await;
    }
}

/// A cell at work. However its holder ends (also when it is dropped midway), the cell is destroyed, unless its run said that it
/// may be used again.
struct Claimed {
    shared: Arc<Shared>,
    runtime: Runtime,
    cell: Option<Cell>,
    usable: bool,
}

impl Claimed {
    fn cell(&mut self) -> Result<&mut Cell, Fault> {
        self.cell.as_mut().ok_or_else(|| Fault::CellDied("it is destroyed".to_owned()))
    }
}

impl Drop for Claimed {
    fn drop(&mut self) {
        match self.cell.take() {
            Some(cell) if self.usable => renew(&self.shared, self.runtime, cell),
            Some(cell) => retire(&self.shared, self.runtime, cell),
            None => {}
        }
        // After the line above, so that the shutdown never finds neither a run nor the task that destroys its cell.
        self.shared.running.fetch_sub(1, Ordering::SeqCst);
        self.shared.run_ended.notify_waiters();
    }
}

/// Counts a waiting claimer for as long as it waits.
struct Waiting<'a>(&'a Lane);

impl<'a> Waiting<'a> {
    fn at(lane: &'a Lane) -> Self {
        lane.waiting(true);
        Self(lane)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting(false);
    }
}

async fn claim(shared: &Arc<Shared>, runtime: Runtime) -> Result<Claimed, Fault> {
    let lane = shared.lane(runtime)?;
    let cell = tokio::time::timeout(shared.claim, async {
        let _waiting = Waiting::at(lane);
        let _turn = lane.turnstile.lock().await;
        loop {
            match lane.take() {
                Some(cell) => break cell,
                None => lane.available.notified().await,
            }
        }
    });
    let cell = cell.await.map_err(|_| lane.why_no_cell(shared.claim))?;
    shared.running.fetch_add(1, Ordering::SeqCst);
    Ok(Claimed { shared: shared.clone(), runtime, cell: Some(cell), usable: false })
}

/// Makes a cell that counts as busy ready for its next run, in the background; one that has served its time is destroyed.
fn renew(shared: &Arc<Shared>, runtime: Runtime, mut cell: Cell) {
    let owner = shared.clone();
    shared.tasks.spawn(async move {
        let Some(lane) = owner.lanes.get(&runtime) else { return };
        let again = lane.mode == CellMode::Reusable && cell.runs < owner.cell_runs_max && lane.wants(&cell, Instant::now());
        let renewed = if again && !owner.closing.is_cancelled() { Some(cell.renew().await) } else { None };
        match renewed {
            Some(Ok(())) if !owner.closing.is_cancelled() => return lane.returned(cell),
            Some(Err(fault)) => tracing::warn!(?cell, %fault, "a cell did not get ready again"),
            _ => {}
        }
        cell.destroy().await;
        lane.retired();
    });
}

/// Destroys a cell that counts as busy, in the background.
fn retire(shared: &Arc<Shared>, runtime: Runtime, cell: Cell) {
    let owner = shared.clone();
    shared.tasks.spawn(async move {
        cell.destroy().await;
        if let Some(lane) = owner.lanes.get(&runtime) {
            lane.retired();
        }
    });
}

impl Shared {
    fn lane(&self, runtime: Runtime) -> Result<&Lane, Fault> {
        self.lanes.get(&runtime).ok_or(Fault::NotOffered(runtime))
    }

    /// Keeps a lane until the shutdown: makes what is missing, removes what died or grew old.
    async fn keep(self: Arc<Self>, runtime: Runtime) {
        let Some(lane) = self.lanes.get(&runtime) else { return };
        while !self.closing.is_cancelled() {
            let chores = lane.chores(Instant::now());
            for cell in chores.retire {
                tracing::debug!(?cell, alive = cell.is_alive(), "a waiting cell is replaced");
                retire(&self, runtime, cell);
            }
            for _ in 0..chores.make {
                let shared = self.clone();
                self.tasks.spawn(async move { shared.make(runtime).await });
            }
            tokio::select! {
                () = self.closing.cancelled() => {}
                () = lane.changed.notified() => {}
                () = tokio::time::sleep_until(chores.look_again) => {}
            }
        }
    }

    /// Notices a new build of the image, so that cells of the old one are replaced; runs in them go on.
    async fn follow_image(self: Arc<Self>, runtime: Runtime) {
        let Some(lane) = self.lanes.get(&runtime) else { return };
        while !self.closing.is_cancelled() {
            match self.maker.engine.image_id(runtime).await {
                Ok(image) => lane.image_is(image),
                // What cannot be looked at now is looked at next time; making cells tells of it as well.
                Err(fault) => tracing::debug!(runtime = runtime.as_str(), %fault, "the image could not be looked at"),
            }
            tokio::select! {
                () = self.closing.cancelled() => {}
                () = tokio::time::sleep(self.image_look) => {}
            }
        }
    }

    async fn make(self: Arc<Self>, runtime: Runtime) {
        let Some(lane) = self.lanes.get(&runtime) else { return };
        let made = async {
            let _hand = self.making.acquire().await.map_err(|_| Fault::ShuttingDown)?;
            self.let_runs_pass(lane).await;
            if self.closing.is_cancelled() {
                return Err(Fault::ShuttingDown);
            }
            self.maker.make(runtime, false, lane.changed.clone()).await
        };
        let began = Instant::now();
        let outcome = made.await;
        lane.took(began.elapsed());
        match outcome {
            Ok(cell) if self.closing.is_cancelled() => {
                cell.destroy().await;
                lane.made(Err(Fault::ShuttingDown));
            }
            outcome => lane.made(outcome),
        }
    }

    /// Making a cell costs more CPU than a short run: with cells to spare it waits for runs to end, for a while.
    async fn let_runs_pass(&self, lane: &Lane) {
        if lane.has_spare() {
            // Both ways to go on are good.
            drop(tokio::time::timeout(COURTESY, self.quiet()).await);
        }
    }

    /// Waits until no run is in progress.
    async fn quiet(&self) {
        loop {
            let ended = self.run_ended.notified();
            if self.running.load(Ordering::SeqCst) == 0 {
                return;
            }
            ended.await;
        }
    }

    /// Books how a run ended; an abnormal end calls for a canary before the next learner's run.
    fn book(self: &Arc<Self>, runtime: Runtime, end: &Result<Finished, Fault>) {
        let Some(lane) = self.lanes.get(&runtime) else { return };
        let orderly = match end {
            Ok(finished) => finished.is_orderly(),
            Err(fault) => matches!(fault, Fault::ShuttingDown),
        };
        lane.ran(orderly, end.is_err());
        if !orderly {
            tracing::warn!(runtime = runtime.as_str(), ?end, "a run ended abnormally; a canary goes first");
            let shared = self.clone();
            self.tasks.spawn(async move {
                if let Some(lane) = shared.lanes.get(&runtime) {
                    // A failure stays booked, and the next run meets it.
                    drop(shared.ensure_trusted(lane).await);
                }
            });
        }
    }

    /// Lets a known-good run pass first where the last run ended abnormally.
    async fn ensure_trusted(self: &Arc<Self>, lane: &Lane) -> Result<(), Fault> {
        if !lane.is_suspect() {
            return Ok(());
        }
        let _one_at_a_time = lane.trust.lock().await;
        if !lane.is_suspect() || self.closing.is_cancelled() {
            return Ok(());
        }
        let mut tries = 1;
        let sung = loop {
            let sung = self.sing(lane.runtime).await;
            lane.canary_ended(sung.is_ok());
            match sung {
                Err(Fault::CellDied(_)) if tries < CANARIES_MAX => tries += 1,
                sung => break sung,
            }
        };
        if let Err(fault) = &sung {
            tracing::error!(runtime = lane.runtime.as_str(), cause = fault.name(), %fault, "the canary failed: no learner's run is trusted");
        }
        sung
    }

    async fn sing(self: &Arc<Self>, runtime: Runtime) -> Result<(), Fault> {
        let request = canary::request(runtime, Uuid::new_v4()).ok_or(Fault::NotOffered(runtime))?;
        let frame = protocol::encode_run(&request)?;
        let declared = match &request.work {
            Work::Checks { declared, .. } => declared.clone(),
            Work::Program { .. } => Vec::new(),
        };
        let (events, mut heard) = mpsc::channel(EVENTS_BUFFERED);
        let results = async move {
            let mut results = Vec::new();
            while let Some(event) = heard.recv().await {
                if let CellEvent::CheckFinished(result) = event {
                    results.push(result);
                }
            }
            results
        };
        let end = async move {
            let mut claimed = claim(self, runtime).await?;
            let listener = Listener { events: &events, cancel: &CancellationToken::new(), closing: &self.closing };
            claimed.cell()?.run(&request, frame, listener).await
        };
        let (end, results) = tokio::join!(end, results);
        let end = end?;
        match judge_checks(Ok(&end), &declared, &results).verdict {
            Verdict::Accepted if end.is_orderly() => Ok(()),
            verdict => Err(Fault::CanaryFailed(format!("{} ({end:?})", verdict.as_str()))),
        }
    }
}
