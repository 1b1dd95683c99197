//! The pool: what survives a dead cell, and what is left when it is gone.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use bollard::{Docker, query_parameters::KillContainerOptionsBuilder};
use pretty_assertions::assert_eq;
use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use weak_to_strong::{
    config,
    sandbox::{CellEvent, CellMode, Fault, Pool, Runtime, Sandbox, Stream},
};

use super::support::{TestPool, config, now, program, run, settings};

impl TestPool {
    pub fn pool_canaries(&self) -> u64 {
        self.pool.stats().lanes.iter().map(|lane| lane.canaries_total).sum()
    }

    /// Kills the cells whose labels are such.
    async fn kill(&self, wanted: impl Fn(&HashMap<String, String>) -> bool) {
        for container in self.containers().await {
            if wanted(&container.labels.unwrap_or_default()) {
                // One that is still being made or already gone is no matter.
                let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
                drop(self.docker.kill_container(&container.id.unwrap(), Some(options)).await);
            }
        }
    }
}

#[tokio::test]
async fn a_cell_that_dies_midway_is_a_fault_and_the_pool_recovers() {
    let pool = TestPool::start().await;
    let (events, mut heard) = mpsc::channel(16);
    // It tells which cell is its own, and no other is killed: one that waits would be a second reason for a known-good run.
    let code = "import os\nprint(os.getuid(), flush=True)\nwhile True: pass";
    let run = pool.pool.run(Runtime::Python, program(code), events, CancellationToken::new());
    let killing = async {
        let uid = loop {
            match heard.recv().await {
                Some(CellEvent::Output { text, .. }) => break text.trim().to_owned(),
                Some(CellEvent::Started) => {}
                other => panic!("the run does not tell its uid: {other:?}"),
            }
        };
        pool.kill(|labels| labels["weak-to-strong.subject-uid"] == uid).await;
        heard
    };
    let (end, _heard) = tokio::join!(run, killing);
    assert!(matches!(end, Err(Fault::CellDied(_))), "{end:?}");
    pool.assert_healthy().await;
    assert_eq!(pool.pool_canaries(), 1, "a known-good run goes first after an abnormal end");
    pool.pool.health().await.unwrap();
    pool.finish().await;
}

#[tokio::test]
async fn cells_that_die_while_they_wait_are_replaced() {
    let pool = TestPool::start().await;
    pool.assert_healthy().await;
    pool.kill(|_| true).await;
    pool.assert_healthy().await;
    assert_eq!(pool.pool_canaries(), 0, "no run was hurt");
    pool.finish().await;
}

#[tokio::test]
async fn cells_do_not_grow_old() {
    let pool = TestPool::start_with(|mut settings| {
        settings.size.age_max = Duration::from_millis(1);
        settings
    })
    .await;
    pool.assert_healthy().await;
    pool.assert_healthy().await;
    assert!(pool.pool.stats().lanes[0].created_total >= 2);
    pool.finish().await;
}

#[tokio::test]
async fn a_shutdown_ends_runs_and_leaves_no_container() {
    let pool = TestPool::start().await;
    let tasks = TaskTracker::new();
    let heard = run(&pool.pool, program("print('go', flush=True)\nwhile True: pass"), CancellationToken::new(), |event| {
        if matches!(event, CellEvent::Output { .. }) {
            let pool = pool.pool.clone();
            tasks.spawn(async move { pool.shutdown().await });
        }
    });
    assert_eq!(heard.await.end, Err(Fault::ShuttingDown));
    let (events, _heard) = mpsc::channel(1);
    let refused = pool.pool.run(Runtime::Python, program(""), events, CancellationToken::new()).await;
    assert_eq!(refused, Err(Fault::ShuttingDown));
    assert_eq!(pool.pool.health().await, Err(Fault::ShuttingDown));
    pool.finish().await;
}

#[tokio::test]
async fn two_pools_of_one_host_never_share_a_uid() {
    let single = |config: &mut config::Sandbox| config.cell_mode = CellMode::Single;
    let pool = TestPool::start_as(single, |settings| settings).await;
    // The same first uid and the same process, so it looks for pairs in the same place.
    let mut beside = config(&pool.label);
    single(&mut beside);
    let other = Pool::start(&beside, settings(), now()).await.unwrap();
    let print_uid = || program("import os\nprint(os.getuid())");
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let (one, two) = tokio::join!(
            run(&pool.pool, print_uid(), CancellationToken::new(), |_| ()),
            run(&other, print_uid(), CancellationToken::new(), |_| ())
        );
        let (one, two) = (one.text(Stream::Stdout), two.text(Stream::Stdout));
        assert!(one.trim().parse::<u32>().unwrap() >= 300_000);
        assert_ne!(one, two);
        seen.extend([one, two]);
        let live: Vec<String> = uids(&pool).await;
        assert_eq!(live.len(), live.iter().collect::<HashSet<_>>().len(), "{live:?}");
    }
    assert!(seen.len() > 2, "uids are not handed on at once: {seen:?}");
    other.shutdown().await;
    pool.finish().await;
}

async fn uids(pool: &TestPool) -> Vec<String> {
    let labels = pool.containers().await.into_iter().filter_map(|container| container.labels);
    labels.map(|labels| labels["weak-to-strong.subject-uid"].clone()).collect()
}

#[tokio::test]
async fn what_a_dead_worker_left_is_swept_and_what_a_living_one_has_is_not() {
    let pool = TestPool::start().await;
    pool.assert_healthy().await;
    let left = left_by_a_dead_worker(&pool.docker, &pool.label).await;
    assert!(pool.containers().await.iter().any(|container| container.id.as_ref() == Some(&left)));
    let next = Pool::start(&config(&pool.label), settings(), now()).await.unwrap();
    assert!(pool.containers().await.iter().all(|container| container.id.as_ref() != Some(&left)));
    next.shutdown().await;
    pool.assert_healthy().await;
    assert_eq!(pool.pool_canaries(), 0, "the living worker's cells were left alone");
    pool.finish().await;
}

/// A container labelled as of a process of this machine that is no more.
async fn left_by_a_dead_worker(docker: &Docker, label: &str) -> String {
    use bollard::{models::ContainerCreateBody, query_parameters::CreateContainerOptions};
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let pid_namespace = std::fs::read_link("/proc/self/ns/pid").unwrap();
    let labels = [
        ("cell", label),
        ("owner-pid", &u32::MAX.to_string()),
        ("owner-started", "1"),
        ("owner-boot", boot.trim()),
        ("owner-pid-namespace", pid_namespace.to_str().unwrap()),
    ];
    let labels = labels.map(|(name, value)| (format!("weak-to-strong.{name}"), value.to_owned())).into();
    let body = ContainerCreateBody {
        image: Some(format!("{}/python:latest", config(label).image_prefix)),
        labels: Some(labels),
        ..Default::default()
    };
    docker.create_container(None::<CreateContainerOptions>, body).await.unwrap().id
}

#[tokio::test]
async fn an_engine_that_is_not_there_is_named() {
    let mut config = config("nowhere");
    config.docker_host = Some("unix:///nonexistent/docker.sock".to_owned());
    assert!(matches!(Pool::start(&config, settings(), now()).await.map(drop), Err(Fault::EngineUnreachable(_))));
}

#[tokio::test]
async fn an_image_or_an_engine_runtime_that_is_not_there_is_named() {
    let mut no_image = config("no-image");
    no_image.image_prefix = "weak-to-strong-nowhere".to_owned();
    let fault = Pool::start(&no_image, settings(), now()).await.map(drop);
    assert_eq!(fault, Err(Fault::NoImage("weak-to-strong-nowhere/python:latest".to_owned())));
    let mut no_runtime = config("no-runtime");
    no_runtime.oci_runtime = Some("runnothing".to_owned());
    let Err(Fault::CannotEnforce(missing)) = Pool::start(&no_runtime, settings(), now()).await.map(drop) else { panic!("it started") };
    assert!(missing[0].contains("OCI runtime"), "{missing:?}");
}
