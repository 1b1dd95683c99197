//! A host that forbids what a reusable cell is made of: the worker says so and gives each run a container of its own, whose walls
//! are the same.
//!
//! The kernel of the machine that tests allows it all, so a filter in front of the agent refuses it one thing, with the answer that
//! such a host gives. It knows that thing by its exact arguments: what attackers and the self-check try, it lets be.

use bollard::{
    Docker,
    models::{ContainerConfig, ContainerCreateBody},
    query_parameters::{CommitContainerOptionsBuilder, CreateContainerOptions},
};
use pretty_assertions::assert_eq;
use rand::{SeedableRng, rngs::StdRng};
use tokio::{sync::mpsc, time::timeout};
use uuid::Uuid;
use weak_to_strong::sandbox::{CellMode, Fault, Sandbox as _, verdict::Verdict};

use super::support::{TestPool, challenge, files_below, program, remove_images, repository};
use crate::{
    fault::{api::Api, learner, platform::Platform},
    support::{app::DEADLINE, cells::image_prefix},
};

const FILTER: &str = include_str!("forbid.py");
const SUBMISSIONS: usize = 6;

/// One thing that hosts forbid, as the filter takes it: the call, which of its arguments has which value, and the error.
#[derive(Clone, Copy)]
struct Forbidden {
    by: &'static str,
    filter: [&'static str; 4],
}

const FORBIDDEN: [Forbidden; 4] = [
    Forbidden { by: "kernel.unprivileged_userns_clone = 0", filter: ["unshare", "0", "0x10000000", "EPERM"] },
    Forbidden { by: "user.max_user_namespaces = 0", filter: ["unshare", "0", "0x10000000", "ENOSPC"] },
    Forbidden { by: "a security module that denies mounts", filter: ["mount", "3", "0x6", "EACCES"] },
    Forbidden { by: "an engine that covers files of /proc", filter: ["mount", "3", "0xe", "EPERM"] },
];

/// An image whose agent lives on such a host; its prefix.
async fn image_on_a_host_that_forbids(docker: &Docker, forbidden: Forbidden) -> String {
    let prefix = format!("weak-to-strong-test-{}", Uuid::new_v4());
    let body = ContainerCreateBody { image: Some(format!("{}/python:latest", image_prefix())), ..Default::default() };
    let container = docker.create_container(None::<CreateContainerOptions>, body).await.unwrap().id;
    let command = ["/usr/bin/python3", "-I", "-B", "-c", FILTER].into_iter().chain(forbidden.filter);
    let config = ContainerConfig { entrypoint: Some(command.map(str::to_owned).collect()), ..Default::default() };
    let options = CommitContainerOptionsBuilder::new().container(&container).repo(&format!("{prefix}/python")).tag("latest").build();
    docker.commit_container(options, config).await.unwrap();
    docker.remove_container(&container, None).await.unwrap();
    prefix
}

async fn engine() -> Docker {
    Docker::connect_with_local_defaults().unwrap().negotiate_version().await.unwrap()
}

#[tokio::test]
async fn each_way_to_forbid_namespaces_is_told_and_gone_without() {
    let docker = engine().await;
    for forbidden in FORBIDDEN {
        let prefix = image_on_a_host_that_forbids(&docker, forbidden).await;
        let pool = TestPool::start_as(
            |config| {
                config.cell_mode = CellMode::Reusable;
                config.image_prefix.clone_from(&prefix);
            },
            |settings| settings,
        )
        .await;
        let stats = pool.pool.stats();
        let Some(Fault::SelfCheck(problems)) = &stats.fallback else { panic!("{}: {stats:?}", forbidden.by) };
        assert!(problems.iter().all(|problem| problem.starts_with("namespaces: ")), "{}: {problems:?}", forbidden.by);
        assert_eq!(stats.lanes[0].mode, CellMode::Single, "{}", forbidden.by);
        for _ in 0..2 {
            pool.assert_healthy().await;
        }
        let attack = program("import ctypes\nctypes.CDLL(None).ptrace(0, 0, None, None)");
        assert_eq!(pool.run(attack).await.verdict(), Verdict::Forbidden, "{}", forbidden.by);
        let folder = repository().join("tests/forgeries/targets/ages");
        let heard = pool.run(challenge(&folder, files_below(&folder.join("solution")))).await;
        assert_eq!(heard.verdict(), Verdict::Accepted, "{}: {heard:?}", forbidden.by);
        let lane = pool.pool.stats().lanes.remove(0);
        assert!(lane.created_total >= 4 && lane.reused_total == 0, "{}: a container a run: {lane:?}", forbidden.by);
        pool.finish().await;
        remove_images(&docker, &prefix).await;
    }
}

#[tokio::test]
async fn learners_are_served_on_such_a_host_and_its_operators_are_told() {
    let docker = engine().await;
    let prefix = image_on_a_host_that_forbids(&docker, FORBIDDEN[0]).await;
    let mut platform = Platform::prepare(&[
        ("WTS_IMAGE_PREFIX", &prefix),
        ("WTS_CELL_MODE", "reusable"),
        ("WTS_SUBJECT_UID_BASE", "320000"),
        ("WTS_POOL_FLOOR", "1"),
        ("WTS_POOL_CEILING", "2"),
        ("WTS_ARGON2_MEMORY_KIB", "8"),
        ("WTS_ARGON2_ITERATIONS", "1"),
        ("WTS_SIGNING_KEY", "a key of the tests, at least 32 bytes long"),
    ])
    .await;
    platform.start_server();
    let api = Api::new(vec![platform.url()]);
    let story = async {
        for learner in learner::enrol(&mut StdRng::seed_from_u64(3), &api, SUBMISSIONS).await {
            let (accepted, mut sent) = mpsc::unbounded_channel();
            learner.send_all(accepted).await;
            while let Some(sent) = sent.recv().await {
                sent.audit().await;
            }
        }
    };
    timeout(4 * DEADLINE, story).await.expect("it stands still");
    let http = reqwest::Client::builder().timeout(DEADLINE).build().unwrap();
    let metrics = http.get(format!("http://{}/metrics", platform.address)).send().await.unwrap().text().await.unwrap();
    assert!(metrics.lines().any(|line| line == "sandbox_fallback 1"), "{metrics}");
    let log = platform.log_tail();
    assert!(log.contains("this host forbids reusable cells") && log.contains("unshare: Operation not permitted"), "{log}");
    assert!(platform.stop_server().await.success());
    remove_images(&docker, &prefix).await;
}
