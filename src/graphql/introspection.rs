//! What questions about the schema itself cost. The library prices them as if every list had one item, and they can go in circles:
//! types have fields, and fields have types.

use super::refusal::Refusal;
use crate::error::Code;

/// Fields of an answer. The query that tools send comes to some 250 000 by this count.
pub const INTROSPECTED_MAX: u64 = 600_000;
/// Lists that lead from a type to other types, inside each other; tools need one.
pub const LISTS_MAX: usize = 2;
/// What so many fields of it cost is what one field of the platform costs: nothing is loaded for them.
const PER_COST: u64 = 50;

/// A place in a document with regard to introspection.
#[derive(Clone, Copy)]
pub struct Place {
    inside: bool,
    /// How often an answer has this place.
    times: u64,
    lists: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { inside: false, times: 1, lists: 0 }
    }
}

impl Place {
    /// A fragment on this type. Only types of introspection have names that begin like this.
    pub fn on(name: &str) -> Self {
        Self { inside: name.starts_with("__"), ..Self::default() }
    }

    /// Inside a field.
    pub fn field(self, name: &str) -> Self {
        if !self.inside {
            return Self { inside: matches!(name, "__schema" | "__type"), ..self };
        }
        let (items, leads_on) = match name {
            "types" => (300, false),
            "fields" => (6, true),
            "inputFields" => (2, true),
            "possibleTypes" => (3, true),
            "interfaces" => (1, true),
            "enumValues" => (4, false),
            "args" => (2, false),
            "directives" | "locations" => (8, false),
            _ => (1, false),
        };
        Self { times: self.times.saturating_mul(items), lists: self.lists + usize::from(leads_on), ..self }
    }

    pub fn is_inside(self) -> bool {
        self.inside
    }

    pub fn times(self) -> u64 {
        self.times
    }

    pub fn lists(self) -> usize {
        self.lists
    }
}

/// `COST_EXCEEDED` for what goes in circles.
pub fn check(introspected: u64, lists: usize) -> Result<(), Refusal> {
    if lists > LISTS_MAX {
        let message = format!("The schema's types are asked for the types of their members more than {LISTS_MAX} times over.");
        return Err(Refusal::new(Code::CostExceeded, message));
    }
    if introspected > INTROSPECTED_MAX {
        let message = format!("More than {INTROSPECTED_MAX} fields of the schema's description are asked for.");
        return Err(Refusal::new(Code::CostExceeded, message));
    }
    Ok(())
}

/// What is charged for so many fields.
pub fn cost(introspected: u64) -> u64 {
    introspected.div_ceil(PER_COST)
}
