//! The processes of the private Postgres.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use weak_to_strong::db::embedded::Embedded;

pub fn postmaster(database: &Embedded) -> Pid {
    let file = std::fs::read_to_string(database.home().join("data/postmaster.pid")).unwrap();
    Pid::from_raw(file.lines().next().unwrap().trim().parse().unwrap())
}

/// A database that answers nothing and closes nothing, as behind a network that swallows everything, until it is dropped.
pub struct Paused(Vec<Pid>);

impl Paused {
    pub fn new(database: &Embedded) -> Self {
        let first = postmaster(database);
        // From now on there are no new ones.
        kill(first, Signal::SIGSTOP).unwrap();
        let mut stopped = vec![first];
        for child in children(first) {
            // It may have ended in the meantime.
            if kill(child, Signal::SIGSTOP).is_ok() {
                stopped.push(child);
            }
        }
        Self(stopped)
    }
}

impl Drop for Paused {
    fn drop(&mut self) {
        for pid in &self.0 {
            let _ = kill(*pid, Signal::SIGCONT);
        }
    }
}

fn children(parent: Pid) -> Vec<Pid> {
    let processes = procfs_ids();
    processes.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn procfs_ids() -> impl Iterator<Item = Pid> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).map(Pid::from_raw)
}

fn parent_of(pid: Pid) -> Option<Pid> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything; behind it come the state and the parent.
    let parent = stat.rsplit(')').next()?.split_whitespace().nth(1)?;
    parent.parse().ok().map(Pid::from_raw)
}
