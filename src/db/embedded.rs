//! A private Postgres for one machine: started from the newest installed server binaries, reached by a Unix socket only.
//! It outlives a crash of ours; the next start adopts it. Durable: `fsync` stays on.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use sha2::{Digest, Sha256};

use super::Conn;

/// The user the server runs as when we are root, which Postgres refuses to be.
const SERVER_USER: &str = "postgres";
/// Where clusters live when we are root and the server's user cannot enter the data directory (`/root` is closed to it).
const SHARED_HOME: &str = "/var/lib/weak-to-strong";
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// The kernel's limit on the path of a Unix socket.
const SOCKET_PATH_BYTES_MAX: usize = 107;
const READY_TIMEOUT: Duration = Duration::from_mins(1);
/// How long what is left of a killed server may stand in the way of the next.
const LINGER_TIMEOUT: Duration = Duration::from_secs(20);
const LINGER_POLL: Duration = Duration::from_millis(250);
const LOCK_TIMEOUT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(25);
const LOG_BYTES_MAX: u64 = 16 << 20;

/// A running server of our own.
#[derive(Debug)]
pub struct Embedded {
    home: PathBuf,
    binaries: Binaries,
    owner: Option<Owner>,
    socket_dir: PathBuf,
    /// False when the server ran already and was adopted.
    pub started_here: bool,
}

/// Another user than ours to run the server as.
#[derive(Clone, Copy, Debug)]
struct Owner {
    uid: u32,
    gid: u32,
}

#[derive(Clone, Debug)]
struct Binaries {
    /// None: found by name on the PATH.
    dir: Option<PathBuf>,
    major: u32,
}

impl Embedded {
    /// Starts or adopts the server of `data_dir` and returns when it answers; at most one caller a directory at a time.
    pub async fn start(data_dir: &Path) -> anyhow::Result<Self> {
        let data_dir = data_dir.to_owned();
        tokio::task::spawn_blocking(move || launch(&data_dir)).await?
    }

    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port=5432&user=postgres", percent_encoded(&self.socket_dir))
    }

    /// Where the cluster is, for the announcement.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    #[must_use]
    pub fn major_version(&self) -> u32 {
        self.binaries.major
    }

    /// Makes the database when it is missing.
    pub async fn ensure_database(&self, name: &str) -> anyhow::Result<()> {
        // Named here only: its methods shadow those of slices.
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Found {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            found: bool,
        }
        let mut conn = Conn::establish(&self.url("postgres")).await.context("the embedded Postgres does not answer")?;
        let found: Found = diesel::sql_query("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1) AS found")
            .bind::<diesel::sql_types::Text, _>(name)
            .get_result(&mut conn)
            .await?;
        if !found.found {
            conn.batch_execute(&format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\""))).await?;
        }
        Ok(())
    }

    /// Stops the server and waits for it; connections that are still open are ended.
    pub async fn stop(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || {
            let output = self.server_command("pg_ctl").args(["stop", "-D", "data", "-m", "fast", "-w", "-t", "30"]).output()?;
            succeeded("pg_ctl stop", &output)
        })
        .await?
    }

    fn server_command(&self, program: &str) -> Command {
        command(&self.binaries, program, &self.home, self.owner)
    }
}

fn launch(data_dir: &Path) -> anyhow::Result<Embedded> {
    fs::create_dir_all(data_dir).with_context(|| format!("cannot make {}", data_dir.display()))?;
    let data_dir = data_dir.canonicalize()?;
    // Held until the end of this function, so that two starts at once make one server.
    let _lock = lock(&data_dir.join("postgres.lock"))?;
    let (home, owner) = prepare_home(&data_dir)?;
    let cluster = home.join("data");
    let binaries = find_binaries(wanted_major(&cluster)?)?;
    if let Some(socket_dir) = adopt(&cluster)? {
        return Ok(Embedded { home, binaries, owner, socket_dir, started_here: false });
    }
    let socket_dir = prepare_socket_dir(&home, owner)?;
    let embedded = Embedded { home, binaries, owner, socket_dir, started_here: true };
    if !cluster.join("PG_VERSION").exists() {
        initialise(&embedded)?;
    }
    write_settings(&embedded)?;
    run_after_the_last(&embedded)?;
    Ok(embedded)
}

/// After a kill, the last server's process or one of its backends may linger for a moment, and Postgres refuses to start beside it; it
/// leaves the pid file where it was then.
fn run_after_the_last(embedded: &Embedded) -> anyhow::Result<()> {
    let deadline = Instant::now() + LINGER_TIMEOUT;
    loop {
        match run(embedded) {
            Err(error) if Instant::now() < deadline && embedded.home.join("data/postmaster.pid").exists() => {
                tracing::warn!(error = format!("{error:#}"), "Postgres does not start yet");
                thread::sleep(LINGER_POLL);
            }
            ended => return ended,
        }
    }
}

fn lock(path: &Path) -> anyhow::Result<File> {
    let file = File::options().create(true).append(true).open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let deadline = Instant::now() + LOCK_TIMEOUT;
    while file.try_lock().is_err() {
        if Instant::now() > deadline {
            bail!(
                "DATABASE_LOCKED: another process has been starting the embedded Postgres for {} s ({})",
                LOCK_TIMEOUT.as_secs(),
                path.display()
            );
        }
        thread::sleep(POLL);
    }
    Ok(file)
}

/// The folder of cluster, socket and log, and the user the server runs as. An existing cluster keeps its owner.
fn prepare_home(data_dir: &Path) -> anyhow::Result<(PathBuf, Option<Owner>)> {
    let home = data_dir.join("postgres");
    if !nix::unistd::geteuid().is_root() {
        make_private_dir(&home, None)?;
        return Ok((home, None));
    }
    let near = owner_of(&home.join("data"));
    let owner = match near {
        Some(owner) => owner,
        None => server_user()?,
    };
    make_private_dir(&home, Some(owner))?;
    if enterable(&home, owner) {
        return Ok((home, Some(owner)));
    }
    let digest = Sha256::digest(data_dir.as_os_str().as_encoded_bytes());
    let far = Path::new(SHARED_HOME).join(hex::encode(&digest[..8]));
    fs::create_dir_all(SHARED_HOME)?;
    make_private_dir(&far, Some(owner))?;
    if !enterable(&far, owner) {
        bail!("DATABASE_DIRECTORY_CLOSED: the user {SERVER_USER} may enter neither {} nor {}", home.display(), far.display());
    }
    Ok((far, Some(owner)))
}

fn owner_of(path: &Path) -> Option<Owner> {
    fs::metadata(path).ok().filter(|meta| meta.uid() != 0).map(|meta| Owner { uid: meta.uid(), gid: meta.gid() })
}

fn server_user() -> anyhow::Result<Owner> {
    let user = nix::unistd::User::from_name(SERVER_USER)?;
    let user = user.with_context(|| {
        format!("DATABASE_USER_MISSING: Postgres refuses to run as root and there is no user {SERVER_USER}; make one, run as another user, or set DATABASE_URL")
    })?;
    Ok(Owner { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
}

fn make_private_dir(path: &Path, owner: Option<Owner>) -> anyhow::Result<()> {
    if !path.exists() {
        DirBuilder::new().mode(0o700).create(path).with_context(|| format!("cannot make {}", path.display()))?;
    }
    if let Some(owner) = owner {
        chown(path, Some(owner.uid), Some(owner.gid))?;
    }
    Ok(())
}

/// Asked of the kernel, by starting something there: rights on every parent count.
fn enterable(dir: &Path, owner: Owner) -> bool {
    Command::new("true").uid(owner.uid).gid(owner.gid).current_dir(dir).status().is_ok_and(|status| status.success())
}

fn wanted_major(cluster: &Path) -> anyhow::Result<Option<u32>> {
    match fs::read_to_string(cluster.join("PG_VERSION")) {
        Ok(text) => Ok(Some(text.trim().parse().context("PG_VERSION of the embedded cluster is not a number")?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The newest binaries, or those of the version that made the cluster.
fn find_binaries(wanted: Option<u32>) -> anyhow::Result<Binaries> {
    let mut found: Vec<Binaries> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
        .map(|(major, bin)| Binaries { dir: Some(bin), major })
        .collect();
    found.extend(major_on_path().map(|major| Binaries { dir: None, major }));
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    match wanted {
        None => found.into_iter().next().context(
            "DATABASE_BINARIES_MISSING: DATABASE_URL is not set and no Postgres server is installed in /usr/lib/postgresql or on the PATH; \
             install one (Debian: apt-get install postgresql) or set DATABASE_URL",
        ),
        Some(major) => found.into_iter().find(|binaries| binaries.major == major).with_context(|| {
            format!("DATABASE_BINARIES_MISSING: the embedded cluster was made by Postgres {major}, which is not installed any more")
        }),
    }
}

fn major_on_path() -> Option<u32> {
    let output = Command::new("pg_ctl").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace().last()?.split('.').next()?.parse().ok()
}

fn command(binaries: &Binaries, program: &str, home: &Path, owner: Option<Owner>) -> Command {
    let path = binaries.dir.as_ref().map_or_else(|| PathBuf::from(program), |dir| dir.join(program));
    let mut command = Command::new(path);
    command.current_dir(home).stdin(Stdio::null());
    if let Some(owner) = owner {
        command.uid(owner.uid).gid(owner.gid);
    }
    command
}

fn succeeded(what: &str, output: &Output) -> anyhow::Result<()> {
    if output.status.success() {
        return Ok(());
    }
    bail!("{what} failed: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The socket directory of a server that runs on this cluster already; waits until it is ready.
fn adopt(cluster: &Path) -> anyhow::Result<Option<PathBuf>> {
    let pid_file = cluster.join("postmaster.pid");
    let deadline = Instant::now() + READY_TIMEOUT;
    loop {
        let Ok(text) = fs::read_to_string(&pid_file) else { return Ok(None) };
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let Some(pid) = lines.first().and_then(|line| line.parse::<i32>().ok()) else { return Ok(None) };
        match occupant(pid, cluster) {
            Occupant::Ours => {}
            // Postgres checks and removes this one itself: only it can tell whether a backend still holds the memory.
            Occupant::Nobody => return Ok(None),
            Occupant::Stranger => {
                tracing::warn!(pid, "removed a stale postmaster.pid whose process id belongs to something else now");
                fs::remove_file(&pid_file)?;
                return Ok(None);
            }
        }
        if lines.get(7).is_some_and(|status| *status == "ready") {
            return Ok(lines.get(4).map(PathBuf::from));
        }
        if Instant::now() > deadline {
            bail!("DATABASE_NOT_READY: Postgres {pid} has not become ready in {} s", READY_TIMEOUT.as_secs());
        }
        thread::sleep(POLL);
    }
}

enum Occupant {
    Ours,
    Stranger,
    Nobody,
}

/// Whose the process id in the pid file is now. A Postgres server works in its cluster's directory.
fn occupant(pid: i32, cluster: &Path) -> Occupant {
    if nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) == Err(nix::errno::Errno::ESRCH) {
        return Occupant::Nobody;
    }
    match fs::read_link(format!("/proc/{pid}/cwd")) {
        Ok(cwd) if cwd == cluster => Occupant::Ours,
        Ok(_) => Occupant::Stranger,
        // A zombie has no directory any more; elsewhere than on Linux nothing has.
        Err(_) if Path::new("/proc/self").exists() => Occupant::Nobody,
        Err(_) => Occupant::Ours,
    }
}

/// Beside the cluster where the kernel's limit allows, else a directory in /tmp that is ours alone.
fn prepare_socket_dir(home: &Path, owner: Option<Owner>) -> anyhow::Result<PathBuf> {
    let near = home.join("run");
    let fits = near.join(SOCKET_NAME).as_os_str().len() <= SOCKET_PATH_BYTES_MAX;
    let dir = if fits {
        near
    } else {
        let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
        Path::new("/tmp").join(format!("wts-{}", hex::encode(&digest[..8])))
    };
    match fs::symlink_metadata(&dir) {
        Err(_) => make_private_dir(&dir, owner)?,
        Ok(meta) => {
            let uid = owner.map_or_else(|| nix::unistd::geteuid().as_raw(), |owner| owner.uid);
            if !meta.is_dir() || meta.uid() != uid || meta.permissions().mode() & 0o077 != 0 {
                bail!("DATABASE_SOCKET_DIRECTORY_TAKEN: {} is not a private directory of ours", dir.display());
            }
        }
    }
    Ok(dir)
}

/// Under another name first: an interrupted start never leaves half a cluster.
fn initialise(embedded: &Embedded) -> anyhow::Result<()> {
    let fresh = embedded.home.join("data.new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    let mut initdb = embedded.server_command("initdb");
    initdb.args(["-D", "data.new", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
    succeeded("initdb", &initdb.output().context("cannot run initdb")?)?;
    let mut settings = File::options().append(true).open(fresh.join("postgresql.conf"))?;
    settings.write_all(b"\ninclude = 'weak-to-strong.conf'\n")?;
    settings.sync_all()?;
    fs::rename(&fresh, embedded.home.join("data"))?;
    Ok(())
}

/// Written at each start, so that what this program needs follows the program.
fn write_settings(embedded: &Embedded) -> anyhow::Result<()> {
    let socket_dir = embedded.socket_dir.to_string_lossy().replace('\'', "''");
    let text = format!(
        "# Written at each start; changes are lost.\n\
         listen_addresses = ''\nport = 5432\nunix_socket_directories = '{socket_dir}'\nunix_socket_permissions = 0700\n\
         max_connections = 200\nfsync = on\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
    );
    let path = embedded.home.join("data/weak-to-strong.conf");
    fs::write(&path, text)?;
    if let Some(owner) = embedded.owner {
        chown(&path, Some(owner.uid), Some(owner.gid))?;
    }
    Ok(())
}

/// `pg_ctl` gives the server a session of its own, so that neither our end nor a Ctrl-C reaches it.
fn run(embedded: &Embedded) -> anyhow::Result<()> {
    let log = embedded.home.join("server.log");
    if fs::metadata(&log).is_ok_and(|meta| meta.len() > LOG_BYTES_MAX) {
        fs::write(&log, b"")?;
    }
    let timeout = READY_TIMEOUT.as_secs().to_string();
    let mut start = embedded.server_command("pg_ctl");
    start.args(["start", "-D", "data", "-l", "server.log", "-w", "-t", &timeout]);
    // The server inherits these: a pipe would keep us waiting for as long as it runs.
    let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status().context("cannot run pg_ctl")?;
    if status.success() {
        return Ok(());
    }
    let text = fs::read_to_string(&log).unwrap_or_default();
    let mut tail: Vec<&str> = text.lines().rev().take(10).collect();
    tail.reverse();
    bail!("DATABASE_NOT_READY: the embedded Postgres did not start; the end of {} says:\n{}", log.display(), tail.join("\n"))
}

fn percent_encoded(path: &Path) -> String {
    use std::fmt::Write as _;
    path.as_os_str().as_encoded_bytes().iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_part_of_a_url() {
        assert_eq!(percent_encoded(Path::new("/a b/ü")), "%2Fa%20b%2F%C3%BC");
    }

    #[tokio::test]
    async fn a_second_start_adopts_the_server_of_the_first() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        let first = Embedded::start(dir.path()).await?;
        assert!(first.started_here);
        first.ensure_database("here").await?;
        let second = Embedded::start(dir.path()).await?;
        assert!(!second.started_here);
        second.ensure_database("here").await?;
        Conn::establish(&second.url("here")).await?;
        first.stop().await?;
        // As a crash leaves it, and the process id has gone to somebody else since.
        fs::write(second.home.join("data/postmaster.pid"), format!("{}\n", std::process::id()))?;
        let third = Embedded::start(dir.path()).await?;
        assert!(third.started_here);
        let home = third.home.clone();
        third.stop().await?;
        fs::remove_dir_all(home)?;
        Ok(())
    }
}
