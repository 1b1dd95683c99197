//! What an operation costs, before it runs: the schema twice, once to validate and count, once to run what was validated. The library
//! tells the cost to extensions alone, and a schema with one runs every field slower.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{
    Request, Response, ServerError, Value,
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

/// The same request, without what only its run needs.
pub(super) fn copy(request: &mut Request) -> Option<Request> {
    let document = request.parsed_query().ok()?.clone();
    let mut copy = Request::new(request.query.clone()).variables(request.variables.clone());
    copy.operation_name.clone_from(&request.operation_name);
    copy.set_parsed_query(document);
    Some(copy)
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
