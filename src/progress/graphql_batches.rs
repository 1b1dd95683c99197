//! What the personal fields of lessons, quizzes and challenges read: everything of one learner at once, and a track's outline
//! once, however many items a document shows.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, dataloader::Loader};

use super::store::{self, Mine};
use crate::{
    curriculum::{self, TrackOutline},
    db::ids::{ModuleId, UserId},
    error::{Error, Result},
    graphql::{
        loaders::{Batch, loaders},
        viewer_or_none,
    },
};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct MineKey(UserId);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct OutlineKey(ModuleId);

impl Loader<MineKey> for Batch {
    type Value = Arc<Mine>;
    type Error = Error;

    async fn load(&self, keys: &[MineKey]) -> Result<HashMap<MineKey, Arc<Mine>>> {
        let mut conn = self.app.db.conn().await?;
        let mut found = HashMap::new();
        for key in keys {
            found.insert(*key, Arc::new(store::mine(&mut conn, key.0).await?));
        }
        Ok(found)
    }
}

impl Loader<OutlineKey> for Batch {
    type Value = TrackOutline;
    type Error = Error;

    async fn load(&self, keys: &[OutlineKey]) -> Result<HashMap<OutlineKey, Self::Value>> {
        let ids: Vec<ModuleId> = keys.iter().map(|key| key.0).collect();
        let found = curriculum::outlines_around(&mut *self.app.db.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|(id, outline)| (OutlineKey(id), outline)).collect())
    }
}

/// Everything of the viewer; None for anonymous viewers.
pub async fn mine(ctx: &Context<'_>) -> Result<Option<Arc<Mine>>> {
    let Some(viewer) = viewer_or_none(ctx) else { return Ok(None) };
    loaders(ctx)?.load_one(MineKey(viewer.user_id)).await
}

/// The outline of the track that a module is in.
pub async fn outline(ctx: &Context<'_>, module_id: ModuleId) -> Result<TrackOutline> {
    let outline = loaders(ctx)?.load_one(OutlineKey(module_id)).await?;
    outline.ok_or_else(|| Error::broken("an item is in no module"))
}
