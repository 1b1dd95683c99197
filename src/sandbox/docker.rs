//! The container engine: every call it is asked, each with a time-out, and the walls of a cell.

use std::{collections::HashMap, future::Future, pin::Pin, time::Duration};

use bollard::{
    API_DEFAULT_VERSION, Docker,
    container::{AttachContainerResults, LogOutput},
    errors::Error,
    models::{
        ContainerCreateBody, ContainerSummaryStateEnum, HostConfig, HostConfigCgroupnsModeEnum, HostConfigLogConfig, ResourcesUlimits,
        SystemInfo, SystemInfoCgroupVersionEnum,
    },
    query_parameters::{
        AttachContainerOptions, CreateContainerOptions, KillContainerOptions, ListContainersOptions, RemoveContainerOptions,
    },
};
use chrono::{DateTime, Utc};
use futures_util::Stream;
use tokio::{
    io::AsyncWrite,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{CellLimits, CellMode, Fault, Runtime, owner, owner::Owner, uids::UidPair};

/// What a subject may ask of the kernel in general; the agent narrows it further for subjects.
const SECCOMP: &str = include_str!("../../sandboxes/seccomp.json");
/// What the agent needs to become other users and to kill them.
const CAPABILITIES: [&str; 3] = ["SETUID", "SETGID", "KILL"];
/// A container that is not running and older than this was left behind half-made.
const HALF_MADE: Duration = Duration::from_mins(1);
/// How often cells that dead workers left are looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Engine {
    docker: Docker,
    image_prefix: String,
    label: String,
    oci_runtime: Option<String>,
    /// Of reusable cells; None where the engine has no AppArmor.
    apparmor_profile: Option<String>,
    owner: Owner,
    mode: CellMode,
    call_timeout: Duration,
    cgroup_v2: bool,
    cpus: u64,
}

/// The two ways into a container, open before its first process starts.
pub(super) struct Attached {
    pub(super) output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    pub(super) input: Pin<Box<dyn AsyncWrite + Send>>,
}

/// How creating a container ended.
pub(super) enum Created {
    /// Its id.
    Container(String),
    /// A live cell, maybe of another process, has these uids.
    UidsInUse,
}

impl Engine {
    pub(super) async fn connect(config: &crate::config::Sandbox, call_timeout: Duration) -> Result<Self, Fault> {
        let seconds = call_timeout.as_secs().max(1) + 1;
        let docker = match config.docker_host.as_deref() {
            None => Docker::connect_with_unix("/var/run/docker.sock", seconds, API_DEFAULT_VERSION),
            Some(host) if host.starts_with("unix://") => Docker::connect_with_unix(host, seconds, API_DEFAULT_VERSION),
            Some(host) => Docker::connect_with_http(host, seconds, API_DEFAULT_VERSION),
        }
        .map_err(|error| Fault::EngineUnreachable(error.to_string()))?;
        // Older engines refuse the library's version of the API.
        let docker = timed("negotiate the version", call_timeout, docker.negotiate_version()).await?;
        let mut engine = Self {
            docker,
            image_prefix: config.image_prefix.clone(),
            label: config.label.clone(),
            oci_runtime: config.oci_runtime.clone(),
            apparmor_profile: None,
            owner: Owner::this_process(),
            mode: config.cell_mode,
            call_timeout,
            cgroup_v2: false,
            cpus: 1,
        };
        let info = timed("describe itself", call_timeout, engine.docker.info()).await?;
        engine.apparmor_profile = has_option(&info, "apparmor").then(|| config.apparmor_profile.clone());
        engine.cgroup_v2 = info.cgroup_version == Some(SystemInfoCgroupVersionEnum::_2);
        // The engine refuses a quota beyond the CPUs it has.
        engine.cpus = info.ncpu.and_then(|count| u64::try_from(count).ok()).unwrap_or(1).max(1);
        let missing = cannot_enforce(&info, config);
        if missing.is_empty() { Ok(engine) } else { Err(Fault::CannotEnforce(missing)) }
    }

    /// The same engine, for cells of one run, which its own AppArmor profile lets be.
    pub(super) fn single(self) -> Self {
        Self { mode: CellMode::Single, ..self }
    }

    pub(super) const fn mode(&self) -> CellMode {
        self.mode
    }

    /// Which build of a runtime's image new cells are made of.
    pub(super) async fn image_id(&self, runtime: Runtime) -> Result<Option<String>, Fault> {
        let image = self.image(runtime);
        match timed_raw("look at an image", self.call_timeout, self.docker.inspect_image(&image)).await? {
            Ok(found) => Ok(found.id),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Err(Fault::NoImage(image)),
            Err(error) => Err(fault("look at an image", &error)),
        }
    }

    fn image(&self, runtime: Runtime) -> String {
        format!("{}/{}:latest", self.image_prefix, runtime.folder())
    }

    pub(super) async fn ping(&self) -> Result<(), Fault> {
        timed("answer", self.call_timeout, self.docker.ping()).await.map(drop)
    }

    pub(super) async fn create(&self, runtime: Runtime, uids: &UidPair, self_check: bool) -> Result<Created, Fault> {
        let image = self.image(runtime);
        let options = CreateContainerOptions { name: Some(container_name(uids)), ..CreateContainerOptions::default() };
        let body = self.container(runtime, &image, uids, self_check);
        let call = tokio::time::timeout(self.call_timeout, self.docker.create_container(Some(options), body)).await;
        match call {
            Err(_) => Err(Fault::EngineTimeout { operation: "create a cell", after: self.call_timeout }),
            Ok(Err(Error::DockerResponseServerError { status_code: 409, .. })) => Ok(Created::UidsInUse),
            Ok(Err(Error::DockerResponseServerError { status_code: 404, .. })) => Err(Fault::NoImage(image)),
            Ok(Err(error)) => Err(fault("create a cell", &error)),
            Ok(Ok(created)) if created.warnings.is_empty() => Ok(Created::Container(created.id)),
            Ok(Ok(created)) => {
                // The engine warns when it drops a limit that the kernel does not know.
                self.remove(&created.id).await?;
                Err(Fault::CannotEnforce(created.warnings))
            }
        }
    }

    pub(super) async fn attach(&self, id: &str) -> Result<Attached, Fault> {
        let options = AttachContainerOptions { stream: true, stdin: true, stdout: true, stderr: true, ..AttachContainerOptions::default() };
        let call = self.docker.attach_container(id, Some(options));
        let AttachContainerResults { output, input } = timed("attach to a cell", self.call_timeout, call).await?;
        Ok(Attached { output, input })
    }

    pub(super) async fn start(&self, id: &str) -> Result<(), Fault> {
        timed("start a cell", self.call_timeout, self.docker.start_container(id, None)).await
    }

    /// Kills every process of the container. One that is dead or gone already is no error.
    pub(super) async fn kill(&self, id: &str) -> Result<(), Fault> {
        let call = self.docker.kill_container(id, Some(KillContainerOptions { signal: "SIGKILL".to_owned() }));
        match timed_raw("kill a cell", self.call_timeout, call).await? {
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
            Err(error) => Err(fault("kill a cell", &error)),
        }
    }

    /// Kills and removes; says whether the container is gone, and with it every process of its uids. It is not yet gone while
    /// the engine is removing it by itself.
    pub(super) async fn remove(&self, id: &str) -> Result<bool, Fault> {
        let options = RemoveContainerOptions { force: true, v: true, ..RemoveContainerOptions::default() };
        let call = self.docker.remove_container(id, Some(options));
        match timed_raw("remove a cell", self.call_timeout, call).await? {
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(true),
            Err(Error::DockerResponseServerError { status_code: 409, .. }) => Ok(false),
            Err(error) => Err(fault("remove a cell", &error)),
        }
    }

    /// Removes the cells that dead processes of this deployment left; those of living ones are not touched.
    pub(super) async fn sweep(&self, now: DateTime<Utc>) -> Result<usize, Fault> {
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_owned(), vec![format!("{}={}", owner::CELL_OF, self.label)])])),
            ..ListContainersOptions::default()
        };
        let containers = timed("list cells", self.call_timeout, self.docker.list_containers(Some(options))).await?;
        let mut swept = 0;
        for container in containers {
            let labels = container.labels.unwrap_or_default();
            let ownerless = Owner::read(&labels).is_none_or(|other| self.owner.knows_dead(&other));
            let running = container.state == Some(ContainerSummaryStateEnum::RUNNING);
            let old = container.created.is_some_and(|created| now.timestamp().saturating_sub(created) > HALF_MADE.as_secs().cast_signed());
            if let Some(id) = container.id.filter(|_| ownerless || (!running && old)) {
                // One that is being removed already goes by itself.
                swept += usize::from(self.remove(&id).await?);
            }
        }
        Ok(swept)
    }

    /// Sweeps once in a while, and a last time when `closing`: what a worker had asked for just before it died is made after
    /// everybody has looked.
    pub(super) async fn keep_swept(&self, now: DateTime<Utc>, closing: &CancellationToken) {
        let began = Instant::now();
        let mut open = true;
        while open {
            open = closing.run_until_cancelled(sleep(SWEEP_EVERY)).await.is_some();
            match self.sweep(now + began.elapsed()).await {
                Ok(0) => {}
                Ok(swept) => tracing::info!(swept, "removed cells that dead workers left"),
                Err(fault) => tracing::warn!(%fault, "cells of dead workers could not be looked for"),
            }
        }
    }

    fn container(&self, runtime: Runtime, image: &str, uids: &UidPair, self_check: bool) -> ContainerCreateBody {
        let (subject, judge, mode) = (uids.subject().to_string(), uids.judge().to_string(), self.mode.as_str());
        let mut command = ["--subject-uid", &subject, "--judge-uid", &judge, "--mode", mode].map(str::to_owned).to_vec();
        if self_check {
            command.push("--self-check".to_owned());
        }
        let mut labels = self.owner.labels();
        labels.insert(owner::CELL_OF.to_owned(), self.label.clone());
        labels.insert(owner::RUNTIME.to_owned(), runtime.as_str().to_owned());
        labels.insert(owner::SUBJECT_UID.to_owned(), uids.subject().to_string());
        ContainerCreateBody {
            image: Some(image.to_owned()),
            cmd: Some(command),
            hostname: Some("cell".to_owned()),
            user: Some("0:0".to_owned()),
            // A name without a value takes the variable away: the engine would add PATH otherwise.
            env: Some(vec!["PATH".to_owned()]),
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            open_stdin: Some(true),
            // A worker that dies closes the agent's stdin, and the agent leaves.
            stdin_once: Some(true),
            network_disabled: Some(true),
            labels: Some(labels),
            host_config: Some(self.walls(CellLimits::of(runtime))),
            ..ContainerCreateBody::default()
        }
    }

    fn walls(&self, limits: CellLimits) -> HostConfig {
        let ulimit = |name: &str, value: u64| ResourcesUlimits {
            name: Some(name.to_owned()),
            soft: Some(value.cast_signed()),
            hard: Some(value.cast_signed()),
        };
        let tmpfs = |bytes: u64, inodes: u64| format!("rw,nosuid,nodev,size={bytes},nr_inodes={inodes},mode=1777");
        let memory = Some(limits.memory_bytes.cast_signed());
        // The kernel lets a run mount a /proc of its own only where none of the cell's is covered. Nobody in such a cell is
        // the machine's root, to whom alone the covered files answer; and no subject sees the cell's /proc.
        let reusable = self.mode == CellMode::Reusable;
        let covered = reusable.then(Vec::new);
        let mut security = vec!["no-new-privileges:true".to_owned(), format!("seccomp={SECCOMP}")];
        if let Some(profile) = self.apparmor_profile.as_ref().filter(|_| reusable) {
            security.push(format!("apparmor={profile}"));
        }
        HostConfig {
            network_mode: Some("none".to_owned()),
            readonly_rootfs: Some(true),
            privileged: Some(false),
            cap_drop: Some(vec!["ALL".to_owned()]),
            cap_add: Some(CAPABILITIES.map(str::to_owned).to_vec()),
            security_opt: Some(security),
            masked_paths: covered.clone(),
            readonly_paths: covered,
            pids_limit: Some(limits.pids.cast_signed()),
            memory,
            // The sum of memory and swap: the same number means no swap.
            memory_swap: memory,
            oom_kill_disable: None,
            nano_cpus: Some((limits.cpu_milli.min(self.cpus * 1_000) * 1_000_000).cast_signed()),
            ulimits: Some(vec![ulimit("nofile", limits.open_files), ulimit("fsize", limits.file_bytes), ulimit("core", 0)]),
            ipc_mode: Some("private".to_owned()),
            cgroupns_mode: self.cgroup_v2.then_some(HostConfigCgroupnsModeEnum::PRIVATE),
            tmpfs: Some(HashMap::from([
                ("/work".to_owned(), tmpfs(limits.work_bytes, limits.work_inodes)),
                ("/tmp".to_owned(), tmpfs(limits.tmp_bytes, limits.tmp_inodes)),
                // Instead of the engine's own, which has no cap on inodes.
                ("/dev/shm".to_owned(), tmpfs(limits.shm_bytes, limits.shm_inodes)),
            ])),
            log_config: Some(HostConfigLogConfig { typ: Some("none".to_owned()), config: None }),
            // The agent's; it raises its subjects' to 1000, so they go first. A negative one needs an engine with CAP_SYS_RESOURCE.
            oom_score_adj: Some(0),
            init: Some(false),
            // Also when nobody is left to remove it.
            auto_remove: Some(true),
            runtime: self.oci_runtime.clone(),
            ..HostConfig::default()
        }
    }
}

/// One name per pair of uids, whatever deployment: the engine lets only one container have it.
fn container_name(uids: &UidPair) -> String {
    format!("weak-to-strong-cell-{}", uids.subject())
}

/// The limits and walls that this engine would silently leave out.
fn cannot_enforce(info: &SystemInfo, config: &crate::config::Sandbox) -> Vec<String> {
    let known_cgroup = matches!(info.cgroup_version, Some(SystemInfoCgroupVersionEnum::_1 | SystemInfoCgroupVersionEnum::_2));
    let runtimes = info.runtimes.as_ref();
    let walls = [
        (info.os_type.as_deref() == Some("linux"), "Linux containers (the engine runs another system's)"),
        (known_cgroup, "control groups (the engine names neither version 1 nor 2)"),
        (info.memory_limit == Some(true), "the memory limit (the kernel's memory controller is off)"),
        (info.swap_limit == Some(true), "the swap limit (boot with swapaccount=1, or use cgroup v2)"),
        (info.pids_limit == Some(true), "the process limit (the kernel's pids controller is off)"),
        (info.cpu_cfs_quota == Some(true), "the CPU limit (the kernel knows no CFS quota)"),
        (has_option(info, "seccomp"), "the seccomp profile (the engine was built or started without seccomp)"),
        (
            !has_option(info, "userns") && !has_option(info, "rootless"),
            "a uid for each cell (the engine maps users; one that does not is needed)",
        ),
        (
            config.oci_runtime.as_ref().is_none_or(|name| runtimes.is_some_and(|known| known.contains_key(name))),
            "the chosen OCI runtime (the engine does not have it)",
        ),
    ];
    walls.into_iter().filter(|(holds, _)| !holds).map(|(_, wall)| wall.to_owned()).collect()
}

fn has_option(info: &SystemInfo, name: &str) -> bool {
    let options = info.security_options.iter().flatten();
    options.flat_map(|option| option.split(',')).any(|part| part.strip_prefix("name=") == Some(name))
}

async fn timed<T>(operation: &'static str, after: Duration, call: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    timed_raw(operation, after, call).await?.map_err(|error| fault(operation, &error))
}

async fn timed_raw<T>(
    operation: &'static str,
    after: Duration,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<Result<T, Error>, Fault> {
    tokio::time::timeout(after, call).await.map_err(|_| Fault::EngineTimeout { operation, after })
}

fn fault(operation: &'static str, error: &Error) -> Fault {
    match error {
        Error::DockerResponseServerError { message, .. } => Fault::EngineRefused { operation, message: message.clone() },
        Error::RequestTimeoutError => Fault::EngineTimeout { operation, after: Duration::ZERO },
        other => Fault::EngineUnreachable(other.to_string()),
    }
}
