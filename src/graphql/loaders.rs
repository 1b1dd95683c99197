//! One batch of look-ups a request: nested objects ask here, so that a list costs one statement and not one an item.
//! Each domain implements `Loader<Key>` for [`Batch`] in its `graphql.rs`. Made per request, never shared between viewers.

use async_graphql::{Context, dataloader::DataLoader};

use super::batches::Batches;
use crate::{
    app::App,
    auth::Viewer,
    error::{Error, Result},
};

/// What a loader reads with, and for whom.
pub struct Batch {
    pub app: App,
    pub viewer: Option<Viewer>,
}

/// The loader of one request.
pub(super) fn loader(app: App, viewer: Option<Viewer>, batches: &Batches) -> DataLoader<Batch> {
    DataLoader::new(Batch { app, viewer }, batches.clone(), batches.clone())
}

/// The loader the HTTP and websocket layers put into this request.
pub fn loaders<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Batch>> {
    ctx.data::<DataLoader<Batch>>().map_err(|_| Error::broken("the request has no loaders"))
}
