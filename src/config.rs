//! The settings: the only reader of the environment. One struct a concern; every value has a unit in its name or type.

mod telemetry;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, bail};

pub use telemetry::{Sampling, Telemetry, Traces};

use crate::sandbox::{CellMode, Runtime};

#[derive(Clone, Debug)]
pub struct Config {
    /// Development prints demo credentials, suggests fields in errors and accepts a signing key made at the first start.
    pub development: bool,
    /// Which log lines are written, in the syntax of tracing's `EnvFilter`.
    pub log_filter: String,
    /// Where the embedded database, logs and generated keys live.
    pub data_dir: PathBuf,
    pub seeds_dir: PathBuf,
    pub http: Http,
    pub database: Database,
    pub auth: Auth,
    pub worker: Worker,
    pub sandbox: Sandbox,
    pub realtime: Realtime,
    pub limits: Limits,
    pub certificates: Certificates,
    pub telemetry: Telemetry,
}

/// Who runs only documents that the server trusts. Whoever brings an access token may run others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedOnly {
    Off,
    /// Requests with cookies.
    Cookies,
    /// Every request without an access token.
    Anonymous,
}

#[derive(Clone, Debug)]
pub struct Http {
    pub address: SocketAddr,
    /// Where clients reach the server, without a slash at the end: what stands in addresses that it gives out.
    pub public_url: String,
    /// Origins that browsers may call from; empty allows the server's own pages only.
    pub allowed_origins: Vec<String>,
    /// Proxies in front whose X-Forwarded-For is believed; with none the peer is the client.
    pub trusted_proxies: usize,
    pub operation_timeout: Duration,
    pub trusted_only: TrustedOnly,
    /// How long caches may keep what is the same for everybody.
    pub public_max_age: Duration,
    /// From the beginning of a connection, or its last answer, to the end of a request's head: also how long an idle connection
    /// lives. To be longer than the proxies in front keep theirs, or they meet a connection that is just being closed.
    pub header_timeout: Duration,
    /// Connections at the same time; the next ones wait to be accepted.
    pub connections_max: usize,
    /// How long shutdown waits for requests, runs and sockets.
    pub drain: Duration,
}

#[derive(Clone, Debug)]
pub struct Database {
    /// None: a private Postgres is started under `data_dir`.
    pub url: Option<String>,
    /// Whether a graceful end also stops the private Postgres that this process started.
    pub stop_embedded: bool,
    pub connections_max: usize,
}

#[derive(Clone, Debug)]
pub struct Auth {
    /// HMAC key of access tokens, at least 32 bytes. None in development: made once and kept in `data_dir`.
    pub signing_key: Option<String>,
    /// Keys that sign no more, or not yet, but are accepted: rotation without a log-out.
    pub accepted_signing_keys: Vec<String>,
    pub access_token_ttl: Duration,
    pub refresh_token_ttl: Duration,
    /// Argon2id memory, in KiB.
    pub argon2_memory_kib: u32,
    pub argon2_iterations: u32,
    /// Password hashes computed at the same time.
    pub argon2_concurrency: usize,
    /// How long a session row may be trusted without looking again.
    pub session_cache_ttl: Duration,
}

#[derive(Clone, Debug)]
pub struct Worker {
    /// Runs at the same time.
    pub slots: usize,
    pub lease: Duration,
    pub heartbeat: Duration,
    /// Polling delay when no wake-up comes.
    pub poll: Duration,
    /// A playground program that is neither given nor prints anything for so long is ended, while its input is open.
    pub input_idle: Duration,
}

#[derive(Clone, Debug)]
pub struct Sandbox {
    /// The container engine, `unix://` or `tcp://`; None is the local socket.
    pub docker_host: Option<String>,
    /// Runtimes whose images are built and whose cells are kept warm here.
    pub runtimes: Vec<Runtime>,
    /// Container image of each runtime is `<image_prefix>/<runtime>:latest`.
    pub image_prefix: String,
    /// Whether a cell is for one run or for many.
    pub cell_mode: CellMode,
    /// Runs after which a reusable cell is replaced.
    pub cell_runs_max: u32,
    /// Cells kept at least and at most for each runtime; recent demand decides between them.
    pub pool_floor: usize,
    pub pool_ceiling: usize,
    /// First uid of the pairs given to live cells; each cell takes two.
    pub uid_base: u32,
    /// OCI runtime of the engine; None is the engine's default.
    pub oci_runtime: Option<String>,
    /// AppArmor profile of reusable cells, where the engine has AppArmor: its own one forbids the mounts of a run.
    pub apparmor_profile: String,
    /// Names this host's cells apart from those of other deployments on the same engine.
    pub label: String,
}

#[derive(Clone, Debug)]
pub struct Realtime {
    /// Where processes share their event log; None: it is kept in this process, for this process.
    pub redis_url: Option<String>,
    pub connection_init_timeout: Duration,
    pub ping_interval: Duration,
    /// After how long an event stream without events gets a comment.
    pub comment_interval: Duration,
    pub write_timeout: Duration,
    pub operations_per_socket_max: usize,
    pub sockets_per_user_max: usize,
    /// Of those without an account.
    pub sockets_per_address_max: usize,
    pub outbound_bytes_max: usize,
}

#[derive(Clone, Debug)]
pub struct Limits {
    /// Cost that a caller who has rested may spend at once.
    pub cost_capacity: u64,
    /// Cost that a caller gets back in a second.
    pub cost_per_second: u64,
    /// Queries and mutations that run at the same time, and those that wait for a place.
    pub operations_max: usize,
    pub operations_waiting_max: usize,
    /// How long one waits before it is refused.
    pub admission_wait: Duration,
}

#[derive(Clone, Debug)]
pub struct Certificates {
    /// Off: no answer shows a certificate, and what asks for one is refused. They are earned all the same.
    pub enabled: bool,
    /// Seed of the Ed25519 key that signs them: 32 bytes in hexadecimal. None in development: made once and kept in `data_dir`.
    pub signing_key: Option<String>,
    /// Public keys that sign no more, or not yet, in hexadecimal or base64url: what they sign is verifiable.
    pub public_keys: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "this is the place the ban points to")]
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn env_number<T: std::str::FromStr>(name: &str, default: T) -> anyhow::Result<T> {
    match env(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| anyhow::anyhow!("{name} is {text:?}, which is no value in range")),
    }
}

fn worker() -> anyhow::Result<Worker> {
    Ok(Worker {
        slots: env_number("WTS_WORKER_SLOTS", 2)?,
        lease: Duration::from_millis(env_number("WTS_LEASE_MS", 30_000)?),
        heartbeat: Duration::from_millis(env_number("WTS_HEARTBEAT_MS", 10_000)?),
        poll: Duration::from_millis(env_number("WTS_WORKER_POLL_MS", 1_000)?),
        input_idle: Duration::from_millis(env_number("WTS_INPUT_IDLE_MS", 60_000)?),
    })
}

impl Sandbox {
    fn from_env() -> anyhow::Result<Self> {
        Ok(Self {
            docker_host: env("DOCKER_HOST"),
            runtimes: env("WTS_RUNTIMES")
                .unwrap_or_else(|| "python".to_owned())
                .split(',')
                .map(|name| name.trim().parse().context("WTS_RUNTIMES"))
                .collect::<anyhow::Result<_>>()?,
            image_prefix: env("WTS_IMAGE_PREFIX").unwrap_or_else(|| "weak-to-strong".to_owned()),
            cell_mode: env("WTS_CELL_MODE").map_or(Ok(CellMode::Reusable), |name| name.parse()).context("WTS_CELL_MODE")?,
            cell_runs_max: env_number("WTS_CELL_RUNS", 100)?,
            pool_floor: env_number("WTS_POOL_FLOOR", 3)?,
            pool_ceiling: env_number("WTS_POOL_CEILING", 8)?,
            uid_base: env_number("WTS_SUBJECT_UID_BASE", 200_000)?,
            oci_runtime: env("WTS_OCI_RUNTIME"),
            apparmor_profile: env("WTS_APPARMOR_PROFILE").unwrap_or_else(|| "weak-to-strong-cell".to_owned()),
            label: env("WTS_SANDBOX_LABEL").unwrap_or_else(|| "default".to_owned()),
        })
    }
}

fn limits() -> anyhow::Result<Limits> {
    Ok(Limits {
        cost_capacity: env_number("WTS_COST_CAPACITY", 500_000)?,
        cost_per_second: env_number("WTS_COST_PER_SECOND", 50_000)?,
        operations_max: env_number("WTS_OPERATIONS_MAX", 128)?,
        operations_waiting_max: env_number("WTS_OPERATIONS_WAITING_MAX", 1024)?,
        admission_wait: Duration::from_millis(env_number("WTS_ADMISSION_WAIT_MS", 2_000)?),
    })
}

fn certificates() -> anyhow::Result<Certificates> {
    Ok(Certificates {
        enabled: env_number("ENABLE_CERTIFICATES", true)?,
        signing_key: env("WTS_CERTIFICATE_KEY"),
        public_keys: env("WTS_CERTIFICATE_PUBLIC_KEYS")
            .map(|list| list.split(',').map(|key| key.trim().to_owned()).collect())
            .unwrap_or_default(),
    })
}

impl Config {
    /// Reads the environment; every wrong value is named.
    pub fn from_env() -> anyhow::Result<Self> {
        let development = match env("WTS_ENV").as_deref() {
            None | Some("development") => true,
            Some("production") => false,
            Some(other) => bail!("WTS_ENV is {other:?}; it is \"development\" or \"production\""),
        };
        let host = env("HOST").unwrap_or_else(|| "127.0.0.1".to_owned());
        let port: u16 = env_number("PORT", 8000)?;
        let address: SocketAddr = format!("{host}:{port}").parse().with_context(|| format!("HOST {host:?} is not an IP address"))?;
        let config = Self {
            development,
            log_filter: env("WTS_LOG").unwrap_or_else(|| "info".to_owned()),
            data_dir: env("WTS_DATA_DIR").unwrap_or_else(|| ".data".to_owned()).into(),
            seeds_dir: env("WTS_SEEDS_DIR").unwrap_or_else(|| "seeds".to_owned()).into(),
            http: Http {
                address,
                public_url: env("WTS_PUBLIC_URL").map_or_else(|| format!("http://{address}"), |url| url.trim_end_matches('/').to_owned()),
                allowed_origins: env("WTS_ALLOWED_ORIGINS")
                    .map(|list| list.split(',').map(|origin| origin.trim().to_owned()).collect())
                    .unwrap_or_default(),
                trusted_proxies: env_number("WTS_TRUSTED_PROXIES", 0)?,
                operation_timeout: Duration::from_millis(env_number("WTS_OPERATION_TIMEOUT_MS", 10_000)?),
                trusted_only: match env("WTS_TRUSTED_DOCUMENTS_ONLY").as_deref() {
                    None | Some("off") => TrustedOnly::Off,
                    Some("cookies") => TrustedOnly::Cookies,
                    Some("anonymous") => TrustedOnly::Anonymous,
                    Some(other) => bail!("WTS_TRUSTED_DOCUMENTS_ONLY is {other:?}; it is \"off\", \"cookies\" or \"anonymous\""),
                },
                public_max_age: Duration::from_secs(env_number("WTS_PUBLIC_MAX_AGE_SECONDS", 60)?),
                header_timeout: Duration::from_millis(env_number("WTS_HEADER_TIMEOUT_MS", 75_000)?),
                connections_max: env_number("WTS_CONNECTIONS_MAX", 20_000)?,
                drain: Duration::from_secs(env_number("WTS_DRAIN_SECONDS", 30)?),
            },
            database: Database {
                url: env("DATABASE_URL"),
                stop_embedded: env_number("WTS_STOP_EMBEDDED_DATABASE", true)?,
                connections_max: env_number("WTS_DATABASE_CONNECTIONS", 16)?,
            },
            auth: Auth {
                signing_key: env("WTS_SIGNING_KEY"),
                accepted_signing_keys: env("WTS_ACCEPTED_SIGNING_KEYS")
                    .map(|list| list.split(',').map(|key| key.trim().to_owned()).collect())
                    .unwrap_or_default(),
                access_token_ttl: Duration::from_secs(env_number("WTS_ACCESS_TOKEN_SECONDS", 15 * 60)?),
                refresh_token_ttl: Duration::from_secs(env_number("WTS_REFRESH_TOKEN_SECONDS", 7 * 24 * 3600)?),
                argon2_memory_kib: env_number("WTS_ARGON2_MEMORY_KIB", 19 * 1024)?,
                argon2_iterations: env_number("WTS_ARGON2_ITERATIONS", 2)?,
                argon2_concurrency: env_number("WTS_ARGON2_CONCURRENCY", 2)?,
                // Half of the promised second; the other half is for a socket to look again.
                session_cache_ttl: Duration::from_millis(500),
            },
            worker: worker()?,
            sandbox: Sandbox::from_env()?,
            realtime: Realtime {
                redis_url: env("REDIS_URL"),
                connection_init_timeout: Duration::from_secs(3),
                ping_interval: Duration::from_secs(20),
                comment_interval: Duration::from_secs(12),
                write_timeout: Duration::from_secs(10),
                operations_per_socket_max: 50,
                sockets_per_user_max: env_number("WTS_SOCKETS_PER_USER", 20)?,
                sockets_per_address_max: env_number("WTS_ANONYMOUS_SOCKETS_PER_ADDRESS", 100)?,
                outbound_bytes_max: 256 * 1024,
            },
            limits: limits()?,
            certificates: certificates()?,
            telemetry: Telemetry::from_env()?,
        };
        config.check()?;
        Ok(config)
    }

    /// For processes that show certificates; workers need no key.
    pub fn check_certificate_key(&self) -> anyhow::Result<()> {
        if !self.development && self.certificates.enabled && self.certificates.signing_key.is_none() {
            bail!("WTS_CERTIFICATE_KEY is missing; set it to 32 random bytes in hexadecimal, or ENABLE_CERTIFICATES to false");
        }
        Ok(())
    }

    /// For processes that are one of many: what they must have in common.
    pub fn check_shared(&self) -> anyhow::Result<()> {
        let (database, redis) = (self.database.url.is_some(), self.realtime.redis_url.is_some());
        if !database || !redis {
            bail!(
                "the roles api, worker and scheduler run apart over a DATABASE_URL and a REDIS_URL that they share; use `serve` for one process without them"
            );
        }
        if self.auth.signing_key.is_none() {
            bail!("WTS_SIGNING_KEY is missing; processes that run apart must have the same one");
        }
        Ok(())
    }

    fn check(&self) -> anyhow::Result<()> {
        if !self.development && self.auth.signing_key.is_none() {
            bail!("WTS_SIGNING_KEY is missing; in production it must be set, to at least 32 random bytes");
        }
        if self.auth.signing_key.iter().chain(&self.auth.accepted_signing_keys).any(|key| key.len() < 32) {
            bail!("WTS_SIGNING_KEY, or one of WTS_ACCEPTED_SIGNING_KEYS, is shorter than 32 bytes");
        }
        if self.worker.heartbeat * 2 > self.worker.lease {
            bail!("WTS_HEARTBEAT_MS must be at most half of WTS_LEASE_MS");
        }
        if self.worker.slots == 0 {
            bail!("WTS_WORKER_SLOTS is 0; a worker needs at least one");
        }
        if self.sandbox.pool_floor > self.sandbox.pool_ceiling || self.sandbox.pool_ceiling < self.worker.slots {
            bail!("WTS_POOL_FLOOR <= WTS_POOL_CEILING and WTS_WORKER_SLOTS <= WTS_POOL_CEILING must hold");
        }
        if self.limits.cost_capacity < crate::graphql::COST_MAX as u64
            || self.limits.cost_per_second == 0
            || self.limits.operations_max == 0
        {
            bail!(
                "WTS_COST_CAPACITY is at least what one operation may cost, {}; WTS_COST_PER_SECOND and WTS_OPERATIONS_MAX are at least 1",
                crate::graphql::COST_MAX
            );
        }
        if self.sandbox.cell_runs_max == 0 {
            bail!("WTS_CELL_RUNS is 0; a cell takes at least one run");
        }
        Ok(())
    }
}
