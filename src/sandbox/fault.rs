//! What can go wrong with a cell: always ours, never the learner's.

use std::time::Duration;

use super::Runtime;

/// A fault of engine, cell or agent. The run it ended may be tried again in another cell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the container engine does not answer: {0}")]
    EngineUnreachable(String),
    #[error("the container engine did not finish to {operation} within {} ms", after.as_millis())]
    EngineTimeout { operation: &'static str, after: Duration },
    #[error("the container engine refused to {operation}: {message}")]
    EngineRefused { operation: &'static str, message: String },
    #[error("there is no image {0}; build the sandbox images first")]
    NoImage(String),
    /// Nothing is run where a wall or a limit would be missing.
    #[error("this host cannot enforce: {}", .0.join("; "))]
    CannotEnforce(Vec<String>),
    #[error("no uid pair is free on this host")]
    NoUid,
    #[error("a cell was not ready within {} ms", .0.as_millis())]
    NotReady(Duration),
    #[error("the self-check of a cell failed: {}", .0.join("; "))]
    SelfCheck(Vec<String>),
    #[error("no warm cell came free within {} ms", .0.as_millis())]
    NoCell(Duration),
    #[error("the cell died: {0}")]
    CellDied(String),
    #[error("the agent broke the protocol: {0}")]
    Protocol(String),
    #[error("the request is {bytes} bytes as a frame, more than {bytes_max}")]
    RequestTooLarge { bytes: usize, bytes_max: usize },
    #[error("the run did not end within its {} ms and the grace", .0.as_millis())]
    Overdue(Duration),
    #[error("a known-good run failed after an abnormal end: {0}")]
    CanaryFailed(String),
    #[error("the runtime {} is not offered here", .0.as_str())]
    NotOffered(Runtime),
    #[error("the sandbox is shutting down")]
    ShuttingDown,
}

impl Fault {
    /// Whether the host has no cell to give, whoever asks: nothing was run, so it says nothing of the run.
    #[must_use]
    pub const fn is_of_the_host(&self) -> bool {
        matches!(self, Self::EngineUnreachable(_) | Self::NoImage(_) | Self::CannotEnforce(_) | Self::NoUid | Self::NoCell(_))
    }

    /// Whether this host forbids the namespaces that runs of a reusable cell need, or has not loaded the AppArmor profile that lets
    /// them be, and nothing else is wrong.
    pub(super) fn forbids_reusable(&self) -> bool {
        match self {
            Self::SelfCheck(problems) => problems.iter().all(|problem| problem.starts_with("namespaces: ")),
            // In words that differ by the engine's version; but for that profile it is asked for none.
            Self::EngineRefused { message, .. } => message.to_ascii_lowercase().contains("apparmor"),
            _ => false,
        }
    }

    /// Its kind in a word, without what it met.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EngineUnreachable(_) => "EngineUnreachable",
            Self::EngineTimeout { .. } => "EngineTimeout",
            Self::EngineRefused { .. } => "EngineRefused",
            Self::NoImage(_) => "NoImage",
            Self::CannotEnforce(_) => "CannotEnforce",
            Self::NoUid => "NoUid",
            Self::NotReady(_) => "NotReady",
            Self::SelfCheck(_) => "SelfCheck",
            Self::NoCell(_) => "NoCell",
            Self::CellDied(_) => "CellDied",
            Self::Protocol(_) => "Protocol",
            Self::RequestTooLarge { .. } => "RequestTooLarge",
            Self::Overdue(_) => "Overdue",
            Self::CanaryFailed(_) => "CanaryFailed",
            Self::NotOffered(_) => "NotOffered",
            Self::ShuttingDown => "ShuttingDown",
        }
    }

    /// Whether trying again, in another cell or a little later, may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        !matches!(self, Self::CannotEnforce(_) | Self::NoImage(_) | Self::NotOffered(_) | Self::RequestTooLarge { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reusable_cells_are_gone_without() {
        let of = |problems: &[&str]| Fault::SelfCheck(problems.iter().map(|problem| (*problem).to_owned()).collect());
        assert!(of(&["namespaces: unshare: Operation not permitted"]).forbids_reusable());
        assert!(!of(&["namespaces: unshare: Operation not permitted", "network: connect was allowed"]).forbids_reusable());
        assert!(!of(&["namespace_net: the cell's own"]).forbids_reusable());
        assert!(!Fault::NoUid.forbids_reusable());
        let refused = |message: &str| Fault::EngineRefused { operation: "start a cell", message: message.to_owned() };
        let no_profile = "OCI runtime create failed: unable to apply apparmor profile: write /proc/self/attr/apparmor/exec: no such file";
        assert!(refused(no_profile).forbids_reusable());
        assert!(refused("AppArmor enabled on system but the profile could not be loaded").forbids_reusable());
        assert!(!refused("no space left on device").forbids_reusable());
    }
}
