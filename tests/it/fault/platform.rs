//! The real binary as a process of its own, with a data directory, a port and a sandbox label that nobody else has.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{ExitStatus, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::process::{Child, Command};
use weak_to_strong::db::embedded::Embedded;

/// Lines of the server's log that a failed test shows.
const LOG_LINES_SHOWN: usize = 60;

pub struct Platform {
    pub address: SocketAddr,
    pub label: String,
    data: tempfile::TempDir,
    /// Where the private Postgres is, which may be elsewhere than in `data`.
    pub database_home: PathBuf,
    database_url: String,
    settings: Vec<(String, String)>,
    server: Option<Child>,
}

impl Platform {
    /// The database runs before the server does, so that the server adopts it and leaves it alone when it ends.
    pub async fn prepare(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::Builder::new().prefix("weak-to-strong-").tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        let database = Embedded::start(data.path()).await.unwrap();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let label = format!("process-{}-{}", std::process::id(), address.port());
        let (database_home, database_url) = (database.home().to_owned(), database.url("weak_to_strong"));
        Self { address, label, database_home, database_url, data, settings, server: None }
    }

    pub fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    fn log(&self) -> PathBuf {
        self.data.path().join("server.log")
    }

    pub fn start_server(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_weak-to-strong"));
        command.arg("serve").current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("DATABASE_URL");
        command.env("PORT", self.address.port().to_string()).env("WTS_DATA_DIR", self.data.path()).env("WTS_SANDBOX_LABEL", &self.label);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true);
        self.server = Some(command.spawn().unwrap());
    }

    /// The process id of the server.
    pub fn server_pid(&self) -> i32 {
        let id = self.server.as_ref().and_then(Child::id).expect("the server does not run");
        i32::try_from(id).unwrap()
    }

    /// Resolves when the server ends by itself.
    pub async fn server_ended(&mut self) -> ExitStatus {
        self.server.as_mut().expect("the server does not run").wait().await.unwrap()
    }

    pub async fn kill_server(&mut self) {
        let mut server = self.server.take().expect("the server does not run");
        server.kill().await.unwrap();
    }

    /// Ends the server as a deployment does.
    pub async fn stop_server(&mut self) -> ExitStatus {
        kill(Pid::from_raw(self.server_pid()), Signal::SIGTERM).unwrap();
        let ended = self.server_ended().await;
        self.server = None;
        ended
    }

    /// SIGQUIT is what `pg_ctl -m immediate` sends: no checkpoint, the next start recovers from the log. SIGKILL leaves even the pid
    /// file. Returns when the server process is gone.
    pub fn kill_database(&self, signal: Signal) {
        let Some(pid) = self.database_pid() else { return };
        if kill(Pid::from_raw(pid), signal).is_ok() {
            while is_running(pid) {
                std::thread::yield_now();
            }
        }
    }

    fn database_pid(&self) -> Option<i32> {
        fs::read_to_string(self.database_home.join("data/postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }

    /// Starts the database when it does not run.
    pub async fn start_database(&self) -> Embedded {
        Embedded::start(self.data.path()).await.unwrap()
    }

    /// Where the database is, for those who look at it directly.
    pub fn database_url(&self) -> String {
        self.database_url.clone()
    }

    /// Kills the first process of one of the cells, and with it everything in it.
    pub fn kill_an_agent(&self) {
        if let Some(cell) = self.cells().pop() {
            // It may have ended by itself in the meantime.
            let _ = std::process::Command::new("docker").args(["kill", "--signal", "KILL", &cell]).output();
        }
    }

    /// Kills the container engine of this machine and starts it again, as this project's set-up does.
    pub fn kill_engine(&self) {
        let pid: i32 = fs::read_to_string("/var/run/docker.pid").unwrap().trim().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        while is_running(pid) {
            std::thread::yield_now();
        }
        let started = std::process::Command::new("scripts/setup.sh").current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
        assert!(started.status.success(), "{}: {started:?}", self.label);
    }

    /// Ids of the cells that the engine has of this platform.
    pub fn cells(&self) -> Vec<String> {
        cells(&self.label)
    }

    /// The end of the server's log.
    pub fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n")
    }
}

/// A process that has ended and was not yet asked how is not running.
pub fn is_running(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

pub fn cells(label: &str) -> Vec<String> {
    let filter = format!("label=weak-to-strong.cell={label}");
    let listed = std::process::Command::new("docker").args(["ps", "-aq", "--filter", &filter]).output().unwrap();
    assert!(listed.status.success(), "{listed:?}");
    String::from_utf8_lossy(&listed.stdout).split_whitespace().map(str::to_owned).collect()
}

impl Drop for Platform {
    #[expect(clippy::print_stderr, reason = "a failed test shows why")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the end of the server's log:\n{}", self.log_tail());
        }
        if let Some(server) = &mut self.server {
            let _ = server.start_kill();
        }
        let left = cells(&self.label);
        if !left.is_empty() {
            let _ = std::process::Command::new("docker").args(["rm", "-f"]).args(left).output();
        }
        self.kill_database(Signal::SIGQUIT);
        let _ = fs::remove_dir_all(&self.database_home);
    }
}
