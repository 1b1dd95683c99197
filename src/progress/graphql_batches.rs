//! What the personal fields of lessons, quizzes and challenges read: everything of one learner at once, and a track's outline
//! once, however many items a document shows.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, dataloader::Loader};

use super::store::{self, Mine};
use crate::{
    curriculum::{self, ModuleOutline, Track},
    db::ids::{ModuleId, TrackId, UserId},
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

/// A track with everything live in it.
pub struct TrackOutline {
    pub track: Track,
    pub modules: Vec<ModuleOutline>,
}

impl Loader<OutlineKey> for Batch {
    type Value = Arc<TrackOutline>;
    type Error = Error;

    async fn load(&self, keys: &[OutlineKey]) -> Result<HashMap<OutlineKey, Self::Value>> {
        let ids: Vec<ModuleId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.app.db.conn().await?;
        let modules = curriculum::modules_by_ids(&mut conn, &ids).await?;
        let mut track_ids: Vec<TrackId> = modules.iter().map(|module| module.track_id).collect();
        track_ids.sort_unstable();
        track_ids.dedup();
        let mut outlines = HashMap::new();
        for track in curriculum::tracks_by_ids(&mut conn, &track_ids).await? {
            let modules = curriculum::track_outline(&mut conn, track.id).await?;
            outlines.insert(track.id, Arc::new(TrackOutline { track, modules }));
        }
        let outline =
            |module: &curriculum::Module| outlines.get(&module.track_id).map(|outline| (OutlineKey(module.id), Arc::clone(outline)));
        let found = modules.iter().filter_map(outline).collect();
        Ok(found)
    }
}

/// Everything of the viewer; None for anonymous viewers.
pub async fn mine(ctx: &Context<'_>) -> Result<Option<Arc<Mine>>> {
    let Some(viewer) = viewer_or_none(ctx) else { return Ok(None) };
    loaders(ctx)?.load_one(MineKey(viewer.user_id)).await
}

/// The outline of the track that a module is in.
pub async fn outline(ctx: &Context<'_>, module_id: ModuleId) -> Result<Arc<TrackOutline>> {
    let outline = loaders(ctx)?.load_one(OutlineKey(module_id)).await?;
    outline.ok_or_else(|| Error::broken("an item is in no module"))
}
