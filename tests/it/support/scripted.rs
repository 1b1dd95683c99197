//! A sandbox that runs nothing and does what a test tells it: events, waits, an end. It speaks of hidden checks as freely as the
//! real one does, so that what reaches a learner can be looked at.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use weak_to_strong::sandbox::{
    CellEvent, CellMode, CheckResult, CheckStatus, DeclaredCheck, Fault, Finished, LaneStats, Outcome, PoolStats, RunRequest, Runtime,
    Sandbox, Stream, Work,
};

/// What a hidden check would give away; no learner may ever read it.
pub const SECRET: &str = "the secret value";

/// Something a run waits for. Opened once, open for all.
#[derive(Clone, Default)]
pub struct Gate(CancellationToken);

impl Gate {
    pub fn open(&self) {
        self.0.cancel();
    }
}

#[derive(Clone)]
enum Step {
    Tell(CellEvent),
    /// Each declared check begins and ends so; the rest of the run's checks passes.
    Checks(Vec<(&'static str, CheckStatus)>),
    /// The first declared checks pass, so many.
    Pass(usize),
    Wait(Gate),
}

/// One run, from its start to its end.
#[derive(Clone)]
pub struct Act {
    steps: Vec<Step>,
    end: Result<Finished, Fault>,
}

impl Act {
    fn new(steps: Vec<Step>, end: Result<Finished, Fault>) -> Self {
        let started = std::iter::once(Step::Tell(CellEvent::Started));
        Self { steps: started.chain(steps).collect(), end }
    }

    /// Every check passes; a program ends with 0.
    pub fn passes() -> Self {
        Self::new(vec![Step::Checks(Vec::new())], Ok(finished(Outcome::Completed)))
    }

    /// These checks end otherwise.
    pub fn fails(checks: &[(&'static str, CheckStatus)]) -> Self {
        Self::new(vec![Step::Checks(checks.to_vec())], Ok(finished(Outcome::Completed)))
    }

    /// No check is run.
    pub fn ends(outcome: Outcome) -> Self {
        Self::new(Vec::new(), Ok(finished(outcome)))
    }

    /// The cell breaks.
    pub fn breaks() -> Self {
        Self::new(Vec::new(), Err(Fault::CellDied("it was told to".to_owned())))
    }

    /// Runs until it is cancelled, after so many checks have passed.
    pub fn hangs(checks: usize) -> Self {
        Self::new(vec![Step::Pass(checks), Step::Wait(Gate::default())], Ok(finished(Outcome::Completed)))
    }

    /// The run prints this first, and then waits for the gate.
    #[must_use]
    pub fn after(self, printed: &[&str], gate: &Gate) -> Self {
        let printed = prints(printed).into_iter().map(Step::Tell);
        let first = self.steps.iter().take(1).cloned().chain(printed).chain([Step::Wait(gate.clone())]).collect::<Vec<_>>();
        Self { steps: first.into_iter().chain(self.steps.into_iter().skip(1)).collect(), end: self.end }
    }
}

/// Chunks of standard output with their places.
pub fn prints(chunks: &[&str]) -> Vec<CellEvent> {
    let mut offset = 0;
    let chunk = |text: &&str| {
        let event = CellEvent::Output { stream: Stream::Stdout, text: (*text).to_owned(), offset, truncated: false };
        offset += text.len() as u64;
        event
    };
    chunks.iter().map(chunk).collect()
}

fn finished(outcome: Outcome) -> Finished {
    let exit_code = (outcome == Outcome::Completed).then_some(0);
    Finished { outcome, exit_code, cpu_ms: 3, wall_ms: 5, peak_memory_kib: 700, ..Finished::cancelled(5) }
}

fn result(check: &DeclaredCheck, status: CheckStatus) -> CheckResult {
    let told = (status != CheckStatus::Passed).then(|| SECRET.to_owned());
    CheckResult {
        id: check.id.clone(),
        status,
        message: told.clone(),
        expected: told.clone(),
        actual: told,
        cpu_ms: Some(1),
        wall_ms: Some(2),
        peak_memory_kib: Some(64),
    }
}

/// Plays its acts one after another, and passes everything when there is none left.
pub struct Scripted {
    acts: Mutex<VecDeque<Act>>,
    /// What it was asked to run.
    requests: Mutex<Vec<RunRequest>>,
    begun: watch::Sender<usize>,
}

impl Scripted {
    pub fn new(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self { acts: Mutex::new(acts.into_iter().collect()), requests: Mutex::default(), begun: watch::Sender::new(0) })
    }

    pub fn requests(&self) -> Vec<RunRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits until so many runs have begun.
    pub async fn begun(&self, count: usize) {
        let mut begun = self.begun.subscribe();
        let reached = begun.wait_for(|now| *now >= count);
        tokio::time::timeout(super::app::DEADLINE, reached).await.expect("no run has begun").unwrap();
    }

    fn take(&self, request: RunRequest) -> (Act, Vec<DeclaredCheck>) {
        let declared = match &request.work {
            Work::Checks { declared, .. } => declared.clone(),
            Work::Program { .. } => Vec::new(),
        };
        self.requests.lock().unwrap().push(request);
        self.begun.send_modify(|begun| *begun += 1);
        let act = self.acts.lock().unwrap().pop_front();
        (act.unwrap_or_else(Act::passes), declared)
    }
}

fn events(step: &Step, declared: &[DeclaredCheck]) -> Vec<CellEvent> {
    let run =
        |check: &DeclaredCheck, status| [CellEvent::CheckStarted { id: check.id.clone() }, CellEvent::CheckFinished(result(check, status))];
    match step {
        Step::Tell(event) => vec![event.clone()],
        Step::Wait(_) => Vec::new(),
        Step::Pass(count) => declared.iter().take(*count).flat_map(|check| run(check, CheckStatus::Passed)).collect(),
        Step::Checks(otherwise) => {
            let status =
                |check: &DeclaredCheck| otherwise.iter().find(|(id, _)| *id == check.id).map_or(CheckStatus::Passed, |(_, status)| *status);
            declared.iter().flat_map(|check| run(check, status(check))).collect()
        }
    }
}

#[async_trait]
impl Sandbox for Scripted {
    async fn run(
        &self,
        _: Runtime,
        request: RunRequest,
        listener: mpsc::Sender<CellEvent>,
        cancel: CancellationToken,
    ) -> Result<Finished, Fault> {
        let (act, declared) = self.take(request);
        for step in &act.steps {
            for event in events(step, &declared) {
                listener.send(event).await.map_err(|_| Fault::CellDied("nobody listens".to_owned()))?;
            }
            if let Step::Wait(gate) = step {
                tokio::select! {
                    () = gate.0.cancelled() => {}
                    () = cancel.cancelled() => return Ok(Finished::cancelled(5)),
                }
            }
        }
        act.end
    }

    async fn health(&self) -> Result<(), Fault> {
        Ok(())
    }

    fn runtimes(&self) -> Vec<Runtime> {
        vec![Runtime::Python]
    }

    fn stats(&self) -> PoolStats {
        let lane = LaneStats {
            runtime: Runtime::Python,
            mode: CellMode::Reusable,
            target: 1,
            warm: 1,
            creating: 0,
            busy: 0,
            waiting: 0,
            created_total: 1,
            runs_total: self.requests.lock().unwrap().len() as u64,
            reused_total: 0,
            faults_total: 0,
            canaries_total: 0,
        };
        PoolStats { lanes: vec![lane], fallback: None }
    }

    async fn shutdown(&self) {}
}
