//! Real cells for the tests that need them: one small pool of this process at a time, gone when its test is.

use std::time::Duration;

use bollard::{Docker, query_parameters::ListContainersOptionsBuilder};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;
use weak_to_strong::{
    clock::Clock,
    config,
    sandbox::{CellMode, Patience, Pool, PoolSettings, PoolSize, Runtime, Sandbox},
};

/// Cells alive at a time, and so runs at a time.
pub const CELLS_MAX: usize = 2;

/// First of the uids that these cells take.
pub const UID_BASE: u32 = 310_000;

static TURN: Mutex<()> = Mutex::const_new(());

/// A started pool, and the right to have one.
pub struct Cells {
    pub pool: Pool,
    label: String,
    _turn: MutexGuard<'static, ()>,
}

impl Cells {
    pub async fn start() -> Self {
        let turn = TURN.lock().await;
        let label = format!("it-{}", Uuid::new_v4());
        let config = config::Sandbox {
            docker_host: None,
            runtimes: vec![Runtime::Python],
            image_prefix: image_prefix(),
            cell_mode: CellMode::Reusable,
            cell_runs_max: 100,
            pool_floor: 1,
            pool_ceiling: CELLS_MAX,
            uid_base: UID_BASE,
            oci_runtime: None,
            apparmor_profile: apparmor_profile(),
            label: label.clone(),
        };
        let pool = Pool::start(&config, settings(), Clock::system().now()).await.unwrap();
        Self { pool, label, _turn: turn }
    }

    /// Nothing may be left of it.
    pub async fn stop(self) {
        self.pool.shutdown().await;
        let docker = Docker::connect_with_local_defaults().unwrap().negotiate_version().await.unwrap();
        let filters = [("label".to_owned(), vec![format!("weak-to-strong.cell={}", self.label)])].into();
        let ours = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let left = docker.list_containers(Some(ours)).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Patience beyond what a crowded machine needs, so that only what is broken runs out of it.
fn settings() -> PoolSettings {
    PoolSettings {
        size: PoolSize { floor: 1, ceiling: CELLS_MAX, age_max: Duration::from_secs(600), memory: Duration::from_secs(60) },
        patience: Patience {
            engine_call: Duration::from_secs(60),
            ready: Duration::from_secs(60),
            overdue: Duration::from_secs(30),
            ..Patience::default()
        },
        claim: Duration::from_secs(120),
        image_look: Duration::from_secs(60),
    }
}

/// Where the images of these tests are; others may build theirs on the same engine.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, which no settings of the server know")]
pub fn image_prefix() -> String {
    std::env::var("WTS_IMAGE_PREFIX").unwrap_or_else(|_| "weak-to-strong".to_owned())
}

/// The profile of cells where AppArmor is on.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, which no settings of the server know")]
pub fn apparmor_profile() -> String {
    std::env::var("WTS_APPARMOR_PROFILE").unwrap_or_else(|_| "weak-to-strong-cell".to_owned())
}
