//! Subscribers of npm beside ours, where Node is there.

use std::{
    net::SocketAddr,
    process::{Output, Stdio},
};

use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    process::{ChildStdin, Command},
    sync::mpsc,
    task::JoinSet,
};

use crate::outside::scripts;

/// One process that follows everything it is told of.
pub struct Followers {
    told: mpsc::UnboundedSender<String>,
    /// Empty where there is no Node.
    running: JoinSet<Output>,
}

impl Followers {
    pub fn start(servers: &[SocketAddr]) -> Self {
        let (told, heard) = mpsc::unbounded_channel();
        let mut running = JoinSet::new();
        if let Some(folder) = scripts("browser") {
            let urls: Vec<String> = servers.iter().map(|address| format!("ws://{address}/graphql")).collect();
            let mut command = Command::new("node");
            command.arg("followers.mjs").current_dir(folder).env("URLS", urls.join(","));
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
            let mut process = command.spawn().unwrap();
            let stdin = process.stdin.take().unwrap();
            // What it prints is read all the time: a full pipe would hold it up.
            running.spawn(async { tokio::join!(process.wait_with_output(), tell(stdin, heard)).0.unwrap() });
        }
        Self { told, running }
    }

    pub fn follow(&self, submission_id: &str, token: &str) {
        // Nobody listens where there is no Node, or where it has failed.
        let _ = self.told.send(format!("{}\n", json!({"submissionId": submission_id, "token": token})));
    }

    /// When everything was followed to its end: the summary. Panics with what was printed if a log had a hole or a repetition.
    pub async fn end(self) -> String {
        let Self { told, running } = self;
        drop(told);
        let Some(output) = running.join_all().await.pop() else { return "left out".to_owned() };
        let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}\n{said}{failed}", output.status);
        said.lines().last().unwrap_or_default().to_owned()
    }
}

async fn tell(mut stdin: ChildStdin, mut heard: mpsc::UnboundedReceiver<String>) {
    while let Some(line) = heard.recv().await {
        // One that has failed reads no more, and says why at its end.
        if stdin.write_all(line.as_bytes()).await.is_err() {
            break;
        }
    }
}
