//! Percentiles, and what `/proc` says of processes.

use std::{fs, time::Duration};

use serde_json::{Value, json};

pub struct Figures(Vec<f64>);

pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

impl Figures {
    pub fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }

    pub fn at(&self, percent: usize) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((self.0.len() * percent / 100).min(last)).copied().unwrap_or(f64::NAN)
    }

    pub fn json(&self) -> Value {
        json!({"p50": self.at(50), "p95": self.at(95), "p99": self.at(99), "count": self.0.len()})
    }
}

/// The fields of stat(5) from the third on; the command before them may hold spaces and brackets.
fn stat(pid: i32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.get(stat.rfind(')')? + 2..)?.split_whitespace().map(str::to_owned).collect())
}

/// CPU time of a process, in microseconds, as exact as the kernel's ticks of 10 ms.
pub fn cpu_us(pid: i32) -> f64 {
    let ticks = |index: usize| stat(pid).and_then(|fields| fields.get(index)?.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) * 10_000.0
}

pub fn resident_mib(pid: i32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1_024.0
}

pub fn load_average() -> String {
    fs::read_to_string("/proc/loadavg").unwrap_or_default().split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// A process, told apart from a later one with the same pid.
#[derive(Clone, PartialEq)]
pub struct Process {
    pid: i32,
    started: String,
}

impl Process {
    fn read(pid: i32) -> Option<(Self, String)> {
        let fields = stat(pid)?;
        Some((Self { pid, started: fields.get(19)?.clone() }, fields.first()?.clone()))
    }

    /// Neither there nor a zombie of what was.
    pub fn is_dead(&self) -> bool {
        Self::read(self.pid).is_none_or(|(now, state)| now != *self || state == "Z" || state == "X")
    }
}

/// Every process of the user ids in the range that burns CPU, with all others of the same user.
pub fn busy_tree(uids: std::ops::Range<u32>) -> Vec<Process> {
    let mut found: Vec<(u32, Process, bool)> = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("Uid:"));
        let Some(uid) = line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok()) else { continue };
        if !uids.contains(&uid) {
            continue;
        }
        // Warm interpreters have hardly used any; the loop has.
        let runs = Process::read(pid).is_some_and(|(_, state)| state == "R");
        if let Some((process, _)) = Process::read(pid) {
            found.push((uid, process, runs));
        }
    }
    let busy: Vec<u32> = found.iter().filter(|(.., runs)| *runs).map(|(uid, ..)| *uid).collect();
    found.into_iter().filter(|(uid, ..)| busy.contains(uid)).map(|(_, process, _)| process).collect()
}
