//! Cells that take one run after the other: each run finds a place where nobody was before.

use std::{fs, path::PathBuf, time::Duration};

use bollard::{
    Docker,
    models::{ContainerConfig, ContainerCreateBody},
    query_parameters::{CommitContainerOptionsBuilder, CreateContainerOptions, TagImageOptionsBuilder},
};
use pretty_assertions::assert_eq;
use uuid::Uuid;
use weak_to_strong::sandbox::{CellMode, Limits, PoolSize, RunRequest, Runtime, Sandbox, Stream, verdict::Verdict};

use super::support::{Heard, TestPool, program, remove_images, repository};
use crate::support::cells::image_prefix;

impl TestPool {
    /// One cell at a time, so that every run comes to where the last one was.
    async fn of_one_cell(cell_runs_max: u32) -> Self {
        Self::start_as(
            |config| {
                config.cell_mode = CellMode::Reusable;
                config.cell_runs_max = cell_runs_max;
                config.pool_ceiling = 1;
            },
            |mut settings| {
                settings.size = PoolSize { floor: 1, ceiling: 1, ..settings.size };
                settings
            },
        )
        .await
    }

    fn made(&self) -> u64 {
        self.pool.stats().lanes[0].created_total
    }

    /// The names of the containers that live now.
    async fn names(&self) -> Vec<String> {
        self.containers().await.into_iter().filter_map(|container| container.id).collect()
    }
}

fn printed(heard: &Heard) -> String {
    heard.text(Stream::Stdout)
}

#[tokio::test]
async fn a_cell_takes_many_runs_and_each_is_the_first_in_its_namespaces() {
    let pool = TestPool::of_one_cell(100).await;
    pool.assert_healthy().await;
    let cell = pool.names().await;
    let look =
        "import os\nprint(os.getpid() < 20, [os.readlink('/proc/self/ns/' + kind) for kind in ('user', 'pid', 'mnt', 'ipc', 'net')])";
    let (one, two) = (pool.run(program(look)).await, pool.run(program(look)).await);
    assert!(printed(&one).starts_with("True ["), "{one:?}");
    let namespaces = |heard: &Heard| printed(heard).split('\'').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let (one, two) = (namespaces(&one), namespaces(&two));
    assert_eq!((one.len(), two.len()), (5, 5));
    // The kernel may give a name again when its namespace is gone, so the runs are compared with the worker's own.
    let outside: Vec<String> = ["user", "pid", "mnt", "ipc", "net"]
        .map(|kind| fs::read_link(format!("/proc/self/ns/{kind}")).unwrap().to_str().unwrap().to_owned())
        .to_vec();
    assert!(one.iter().chain(&two).all(|name| !outside.contains(name)), "{one:?} {two:?}");
    pool.assert_healthy().await;
    assert_eq!((pool.names().await, pool.made()), (cell, 1));
    pool.finish().await;
}

#[tokio::test]
async fn a_cell_is_retired_after_its_runs() {
    let pool = TestPool::of_one_cell(2).await;
    for _ in 0..4 {
        pool.assert_healthy().await;
    }
    assert_eq!(pool.made(), 2);
    pool.finish().await;
}

#[tokio::test]
async fn an_attack_costs_the_cell() {
    let pool = TestPool::of_one_cell(100).await;
    let attack = program("import ctypes\nctypes.CDLL(None).ptrace(0, 0, None, None)");
    assert_eq!(pool.run(attack).await.verdict(), Verdict::Forbidden);
    pool.assert_healthy().await;
    assert_eq!(pool.made(), 2);
    assert_eq!(pool.pool_canaries(), 0, "it ended as it should");
    pool.finish().await;
}

#[tokio::test]
async fn a_run_that_ends_by_a_limit_leaves_its_cell_usable() {
    let pool = TestPool::of_one_cell(100).await;
    let busy = RunRequest { limits: Limits { cpu_ms: 300, wall_ms: 20_000, ..Limits::of(Runtime::Python) }, ..program("while True: pass") };
    assert_eq!(pool.run(busy).await.verdict(), Verdict::TimeLimit);
    pool.assert_healthy().await;
    assert_eq!(pool.made(), 1);
    pool.finish().await;
}

#[tokio::test]
async fn nothing_leaks_from_one_run_to_the_next_in_the_same_cell() {
    let pool = TestPool::of_one_cell(1_000).await;
    let mut attacks: Vec<PathBuf> =
        fs::read_dir(repository().join("tests/attacks/leaks")).unwrap().map(|entry| entry.unwrap().path()).collect();
    attacks.sort();
    assert!(attacks.len() >= 10, "{attacks:?}");
    for path in attacks {
        let code = fs::read_to_string(&path).unwrap();
        for turn in 0..2 {
            let heard = pool.run(program(&code)).await;
            assert_eq!(heard.verdict(), Verdict::Accepted, "{} {turn}: {heard:?}", path.display());
            assert!(printed(&heard).contains("first here"), "{} {turn}: {heard:?}", path.display());
        }
    }
    assert_eq!(pool.made(), 1, "all of it happened in one cell");
    pool.finish().await;
}

#[tokio::test]
async fn a_setting_gives_each_run_a_container_of_its_own() {
    let pool = TestPool::start_as(|config| config.cell_mode = CellMode::Single, |settings| settings).await;
    for _ in 0..2 {
        pool.assert_healthy().await;
    }
    assert!(pool.made() >= 2);
    assert_eq!(pool.pool.stats().lanes[0].reused_total, 0);
    pool.finish().await;
}

#[tokio::test]
async fn a_new_build_of_the_image_is_noticed_and_no_run_is_dropped() {
    let docker = Docker::connect_with_local_defaults().unwrap().negotiate_version().await.unwrap();
    let prefix = format!("weak-to-strong-test-{}", Uuid::new_v4());
    let name = format!("{prefix}/python");
    tag(&docker, &format!("{}/python:latest", image_prefix()), &name).await;
    let pool = TestPool::start_as(
        |config| {
            config.cell_mode = CellMode::Reusable;
            config.image_prefix.clone_from(&prefix);
        },
        |mut settings| {
            settings.image_look = Duration::from_millis(50);
            settings
        },
    )
    .await;
    pool.assert_healthy().await;
    let old = pool.names().await;
    let waits = pool.run(program("import time\nprint('go', flush=True)\ntime.sleep(3)\nprint('done')"));
    let updating = async {
        let built = rebuilt(&docker, &name).await;
        tag(&docker, &built, &name).await;
    };
    let (heard, ()) = tokio::join!(waits, updating);
    assert_eq!((heard.verdict(), printed(&heard).as_str()), (Verdict::Accepted, "go\ndone\n"), "{heard:?}");
    while pool.names().await.iter().any(|name| old.contains(name)) {
        pool.assert_healthy().await;
    }
    pool.finish().await;
    remove_images(&docker, &prefix).await;
}

async fn tag(docker: &Docker, from: &str, name: &str) {
    docker.tag_image(from, Some(TagImageOptionsBuilder::new().repo(name).tag("latest").build())).await.unwrap();
}

/// The name of another build of the image: the same files under another id.
async fn rebuilt(docker: &Docker, name: &str) -> String {
    let body = ContainerCreateBody { image: Some(format!("{name}:latest")), ..Default::default() };
    let container = docker.create_container(None::<CreateContainerOptions>, body).await.unwrap().id;
    let options = CommitContainerOptionsBuilder::new().container(&container).repo(name).tag("next").comment("another build").build();
    docker.commit_container(options, ContainerConfig::default()).await.unwrap();
    docker.remove_container(&container, None).await.unwrap();
    format!("{name}:next")
}
