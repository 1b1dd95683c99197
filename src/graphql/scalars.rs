//! Scalars of the API that the library has no name for.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// A place in a stream of events or a list: opaque, given by the server, handed back as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// A place in a stream of events: opaque, given by the server, handed back as it was; at most 512 characters.
#[Scalar(name = "Cursor")]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if text.len() <= 512 => Ok(Self(text)),
            _ => Err(InputValueError::custom("A cursor is a string of at most 512 characters.")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
