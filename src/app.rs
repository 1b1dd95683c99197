//! Builds the adapters from the settings: the only constructor of real ones. `App` stops at the edge:
//! HTTP handlers and resolvers take from it what a use-case needs and pass that on.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::{
    auth::Auth,
    boards::Boards,
    budget::{Admission, Budget},
    certificates,
    clock::Clock,
    config::Config,
    db::Db,
    error::{Error, Result},
    events::{Bell, EventLog, InProcess, RedisLog},
    graphql::Feeds,
    health::Health,
    metrics::{Metrics, Pool},
    submissions::live,
    telemetry::Traces,
};

/// For claims and expired leases; each slot has two beside them, for its lease and its record.
const WORK_CONNECTIONS_MIN: usize = 2;

/// Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub db: Db,
    /// Connections of the worker's own: however many ask at once, claims, leases and verdicts never wait behind them.
    work_db: Db,
    pub clock: Clock,
    pub auth: Arc<Auth>,
    /// What callers may spend.
    pub budget: Arc<Budget>,
    /// How many operations run at once.
    pub admission: Arc<Admission>,
    pub events: Arc<dyn EventLog>,
    /// The executions that subscriptions share.
    pub feeds: Arc<Feeds>,
    /// What followers of leaderboards share.
    pub boards: Arc<Boards>,
    /// What followers of waiting submissions share.
    pub queue_line: Arc<live::Line>,
    /// Rung after a submission was queued, so that workers need not poll.
    pub queue_bell: Arc<Bell>,
    /// Rung after a job was committed.
    pub jobs_bell: Arc<Bell>,
    /// Rung after outbox rows were committed.
    pub outbox_bell: Arc<Bell>,
    /// What goes on after that for which it was done has ended; a process that stops does not wait for it.
    pub late: TaskTracker,
    pub health: Health,
    pub metrics: Arc<Metrics>,
    pub traces: Traces,
    pub certificate_keys: Arc<certificates::Keys>,
}

impl App {
    /// Does no I/O but reading or making the development keys; what speaks with Redis or with a collector begins in
    /// the background.
    pub fn build(config: Config, database_url: &str, clock: Clock) -> Result<Self> {
        let db = Db::connect(database_url, config.database.connections_max)?;
        let work_db = Db::connect(database_url, config.worker.slots * 2 + WORK_CONNECTIONS_MIN)?;
        let auth = Auth::new(&config)?;
        let events: Arc<dyn EventLog> = match &config.realtime.redis_url {
            Some(url) => Arc::new(RedisLog::connect(url)?),
            None => Arc::new(InProcess::default()),
        };
        let budget = Budget::new(&config.limits, config.realtime.redis_url.as_deref())?;
        let admission = Admission::new(&config.limits);
        let bell = |name| Arc::new(Bell::new(Arc::clone(&events), name));
        let (queue_bell, jobs_bell, outbox_bell) = (bell("queue"), bell("jobs"), bell("outbox"));
        let metrics = Metrics::new()?;
        let traces = Traces::start(&config.telemetry, &metrics.spans)?;
        let certificate_keys = certificates::Keys::new(&config).map_err(Error::fault)?;
        Ok(Self {
            config: Arc::new(config),
            db,
            work_db,
            clock,
            auth: Arc::new(auth),
            budget: Arc::new(budget),
            admission: Arc::new(admission),
            feeds: Arc::default(),
            boards: Arc::new(Boards::new(events.as_ref())),
            events,
            queue_line: Arc::default(),
            queue_bell,
            jobs_bell,
            outbox_bell,
            late: TaskTracker::new(),
            health: Health::default(),
            metrics,
            traces,
            certificate_keys: Arc::new(certificate_keys),
        })
    }

    /// The same for the worker and for whoever looks after leases.
    #[must_use]
    pub fn for_work(&self) -> Self {
        Self { db: self.work_db.clone(), ..self.clone() }
    }

    /// The pools of connections by the names they have in `/metrics`.
    #[must_use]
    pub fn pools(&self) -> Vec<(&'static str, Pool)> {
        vec![("requests", self.db.status()), ("work", self.work_db.status())]
    }

    /// Closes every connection to the database.
    pub fn close(&self) {
        self.db.close();
        self.work_db.close();
    }
}
