//! The one error type: a request refused with a code, or a fault of ours.
//!
//! It has no `Display` on purpose: async-graphql converts everything that has one into an error without a code.

use std::{borrow::Cow, sync::Arc, time::Duration};

use async_graphql::ErrorExtensions;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The codes a client may see in `errors[].extensions.code`, and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    Unauthenticated,
    Forbidden,
    NotFound,
    BadUserInput,
    Conflict,
    RateLimited,
    CostExceeded,
    QuotaExceeded,
    FeatureDisabled,
    GraphqlParseFailed,
    GraphqlValidationFailed,
    PersistedQueryNotFound,
    PayloadTooLarge,
    Timeout,
    Unavailable,
    Internal,
}

impl Code {
    pub const ALL: [Self; 16] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::BadUserInput,
        Self::Conflict,
        Self::RateLimited,
        Self::CostExceeded,
        Self::QuotaExceeded,
        Self::FeatureDisabled,
        Self::GraphqlParseFailed,
        Self::GraphqlValidationFailed,
        Self::PersistedQueryNotFound,
        Self::PayloadTooLarge,
        Self::Timeout,
        Self::Unavailable,
        Self::Internal,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::QuotaExceeded => "QUOTA_EXCEEDED",
            Self::FeatureDisabled => "FEATURE_DISABLED",
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A time to wait as clients are told it: never less than it is, and at least 1.
#[must_use]
pub fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[derive(Clone, Debug)]
pub enum Error {
    /// The request was understood and is not granted; the client sees all of it.
    Refused {
        code: Code,
        message: Cow<'static, str>,
        /// Seconds-resolution hint for RATE_LIMITED and UNAVAILABLE.
        retry_after: Option<Duration>,
    },
    /// Something of ours broke; it is logged once, the client sees the request id only.
    Fault(Arc<anyhow::Error>),
}

impl Error {
    pub fn refused(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused { code, message: message.into(), retry_after: None }
    }

    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::refused(Code::Unauthenticated, "Log in to do this.")
    }

    pub fn forbidden(message: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(Code::Forbidden, message)
    }

    /// Also what a stranger gets for what exists but is not theirs.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::refused(Code::NotFound, format!("There is no such {what}."))
    }

    pub fn bad_input(message: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(Code::BadUserInput, message)
    }

    pub fn conflict(message: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(Code::Conflict, message)
    }

    pub fn rate_limited(message: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self::Refused { code: Code::RateLimited, message: message.into(), retry_after: Some(retry_after) }
    }

    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused { code: Code::Unavailable, message: message.into(), retry_after: Some(Duration::from_secs(1)) }
    }

    pub fn fault(error: impl Into<anyhow::Error>) -> Self {
        Self::Fault(Arc::new(error.into()))
    }

    /// A fault described by us, for what cannot happen while our own invariants hold.
    #[must_use]
    pub fn broken(message: &'static str) -> Self {
        Self::fault(anyhow::anyhow!(message))
    }

    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Fault(_) => Code::Internal,
        }
    }

    /// What a client may read.
    #[must_use]
    pub fn public_message(&self) -> Cow<'static, str> {
        match self {
            Self::Refused { message, .. } => message.clone(),
            Self::Fault(_) => Cow::Borrowed("Something broke on our side. It has been logged under this request id."),
        }
    }

    /// What broke, in words that are written here and hold nothing of anybody's: for those outside who are told of errors.
    #[must_use]
    pub fn cause(&self) -> &'static str {
        match self {
            Self::Refused { code, .. } => code.as_str(),
            Self::Fault(fault) => cause_of(fault),
        }
    }

    /// The chain for the log of a command-line command, where there is no client.
    #[must_use]
    pub fn into_anyhow(self) -> anyhow::Error {
        match self {
            Self::Refused { code, message, .. } => anyhow::anyhow!("{}: {message}", code.as_str()),
            Self::Fault(error) => anyhow::anyhow!("{error:#}"),
        }
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        if let Error::Fault(fault) = &error {
            tracing::error!(error = format!("{fault:#}"), cause = error.cause(), "a request met a fault");
        }
        let code = error.code();
        let retry_after = match &error {
            Error::Refused { retry_after, .. } => *retry_after,
            Error::Fault(_) => None,
        };
        Self::new(error.public_message()).extend_with(|_, values| {
            values.set("code", code.as_str());
            if let Some(wait) = retry_after {
                values.set("retryAfter", whole_seconds(wait));
            }
        })
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Diesel};
        match error {
            Diesel::NotFound => Self::not_found("record"),
            Diesel::DatabaseError(_, ref info) if connection_was_lost(info.message()) => {
                tracing::warn!(error = %error, "the database went away under a statement");
                Self::unavailable("The database is not reachable at the moment; nothing was lost, try again.")
            }
            Diesel::DatabaseError(_, ref info) if info.message().starts_with("canceling statement due to") => {
                tracing::warn!(error = %error, "a statement took too long");
                Self::unavailable("The database is slow at the moment; nothing was lost, try again.")
            }
            Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                Self::unavailable("Two changes met; nothing was lost, try again.")
            }
            other => Self::fault(other),
        }
    }
}

fn cause_of(fault: &anyhow::Error) -> &'static str {
    use diesel::result::{DatabaseErrorKind as Kind, Error as Diesel};
    // One of `Error::broken`.
    if let Some(words) = fault.downcast_ref::<&'static str>() {
        return words;
    }
    let known = fault.chain().find_map(|link| match link.downcast_ref::<Diesel>() {
        Some(Diesel::DatabaseError(Kind::UniqueViolation, _)) => Some("a unique constraint was violated"),
        Some(Diesel::DatabaseError(Kind::ForeignKeyViolation, _)) => Some("a foreign key was violated"),
        Some(Diesel::DatabaseError(Kind::CheckViolation, _)) => Some("a check of a table was violated"),
        Some(Diesel::DatabaseError(..)) => Some("the database refused a statement"),
        Some(Diesel::DeserializationError(_)) => Some("a row could not be read"),
        Some(_) => Some("the database layer failed"),
        None if link.is::<serde_json::Error>() => Some("JSON of ours could not be read or written"),
        None if link.is::<std::io::Error>() => Some("input or output failed"),
        None => None,
    });
    known.unwrap_or("a fault without a name")
}

/// The driver has no kind for it: these are its own words and the server's when it stops.
fn connection_was_lost(message: &str) -> bool {
    ["connection closed", "error communicating with the server", "terminating connection", "the database system is"]
        .iter()
        .any(|start| message.starts_with(start))
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::fault(error)
    }
}

/// The name of the constraint that refused a statement, for mapping uniqueness to an expected outcome.
#[must_use]
pub fn violated_constraint(error: &diesel::result::Error) -> Option<&str> {
    match error {
        diesel::result::Error::DatabaseError(_, info) => info.constraint_name(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_a_fault_holds_nothing_of_anybody() {
        let json = serde_json::from_str::<u8>("\"ada@example.org\"").unwrap_err();
        for (error, cause) in [
            (Error::broken("a clock ran backwards"), "a clock ran backwards"),
            (json.into(), "JSON of ours could not be read or written"),
            (Error::fault(anyhow::anyhow!("{} is not there", "ada@example.org")), "a fault without a name"),
            (
                Error::fault(anyhow::Error::from(std::io::Error::other("ada@example.org")).context("ada".to_owned())),
                "input or output failed",
            ),
            (diesel::result::Error::RollbackTransaction.into(), "the database layer failed"),
            (Error::forbidden("Not you, ada@example.org."), "FORBIDDEN"),
        ] {
            assert_eq!(error.cause(), cause);
        }
    }

    #[test]
    fn nobody_is_told_to_come_back_too_early() {
        for (millis, told) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_999, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), told, "{millis} ms");
        }
    }
}
