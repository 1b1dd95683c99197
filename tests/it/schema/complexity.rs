//! Every list says what its items cost, so that the cost of a request is known before it runs.

use std::sync::{Arc, Mutex};

use async_graphql::{
    Response,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest},
    registry::{MetaType, Registry},
};

/// The registry is shown to extensions only.
#[derive(Clone, Default)]
struct Look(Arc<Mutex<Vec<String>>>);

impl ExtensionFactory for Look {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(self.clone())
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Look {
    async fn request(&self, ctx: &ExtensionContext<'_>, _: NextRequest<'_>) -> Response {
        *self.0.lock().unwrap() = uncounted(&ctx.schema_env.registry);
        Response::new(async_graphql::Value::Null)
    }
}

/// Lists that count as one item. The edges of a connection are counted by the field that gives the connection.
fn uncounted(registry: &Registry) -> Vec<String> {
    let mut found = Vec::new();
    for kind in registry.types.values() {
        let MetaType::Object { name, fields, .. } = kind else { continue };
        if name.starts_with("__") || name.ends_with("Connection") {
            continue;
        }
        for field in fields.values().filter(|field| !field.name.starts_with("__")) {
            let is_list = field.ty.contains('[') || field.ty.trim_end_matches('!').ends_with("Connection");
            if is_list && field.compute_complexity.is_none() {
                found.push(format!("{name}.{}: {}", field.name, field.ty));
            }
        }
    }
    found
}

#[tokio::test]
async fn every_list_counts_its_items() {
    let look = Look::default();
    let schema = super::watched(look.clone());
    schema.execute("{ __typename }").await;
    let found = look.0.lock().unwrap().clone();
    assert!(found.is_empty(), "without #[graphql(complexity = ..)]: {found:#?}");
}
