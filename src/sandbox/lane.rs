//! The cells of one runtime: the warm ones in a row, and the counts that say how many more to make. Holds no task.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{CellMode, Fault, LaneStats, Runtime, cell::Cell};

/// How many cells, and how old they may grow.
#[derive(Clone, Copy, Debug)]
pub struct PoolSize {
    /// Cells kept when nothing is asked for.
    pub floor: usize,
    /// Cells altogether: warm, being made, at work and being destroyed.
    pub ceiling: usize,
    /// A warm cell older than this is replaced.
    pub age_max: Duration,
    /// How long a demand is remembered.
    pub memory: Duration,
}

/// The first wait after a cell could not be made; doubled by each further one.
const BACK_OFF_MIN: Duration = Duration::from_millis(250);
const BACK_OFF_MAX: Duration = Duration::from_secs(30);
/// An engine that takes longer than this for a cell is given one at a time.
const SLOW: Duration = Duration::from_secs(4);

pub(super) struct Lane {
    pub(super) runtime: Runtime,
    pub(super) mode: CellMode,
    size: PoolSize,
    state: Mutex<State>,
    /// Rung when a cell came, went or died, for the task that keeps the lane.
    pub(super) changed: Arc<Notify>,
    /// Rung once for each cell that got warm.
    pub(super) available: Notify,
    /// Claimers stand in line here, so that they are served in their order.
    pub(super) turnstile: tokio::sync::Mutex<()>,
    /// True after an abnormal end until a canary has passed.
    pub(super) trust: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    warm: VecDeque<Cell>,
    creating: usize,
    busy: usize,
    waiting: usize,
    failures: u32,
    not_before: Option<Instant>,
    last_fault: Option<Fault>,
    suspect: bool,
    /// The engine took long for its last cell.
    slow: bool,
    /// The build that cells should be made of; None until it was looked at.
    image: Option<String>,
    demand: Demand,
    created_total: u64,
    runs_total: u64,
    reused_total: u64,
    faults_total: u64,
    canaries_total: u64,
}

/// The most that was asked for at once, in this span of time and the one before.
#[derive(Default)]
struct Demand {
    since: Option<Instant>,
    now: usize,
    before: usize,
}

impl Demand {
    fn note(&mut self, count: usize, now: Instant, memory: Duration) {
        let since = *self.since.get_or_insert(now);
        let spans = now.duration_since(since).as_nanos() / memory.as_nanos().max(1);
        if spans > 0 {
            self.before = if spans == 1 { self.now } else { 0 };
            self.now = 0;
            self.since = Some(now);
        }
        self.now = self.now.max(count);
    }

    fn most(&self) -> usize {
        self.now.max(self.before)
    }
}

impl State {
    /// Cells that recent demand calls for: what was in use at once, and one to spare.
    fn target(&self, size: PoolSize) -> usize {
        let most = self.demand.most();
        let with_spare = if most == 0 { 0 } else { most + 1 };
        with_spare.clamp(size.floor, size.ceiling)
    }

    /// Whether it may serve, today's build of the image and its age considered.
    fn is_fresh(&self, cell: &Cell, now: Instant, age_max: Duration) -> bool {
        let of_today = self.image.is_none() || cell.image == self.image;
        of_today && cell.is_alive() && now.duration_since(cell.made_at) < age_max
    }
}

/// What the keeper of a lane has to do now.
pub(super) struct Chores {
    /// Dead or old cells, counted as busy until [`Lane::retired`].
    pub(super) retire: Vec<Cell>,
    /// Cells to make, counted as being made until [`Lane::made`].
    pub(super) make: usize,
    /// When to look again if nothing changes.
    pub(super) look_again: Instant,
}

impl Lane {
    pub(super) fn new(runtime: Runtime, mode: CellMode, size: PoolSize) -> Self {
        Self {
            runtime,
            mode,
            size,
            state: Mutex::default(),
            changed: Arc::new(Notify::new()),
            available: Notify::new(),
            turnstile: tokio::sync::Mutex::default(),
            trust: tokio::sync::Mutex::default(),
        }
    }

    /// Counts are whole after every statement, so a panic elsewhere does not spoil them.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The oldest warm cell that lives; it counts as busy from here until [`Lane::retired`].
    pub(super) fn take(&self) -> Option<Cell> {
        let mut state = self.state();
        let position = state.warm.iter().position(Cell::is_alive)?;
        let cell = state.warm.remove(position)?;
        state.busy += 1;
        drop(state);
        self.changed.notify_one();
        Some(cell)
    }

    pub(super) fn retired(&self) {
        self.state().busy -= 1;
        self.changed.notify_one();
    }

    /// Whether a cell that has run should get ready for another run.
    pub(super) fn wants(&self, cell: &Cell, now: Instant) -> bool {
        let state = self.state();
        state.is_fresh(cell, now, self.size.age_max) && state.warm.len() < state.target(self.size).max(state.waiting)
    }

    /// Takes a cell back that is ready for its next run.
    pub(super) fn returned(&self, cell: Cell) {
        let mut state = self.state();
        state.busy -= 1;
        state.reused_total += 1;
        // Behind the others: an attacker cannot tell which run comes next in it.
        state.warm.push_back(cell);
        drop(state);
        self.available.notify_one();
        self.changed.notify_one();
    }

    /// Books which build of the image is today's.
    pub(super) fn image_is(&self, image: Option<String>) {
        let mut state = self.state();
        if state.image != image {
            state.image = image;
            drop(state);
            self.changed.notify_one();
        }
    }

    /// Books how long the engine took for a cell, or for failing to make one.
    pub(super) fn took(&self, time: Duration) {
        self.state().slow = time > SLOW;
    }

    /// Books the end of making a cell.
    pub(super) fn made(&self, outcome: Result<Cell, Fault>) {
        let mut state = self.state();
        state.creating -= 1;
        match outcome {
            Ok(cell) => {
                state.failures = 0;
                state.not_before = None;
                state.last_fault = None;
                state.created_total += 1;
                state.warm.push_back(cell);
                self.available.notify_one();
            }
            Err(fault) => {
                let wait = BACK_OFF_MIN.saturating_mul(2_u32.saturating_pow(state.failures)).min(BACK_OFF_MAX);
                tracing::warn!(runtime = self.runtime.as_str(), %fault, retry_ms = wait.as_millis(), "no cell could be made");
                state.failures += 1;
                state.not_before = Some(Instant::now() + wait);
                state.last_fault = Some(fault);
                state.faults_total += 1;
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Decides what is to be done, and books it.
    pub(super) fn chores(&self, now: Instant) -> Chores {
        let mut state = self.state();
        let (ceiling, age_max) = (self.size.ceiling, self.size.age_max);
        let in_use = state.busy + state.waiting;
        state.demand.note(in_use, now, self.size.memory);
        let target = state.target(self.size);
        let mut retire = Vec::new();
        let warm: Vec<Cell> = state.warm.drain(..).collect();
        let are_fresh: Vec<bool> = warm.iter().map(|cell| state.is_fresh(cell, now, age_max)).collect();
        let fresh = are_fresh.iter().filter(|fresh| **fresh).count();
        // A reusable cell at work comes back.
        let coming = if self.mode == CellMode::Reusable { state.busy } else { 0 };
        let wanted = target.saturating_sub(coming).max(state.waiting);
        let mut kept = VecDeque::new();
        let total = warm.len() + state.creating + state.busy;
        // Old cells serve until their successors are warm, or until they stand in their way.
        let crowded = total >= ceiling && fresh + state.creating < wanted;
        let mut left = warm.len();
        for (cell, fresh_one) in warm.into_iter().zip(are_fresh) {
            let old = !fresh_one && (fresh >= wanted || (crowded && retire.is_empty()));
            // More than recent demand calls for: the eldest go.
            let too_many = fresh_one && left > wanted.max(self.size.floor);
            if old || too_many || !cell.is_alive() {
                left -= 1;
                retire.push(cell);
            } else {
                kept.push_back(cell);
            }
        }
        let fresh = kept.iter().filter(|cell| state.is_fresh(cell, now, age_max)).count();
        state.warm = kept;
        state.busy += retire.len();
        let total = state.warm.len() + state.creating + state.busy;
        let in_back_off = state.not_before.is_some_and(|instant| now < instant);
        let room = ceiling.saturating_sub(total);
        let make = if in_back_off { 0 } else { wanted.saturating_sub(fresh + state.creating).min(room) };
        // After a failure one try at a time shows whether the engine is back.
        let make = if state.failures > 0 || state.slow { make.min(1_usize.saturating_sub(state.creating)) } else { make };
        state.creating += make;
        let oldest = state.warm.iter().map(|cell| cell.made_at + age_max).min();
        let back_off_end = state.not_before.filter(|_| in_back_off);
        // When the demand is forgotten.
        let calmer = (target > self.size.floor).then(|| now + self.size.memory);
        let due = [oldest.filter(|at| *at > now), back_off_end, calmer, Some(now + age_max)];
        let look_again = due.into_iter().flatten().min().unwrap_or(now);
        Chores { retire, make, look_again }
    }

    /// Takes all warm cells, for the shutdown; they count as busy.
    pub(super) fn drain(&self) -> Vec<Cell> {
        let mut state = self.state();
        let cells: Vec<Cell> = state.warm.drain(..).collect();
        state.busy += cells.len();
        cells
    }

    pub(super) fn waiting(&self, more: bool) {
        let mut state = self.state();
        state.waiting = if more { state.waiting + 1 } else { state.waiting - 1 };
        drop(state);
        self.changed.notify_one();
    }

    /// What a claimer that waited in vain is told.
    pub(super) fn why_no_cell(&self, waited: Duration) -> Fault {
        self.state().last_fault.clone().unwrap_or(Fault::NoCell(waited))
    }

    pub(super) fn ran(&self, orderly: bool, fault: bool) {
        let mut state = self.state();
        state.runs_total += 1;
        state.faults_total += u64::from(fault);
        state.suspect |= !orderly;
    }

    pub(super) fn is_suspect(&self) -> bool {
        self.state().suspect
    }

    pub(super) fn canary_ended(&self, passed: bool) {
        let mut state = self.state();
        state.canaries_total += 1;
        state.suspect = !passed;
    }

    /// Whether a run would find a cell here soon.
    pub(super) fn health(&self) -> Result<(), Fault> {
        let state = self.state();
        let alive = state.warm.iter().filter(|cell| cell.is_alive()).count();
        if alive + state.busy > 0 && (alive > 0 || state.failures == 0) {
            return Ok(());
        }
        Err(state.last_fault.clone().unwrap_or(Fault::NoCell(Duration::ZERO)))
    }

    pub(super) fn has_spare(&self) -> bool {
        !self.state().warm.is_empty()
    }

    pub(super) fn stats(&self) -> LaneStats {
        let state = self.state();
        LaneStats {
            runtime: self.runtime,
            mode: self.mode,
            target: state.target(self.size),
            warm: state.warm.len(),
            creating: state.creating,
            busy: state.busy,
            waiting: state.waiting,
            created_total: state.created_total,
            runs_total: state.runs_total,
            reused_total: state.reused_total,
            faults_total: state.faults_total,
            canaries_total: state.canaries_total,
        }
    }
}
