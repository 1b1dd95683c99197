//! The limits, one table: what the learner's code may use, and what its cell gets on top for agent and judge.

use serde::Serialize;

use super::Runtime;

const MIB: u64 = 1024 * 1024;

/// What one run may use, as the agent is told. CPU time is the limit, wall time the back-stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    pub cpu_ms: u64,
    pub wall_ms: u64,
    pub memory_mib: u64,
    pub pids: u64,
    /// The largest file, and all files together.
    pub file_mib: u64,
    pub output_bytes_max: u64,
    pub line_bytes_max: u64,
    /// One call from a check into the learner's code, and one step of a learner's iterator.
    pub call_timeout_ms: u64,
    pub round_trips_max: u64,
    pub judge_cpu_ms: u64,
    pub judge_memory_mib: u64,
}

impl Limits {
    #[must_use]
    pub const fn of(runtime: Runtime) -> Self {
        match runtime {
            Runtime::Python => Self::python(),
            Runtime::Data => Self::data(),
            Runtime::Web => Self::web(),
            Runtime::Cloud => Self::cloud(),
        }
    }

    #[must_use]
    pub const fn python() -> Self {
        Self::table_row(256, 10_000, 64, 32)
    }

    #[must_use]
    pub const fn data() -> Self {
        Self::table_row(768, 30_000, 128, 64)
    }

    #[must_use]
    pub const fn web() -> Self {
        Self::table_row(1024, 30_000, 256, 64)
    }

    #[must_use]
    pub const fn cloud() -> Self {
        Self::table_row(768, 60_000, 256, 64)
    }

    const fn table_row(memory_mib: u64, cpu_ms: u64, pids: u64, file_mib: u64) -> Self {
        Self {
            cpu_ms,
            wall_ms: 3 * cpu_ms,
            memory_mib,
            pids,
            file_mib,
            output_bytes_max: MIB,
            line_bytes_max: 64 * 1024,
            call_timeout_ms: 2_000,
            round_trips_max: 100_000,
            judge_cpu_ms: 2 * cpu_ms,
            judge_memory_mib: 256,
        }
    }
}

/// What the engine enforces on a whole cell; derived, so that the walls can never be narrower than what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellLimits {
    /// Memory and swap together.
    pub memory_bytes: u64,
    /// Thousandths of a CPU.
    pub cpu_milli: u64,
    pub pids: u64,
    pub work_bytes: u64,
    pub work_inodes: u64,
    pub tmp_bytes: u64,
    pub tmp_inodes: u64,
    pub shm_bytes: u64,
    pub shm_inodes: u64,
    pub open_files: u64,
    pub file_bytes: u64,
}

impl CellLimits {
    /// Memory of agent, zygote and judge.
    const AGENT_MIB: u64 = 96;
    const AGENT_PIDS: u64 = 32;
    const TMP_MIB: u64 = 8;
    const SHM_MIB: u64 = 1;

    #[must_use]
    pub const fn of(runtime: Runtime) -> Self {
        let limits = Limits::of(runtime);
        Self {
            // The pages of each tmpfs are charged to the cell, and filling them must not kill the agent.
            memory_bytes: (limits.memory_mib + Self::AGENT_MIB + limits.file_mib + Self::TMP_MIB + Self::SHM_MIB) * MIB,
            // Judge and subject take turns; the half is for the agent beside them.
            cpu_milli: 1_500,
            pids: limits.pids + Self::AGENT_PIDS,
            work_bytes: limits.file_mib * MIB,
            work_inodes: 4_096,
            tmp_bytes: Self::TMP_MIB * MIB,
            tmp_inodes: 1_024,
            shm_bytes: Self::SHM_MIB * MIB,
            shm_inodes: 64,
            open_files: 1_024,
            file_bytes: limits.file_mib * MIB,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_what_its_run_may_use() {
        for runtime in Runtime::ALL {
            let (run, cell) = (Limits::of(runtime), CellLimits::of(runtime));
            assert!(cell.memory_bytes >= (run.memory_mib + 96) * MIB + cell.work_bytes + cell.tmp_bytes + cell.shm_bytes, "{runtime:?}");
            assert!(cell.pids >= run.pids + 32, "{runtime:?}");
            assert_eq!(run.wall_ms, 3 * run.cpu_ms, "{runtime:?}");
        }
    }
}
