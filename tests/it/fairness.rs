//! Who waits how long: a load of learners, plans, retries and bulk work in simulated time, claimed by the real statements and the real
//! slots, and compared at every claim with the rules written down a second time. `make fairness` prints more of it.
//!
//! Everything hangs on the seed, so two runs print the same. `FAIRNESS_SECONDS` and `FAIRNESS_SEED` are settings.

mod load;
mod mirror;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{prelude::*, rngs::StdRng};
use serde_json::json;
use weak_to_strong::{
    auth::{Role, policy},
    db::ids::SubmissionId,
    error::{Error, Result},
    jobs::Step,
    submissions::{
        self, Class, Runtime, Verdict,
        queue::{self, Claimed, Outcome, Recorded, Release, Want},
        rejudges,
    },
    worker::slots::{Slot, Slots},
};

use self::{
    load::Load,
    mirror::{Entry, Mirror},
};
use crate::support::TestApp;

const SECONDS: u64 = 240;
const SEED: u64 = 20_261_125;
const WORKERS: usize = 2;
const SLOTS: usize = 2;
/// One run in so many loses its cell.
const FAULT_ONE_IN: u32 = 50;
const CHALLENGE: &str = "python-temperature-converter";
/// Attempts that are judged again while everybody works.
const ATTEMPTS: usize = 40;

fn done<T>(result: Result<T>) -> T {
    result.map_err(Error::into_anyhow).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "how long and how random is the caller's of the test, not the program's")]
fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

/// What happens next; by time, then in the order in which it was planned.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Arrives(usize),
    Ends { worker: usize, run: usize },
    RejudgeLooks,
}

struct Model {
    app: TestApp,
    rng: StdRng,
    began: DateTime<Utc>,
    now: DateTime<Utc>,
    load: Load,
    mirror: Mirror,
    workers: Vec<(Slots, usize)>,
    running: BTreeMap<usize, (Claimed, Slot)>,
    agenda: BinaryHeap<Reverse<(DateTime<Utc>, usize, Happening)>>,
    planned: usize,
    runs: usize,
    rejudge: serde_json::Value,
    report: Report,
}

/// What the load met.
#[derive(Default)]
struct Report {
    /// Milliseconds waited, by who waited.
    waits: BTreeMap<&'static str, Vec<i64>>,
    /// Estimated and true milliseconds, of those who waited.
    etas: Vec<(&'static str, i64, i64)>,
    told: BTreeMap<SubmissionId, i64>,
    positions: usize,
    retried: usize,
}

#[tokio::test]
async fn nobody_waits_longer_than_the_rules_say() {
    let seconds = setting("FAIRNESS_SECONDS", SECONDS);
    let mut model = Model::prepare(StdRng::seed_from_u64(setting("FAIRNESS_SEED", SEED)), seconds).await;
    while let Some(Reverse((at, _, what))) = model.agenda.pop() {
        model.now = at;
        match what {
            Happening::Arrives(index) => model.arrives(index).await,
            Happening::Ends { worker, run } => model.ends(worker, run).await,
            Happening::RejudgeLooks => model.rejudge_looks().await,
        }
        model.claim_all().await;
    }
    assert!(model.mirror.is_empty(), "somebody was never run");
    model.report.print();
    model.report.judge();
    model.app.stop().await;
}

impl Model {
    async fn prepare(mut rng: StdRng, seconds: u64) -> Self {
        let app = TestApp::start().await;
        let began = app.clock.now();
        let load = Load::plan(&mut rng, began, seconds);
        load.enrol(&app, ATTEMPTS).await;
        let mut model = Self {
            rng,
            began,
            now: began,
            mirror: Mirror::default(),
            workers: (0..WORKERS).map(|_| (Slots::new(SLOTS), SLOTS)).collect(),
            running: BTreeMap::new(),
            agenda: BinaryHeap::new(),
            planned: 0,
            runs: 0,
            rejudge: json!(null),
            report: Report::default(),
            load,
            app,
        };
        for index in 0..model.load.arrivals.len() {
            model.plan(model.load.arrivals[index].at, Happening::Arrives(index));
        }
        let root = model.load.admin.viewer("free", &[Role::Admin]);
        let admin = done(policy::admin(Some(&root)));
        let rejudge = done(rejudges::start(&model.app.app.db, admin, began, CHALLENGE).await).ok().unwrap();
        model.rejudge = json!({"rejudgeId": rejudge.id});
        model.plan(began + TimeDelta::seconds(20), Happening::RejudgeLooks);
        model
    }

    fn plan(&mut self, at: DateTime<Utc>, what: Happening) {
        self.planned += 1;
        self.agenda.push(Reverse((at, self.planned, what)));
    }

    async fn arrives(&mut self, index: usize) {
        let arrival = self.load.arrivals[index].clone();
        let id = match &arrival.learner {
            Some(learner) => {
                let viewer = learner.viewer(learner.plan(), &[Role::Learner]);
                let program = load::program(index);
                match done(submissions::run_code(&self.app.app.db, &viewer, self.now, program, &[Runtime::Python]).await) {
                    Ok(row) => row.id,
                    // Twelve of this learner's are under way; they come back later, or not.
                    Err(_) => return,
                }
            }
            None => load::import(&self.app, self.now, self.load.admin.id).await,
        };
        let (class, user, paid) = match &arrival.learner {
            Some(learner) => (Class::Live, learner.id, learner.paid),
            None => (Class::Import, self.load.admin.id, false),
        };
        self.mirror.push(Entry::new(id, user, class, self.now, paid));
        self.look_at_places().await;
    }

    /// Every position is what the rules say, at this moment; who came last is told when it will start.
    async fn look_at_places(&mut self) {
        let mut conn = self.app.conn().await;
        let order = self.mirror.order(self.now);
        let last = order.iter().max_by_key(|id| self.mirror.get(**id).number).copied();
        // All of them now and then, the newest always.
        let all = self.rng.random_ratio(1, 10);
        let places = done(submissions::queue_places(&mut conn, self.now, &order).await);
        for (index, id) in order.iter().enumerate().filter(|(_, id)| all || Some(**id) == last) {
            let place = places[id];
            assert_eq!(place.position, i64::try_from(index + 1).unwrap(), "at {}", self.now - self.began);
            self.report.positions += 1;
            if Some(*id) == last {
                self.report.told.insert(*id, place.eta_ms);
            }
        }
    }

    async fn rejudge_looks(&mut self) {
        let step = done(rejudges::step(&self.app.app, self.now, self.rejudge.clone()).await);
        for (id, user) in load::queued_rejudges(&self.app).await {
            if !self.mirror.knows(id) {
                self.mirror.push(Entry::new(id, user, Class::Rejudge, self.now, false));
            }
        }
        if let Step::Again(after) = step {
            self.plan(self.now + after, Happening::RejudgeLooks);
        }
    }

    /// As workers do whenever something may have changed.
    async fn claim_all(&mut self) {
        for worker in 0..WORKERS {
            while self.workers[worker].1 > 0 {
                if !self.claim(worker).await {
                    break;
                }
            }
        }
    }

    async fn claim(&mut self, worker: usize) -> bool {
        let slots = &self.workers[worker].0;
        let live_only = slots.are_for_learners_only();
        let want =
            Want { worker_id: "model", runtimes: &[Runtime::Python], lease: Duration::from_secs(3600), live_only, untyped_only: false };
        let slot = slots.take().await;
        let claimed = done(queue::claim(&self.app.app.db, self.now, &want).await);
        let due = self.mirror.next(self.now, live_only);
        assert_eq!(claimed.as_ref().map(|claimed| claimed.id), due, "at {}", self.now - self.began);
        let Some(claimed) = claimed else { return false };
        let entry = self.mirror.take(claimed.id, self.now);
        self.report.waited(&entry, (self.now - entry.queued_at).num_milliseconds());
        let slot = slot.holds(&claimed);
        self.workers[worker].1 -= 1;
        let bulk = self.running.values().filter(|(other, _)| other.class >= Class::Rejudge.rank()).count();
        assert!(bulk + usize::from(claimed.class >= Class::Rejudge.rank()) <= WORKERS * (SLOTS - 1), "no slot is left for learners");
        let takes = load::service(&mut self.rng);
        self.runs += 1;
        self.running.insert(self.runs, (claimed, slot));
        self.plan(self.now + takes, Happening::Ends { worker, run: self.runs });
        true
    }

    async fn ends(&mut self, worker: usize, run: usize) {
        let (claimed, slot) = self.running.remove(&run).unwrap();
        if self.rng.random_ratio(1, FAULT_ONE_IN) && claimed.cell_faults == 0 {
            done(queue::release(&self.app.app.db, &claimed, Release::CellFault).await);
            self.mirror.came_back(claimed.id);
            self.report.retried += 1;
        } else {
            let recorded = done(queue::record(&self.app.app.db, self.now, &claimed, &outcome()).await);
            assert_eq!(recorded, Recorded::Stored);
            self.mirror.ended(claimed.id);
        }
        drop(slot);
        self.workers[worker].1 += 1;
    }
}

fn outcome() -> Outcome {
    Outcome {
        verdict: Verdict::Accepted,
        checks: Vec::new(),
        stdout: String::new(),
        stderr: String::new(),
        output_truncated: false,
        exit_code: Some(0),
        detail: None,
        final_seq: 1,
        cpu_ms: 1,
        wall_ms: 1,
        peak_memory_kib: 1,
    }
}

fn at(sorted: &[i64], percent: usize) -> i64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

impl Report {
    fn waited(&mut self, entry: &Entry, ms: i64) {
        let who = entry.who();
        self.waits.entry(who).or_default().push(ms);
        if let Some(told) = self.told.remove(&entry.id) {
            self.etas.push((who, told, ms));
        }
    }

    fn print(&mut self) {
        println!("{:<16} {:>6} {:>9} {:>9} {:>9} {:>9}   ms waited", "who", "runs", "p50", "p90", "p99", "max");
        for (who, waits) in &mut self.waits {
            waits.sort_unstable();
            let [p50, p90, p99, max] = [50, 90, 99, 100].map(|percent| at(waits, percent));
            println!("{who:<16} {:>6} {p50:>9} {p90:>9} {p99:>9} {max:>9}", waits.len());
        }
        println!("positions compared: {}, retried after a fault of ours: {}", self.positions, self.retried);
        for who in ["live, paid", "live, free"] {
            let mut wrong: Vec<i64> = (self.etas.iter())
                .filter(|(whose, _, ms)| *whose == who && *ms >= 1_000)
                .map(|(_, told, ms)| (told - ms).abs() * 100 / ms)
                .collect();
            wrong.sort_unstable();
            let [p50, p90] = [50, 90].map(|percent| at(&wrong, percent));
            println!("estimate of {who}, who waited a second or more ({}): off by {p50} % at p50, {p90} % at p90", wrong.len());
        }
    }

    /// What the rules come to, for those who wait.
    fn judge(&self) {
        let median = |who: &str| at(&self.waits[who], 50);
        assert!(median("live, paid") <= median("live, free"), "paid plans go first");
        assert!(median("live, free") <= median("rejudge"), "learners go before rejudges");
        assert!(median("rejudge") <= median("import"), "rejudges go before imports");
    }
}
