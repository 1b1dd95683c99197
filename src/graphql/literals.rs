//! How large values are, in documents and in variables.

use async_graphql::{Name, Positioned, Value as Constant};
use async_graphql_value::Value;

/// Values in arguments, with fragments written out and each variable's value in all its places.
pub const VALUES_MAX: usize = 5_000;
/// Bytes of the strings and names in them.
pub const VALUE_BYTES_MAX: usize = 1024 * 1024;

/// Those of a field or a directive.
pub type Arguments = [(Positioned<Name>, Positioned<Value>)];

/// How much there is of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub values: usize,
    pub bytes: usize,
}

impl Size {
    pub fn add(&mut self, other: Self, times: usize) {
        self.values = self.values.saturating_add(other.values.saturating_mul(times));
        self.bytes = self.bytes.saturating_add(other.bytes.saturating_mul(times));
    }

    /// In words what is too much of it.
    pub fn check(self) -> Result<(), String> {
        if self.values > VALUES_MAX {
            return Err(format!("The arguments hold more than {VALUES_MAX} values once fragments and variables are written out."));
        }
        if self.bytes > VALUE_BYTES_MAX {
            let kibibytes = VALUE_BYTES_MAX / 1024;
            return Err(format!("The arguments hold more than {kibibytes} KiB once fragments and variables are written out."));
        }
        Ok(())
    }
}

/// The size of a variable's value.
pub fn size(value: &Constant) -> Size {
    let mut all = Size::default();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        all.values += 1;
        match value {
            Constant::String(text) => all.bytes += text.len(),
            Constant::List(items) => open.extend(items),
            Constant::Object(fields) => {
                all.bytes += fields.keys().map(|name| name.len()).sum::<usize>();
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    all
}

/// The size of a literal without its variables, and the names of those.
pub fn literal<'a>(value: &'a Value, mut variable: impl FnMut(&'a Name)) -> Size {
    let mut all = Size::default();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        all.values += 1;
        match value {
            Value::Variable(name) => variable(name),
            Value::String(text) => all.bytes += text.len(),
            Value::List(items) => open.extend(items),
            Value::Object(fields) => {
                all.bytes += fields.keys().map(|name| name.len()).sum::<usize>();
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    all
}
