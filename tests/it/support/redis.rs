//! A Redis of one test's own, without persistence: what is killed has forgotten everything when it starts again.

use std::{path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    process::{Child, Command},
    time::{sleep, timeout},
};

use super::app::DEADLINE;

pub struct Redis {
    folder: tempfile::TempDir,
    server: Option<Child>,
}

impl Redis {
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("weak-to-strong-redis-").tempdir().unwrap();
        let mut redis = Self { folder, server: None };
        redis.start_again().await;
        redis
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// What REDIS_URL is set to.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Returns when it answers.
    pub async fn start_again(&mut self) {
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(self.socket());
        command.arg("--dir").arg(self.folder.path());
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        self.server = Some(spawned.expect("redis-server is not installed: scripts/setup.sh --test installs it"));
        let answering = async {
            while self.ask("PING").await.is_none_or(|answer| answer != "+PONG") {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(DEADLINE, answering).await.expect("Redis does not start");
    }

    pub async fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().await.unwrap();
        }
    }

    /// Forgets everything, as after an eviction or a fail-over to an empty replica.
    pub async fn flush(&self) {
        assert_eq!(self.ask("FLUSHALL").await.as_deref(), Some("+OK"));
    }

    /// The answer to one command without arguments; None when it does not answer.
    async fn ask(&self, command: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).await.ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).await.ok()?;
        let mut answer = [0; 64];
        let read = stream.read(&mut answer).await.ok()?;
        Some(String::from_utf8_lossy(&answer[..read]).trim().to_owned())
    }
}
