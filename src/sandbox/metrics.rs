//! The pool's counts for `/metrics`, asked when somebody looks.

use std::sync::Arc;

use prometheus::{
    IntCounterVec, IntGauge, IntGaugeVec, Opts,
    core::{Collector, Desc},
    proto::MetricFamily,
};

use super::{LaneStats, Sandbox};

/// A counter, and what it counts of a lane.
type Total = (IntCounterVec, fn(&LaneStats) -> u64);

/// Reads a pool's stats whenever metrics are gathered.
pub struct PoolMetrics {
    pool: Arc<dyn Sandbox>,
    cells: IntGaugeVec,
    waiting: IntGaugeVec,
    fallback: IntGauge,
    totals: [Total; 5],
}

impl PoolMetrics {
    pub fn new(pool: Arc<dyn Sandbox>) -> prometheus::Result<Self> {
        let counter = |name: &str, help: &str| IntCounterVec::new(Opts::new(name, help), &["runtime"]);
        Ok(Self {
            pool,
            cells: IntGaugeVec::new(
                Opts::new("sandbox_cells", "Cells of a runtime, by what they do; and how many are wanted."),
                &["runtime", "state"],
            )?,
            waiting: IntGaugeVec::new(Opts::new("sandbox_waiting", "Runs that wait for a warm cell."), &["runtime"])?,
            fallback: IntGauge::new(
                "sandbox_fallback",
                "1 where the host forbids reusable cells, and each run gets a container of its own.",
            )?,
            totals: [
                (counter("sandbox_cells_created_total", "Cells made.")?, |lane| lane.created_total),
                (counter("sandbox_runs_total", "Runs ended.")?, |lane| lane.runs_total),
                (counter("sandbox_reused_total", "Runs after which the cell got ready for another.")?, |lane| lane.reused_total),
                (counter("sandbox_faults_total", "Faults of engine, cell or agent.")?, |lane| lane.faults_total),
                (counter("sandbox_canaries_total", "Known-good runs after an abnormal end.")?, |lane| lane.canaries_total),
            ],
        })
    }

    fn note(&self, lane: &LaneStats) {
        let runtime = lane.runtime.folder();
        for (state, count) in [("warm", lane.warm), ("creating", lane.creating), ("busy", lane.busy), ("target", lane.target)] {
            self.cells.with_label_values(&[runtime, state]).set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        self.waiting.with_label_values(&[runtime]).set(i64::try_from(lane.waiting).unwrap_or(i64::MAX));
        for (counter, read) in &self.totals {
            let counter = counter.with_label_values(&[runtime]);
            counter.inc_by(read(lane).saturating_sub(counter.get()));
        }
    }
}

impl Collector for PoolMetrics {
    fn desc(&self) -> Vec<&Desc> {
        let totals = self.totals.iter().flat_map(|(counter, _)| counter.desc());
        self.cells.desc().into_iter().chain(self.waiting.desc()).chain(self.fallback.desc()).chain(totals).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        let stats = self.pool.stats();
        self.fallback.set(i64::from(stats.fallback.is_some()));
        for lane in stats.lanes {
            self.note(&lane);
        }
        let totals = self.totals.iter().flat_map(|(counter, _)| counter.collect());
        self.cells.collect().into_iter().chain(self.waiting.collect()).chain(self.fallback.collect()).chain(totals).collect()
    }
}
