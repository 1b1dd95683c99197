//! A request that is refused before anything of it was executed.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

use crate::error::{Code, Error, whole_seconds};

/// Why, for the client; the answer to it has no `data` key.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    pub locations: Vec<Pos>,
    /// Seconds, when coming back later helps.
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new(), retry_after: None }
    }

    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Code::BadUserInput, message)
    }

    #[must_use]
    pub fn at(mut self, position: Pos) -> Self {
        self.locations.push(position);
        self
    }

    #[must_use]
    pub fn into_server_error(self) -> ServerError {
        let mut error = ServerError::new(self.message, None);
        error.locations = self.locations;
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code.as_str());
        if let Some(seconds) = self.retry_after {
            extensions.set("retryAfter", seconds);
        }
        error.extensions = Some(extensions);
        error
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        if let Error::Fault(fault) = &error {
            tracing::error!(error = format!("{fault:#}"), cause = error.cause(), "a request met a fault before it was executed");
        }
        let retry_after = match &error {
            Error::Refused { retry_after, .. } => retry_after.map(whole_seconds),
            Error::Fault(_) => None,
        };
        Self { code: error.code(), message: error.public_message().into_owned(), locations: Vec::new(), retry_after }
    }
}
