//! What an operation costs, before it runs: the schema twice, once to validate and count, once to run what was validated. The library
//! tells the cost to extensions alone, and a schema with one runs every field slower.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_graphql::{
    Response, ServerError, Value, Variables,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute, NextRequest, NextValidation},
};
use async_trait::async_trait;

/// The name of the cost among the extensions of a priced response.
const COST: &str = "cost";

/// Validates and counts, and runs nothing.
pub(super) struct Pricing;

impl ExtensionFactory for Pricing {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Counted::default())
    }
}

#[derive(Default)]
struct Counted(AtomicUsize);

#[async_trait]
impl Extension for Counted {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = next.run(ctx).await;
        response.extension(COST, Value::from(self.0.load(Ordering::Relaxed)))
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<async_graphql::ValidationResult, Vec<ServerError>> {
        let found = next.run(ctx).await?;
        self.0.store(found.complexity, Ordering::Relaxed);
        Ok(found)
    }

    async fn execute(&self, _ctx: &ExtensionContext<'_>, _operation_name: Option<&str>, _next: NextExecute<'_>) -> Response {
        Response::default()
    }
}

/// The cost, or the response that says what is wrong.
pub(super) fn cost_of(response: Response) -> Result<u64, Box<Response>> {
    if !response.errors.is_empty() {
        let mut response = response;
        response.extensions.remove(COST);
        return Err(Box::new(response));
    }
    match response.extensions.get(COST) {
        Some(Value::Number(cost)) => Ok(cost.as_u64().unwrap_or(u64::MAX)),
        _ => Ok(0),
    }
}

/// What an answer turned out to be: one for each object and each field in it.
pub(super) fn actual(data: &Value) -> u64 {
    let mut open = vec![data];
    let mut count = 0;
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                count += fields.len() as u64;
                open.extend(fields.values());
            }
            Value::List(items) => open.extend(items),
            _ => {}
        }
    }
    count
}

/// What a document was found to cost, by the shape of its variables.
#[derive(Debug, Default)]
pub(super) struct Costs(Mutex<HashMap<String, u64>>);

/// Shapes that are kept of a document, and bytes of each.
const SHAPES_MAX: usize = 64;
const SHAPE_BYTES_MAX: usize = 512;

impl Costs {
    pub(super) fn of(&self, shape: Option<&str>) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(shape?).copied()
    }

    pub(super) fn keep(&self, shape: Option<String>, cost: u64) {
        let mut costs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = shape.filter(|_| costs.len() < SHAPES_MAX) {
            costs.insert(shape, cost);
        }
    }
}

/// All of the variables that a cost can rest on: numbers, booleans, enums, how long lists are and what is null, but not what texts say,
/// since no cost is made of a text. None for what is too long to be kept.
pub(super) fn shape(variables: &Variables) -> Option<String> {
    let mut shape = String::new();
    for (name, value) in variables.iter() {
        let _ = write!(shape, "{name}:");
        add_shape(value, &mut shape);
    }
    (shape.len() <= SHAPE_BYTES_MAX).then_some(shape)
}

/// What a client sends is not nested deep.
fn add_shape(value: &Value, shape: &mut String) {
    if shape.len() > SHAPE_BYTES_MAX {
        return;
    }
    match value {
        Value::Null => shape.push('-'),
        Value::Number(number) => {
            let _ = write!(shape, "{number},");
        }
        Value::Boolean(boolean) => shape.push(if *boolean { 't' } else { 'f' }),
        Value::Enum(name) => {
            let _ = write!(shape, "{name},");
        }
        Value::String(_) | Value::Binary(_) => shape.push('"'),
        Value::List(items) => {
            shape.push('[');
            for item in items {
                add_shape(item, shape);
            }
            shape.push(']');
        }
        Value::Object(fields) => {
            shape.push('{');
            for (name, value) in fields {
                let _ = write!(shape, "{name}:");
                add_shape(value, shape);
            }
            shape.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shape_has_what_a_cost_can_rest_on_and_no_text() {
        let shape = |json| shape(&Variables::from_json(json));
        assert_eq!(shape(json!({"id": "a", "first": 3})), shape(json!({"id": "other", "first": 3})));
        let all = [
            json!({"first": 3}),
            json!({"first": 31}),
            json!({"first": null}),
            json!({}),
            json!({"first": "3"}),
            json!({"last": 3}),
            json!({"ids": ["a"]}),
            json!({"ids": ["a", "b"]}),
            json!({"ids": [["a"], "b"]}),
            json!({"in": {"a": 1, "b": 2}}),
            json!({"in": {"a": 12}}),
            json!({"is": true}),
            json!({"is": false}),
        ];
        let shapes: std::collections::BTreeSet<_> = all.iter().map(|json| shape(json.clone())).collect();
        assert_eq!(shapes.len(), all.len());
        assert_eq!(shape(json!({"ids": vec!["a"; 2_000]})), None);
    }
}
