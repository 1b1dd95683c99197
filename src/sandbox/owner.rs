//! Who made a container: labels that let a worker clean up after a dead one and keep its hands off a living one.

use std::{collections::HashMap, fs};

/// The names of labels are a contract between versions of this program that run on one engine.
pub(super) const CELL_OF: &str = "weak-to-strong.cell";
pub(super) const RUNTIME: &str = "weak-to-strong.runtime";
pub(super) const SUBJECT_UID: &str = "weak-to-strong.subject-uid";
const PID: &str = "weak-to-strong.owner-pid";
const STARTED: &str = "weak-to-strong.owner-started";
const BOOT: &str = "weak-to-strong.owner-boot";
const PID_NAMESPACE: &str = "weak-to-strong.owner-pid-namespace";

/// A process, told apart from a later one with the same pid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pid: u32,
    /// Clock ticks after the boot.
    started: String,
    boot: String,
    pid_namespace: String,
}

impl Owner {
    pub(super) fn this_process() -> Self {
        let pid = std::process::id();
        Self {
            pid,
            started: start_time(pid).unwrap_or_default(),
            boot: fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned(),
            pid_namespace: fs::read_link("/proc/self/ns/pid").map(|link| link.to_string_lossy().into_owned()).unwrap_or_default(),
        }
    }

    pub(super) fn labels(&self) -> HashMap<String, String> {
        HashMap::from([
            (PID.to_owned(), self.pid.to_string()),
            (STARTED.to_owned(), self.started.clone()),
            (BOOT.to_owned(), self.boot.clone()),
            (PID_NAMESPACE.to_owned(), self.pid_namespace.clone()),
        ])
    }

    pub(super) fn read(labels: &HashMap<String, String>) -> Option<Self> {
        let get = |name: &str| labels.get(name).cloned();
        Some(Self { pid: get(PID)?.parse().ok()?, started: get(STARTED)?, boot: get(BOOT)?, pid_namespace: get(PID_NAMESPACE)? })
    }

    /// Whether `other` is known to be dead. A process of another machine or pid namespace cannot be seen from here, so it is
    /// not; its running cells end by themselves, because their agents leave when their stdin closes.
    pub(super) fn knows_dead(&self, other: &Self) -> bool {
        let visible = !self.boot.is_empty() && self.boot == other.boot && self.pid_namespace == other.pid_namespace;
        visible && start_time(other.pid).as_ref() != Some(&other.started)
    }
}

/// The 22nd field of stat(5); the command before it may hold spaces and brackets.
fn start_time(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let after_command = &stat[stat.rfind(')')? + 1..];
    after_command.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_left_alone_and_the_dead_are_known() {
        let this = Owner::this_process();
        assert!(!this.started.is_empty() && !this.boot.is_empty());
        assert_eq!(Owner::read(&this.labels()).as_ref(), Some(&this));
        assert!(!this.knows_dead(&this));
        let reused_pid = Owner { started: "1".to_owned(), ..this.clone() };
        assert!(this.knows_dead(&reused_pid));
        let gone = Owner { pid: u32::MAX, ..this.clone() };
        assert!(this.knows_dead(&gone));
        let elsewhere = Owner { boot: "another machine".to_owned(), ..gone.clone() };
        assert!(!this.knows_dead(&elsewhere));
        let contained = Owner { pid_namespace: "pid:[1]".to_owned(), ..gone };
        assert!(!this.knows_dead(&contained));
    }
}
