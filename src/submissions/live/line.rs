//! The queue as its followers see it: one read a second for all of them, however many wait.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use moka::future::Cache;

use super::follow::LOOK_EVERY;
use crate::{
    db::{Db, ids::SubmissionId},
    error::Result,
    submissions::{QueuePlace, queue_line},
};

type Places = HashMap<SubmissionId, (i32, QueuePlace)>;

/// What the followers of one process share.
pub struct Line(Cache<(), Arc<Places>>);

impl Default for Line {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1).time_to_live(LOOK_EVERY).build())
    }
}

impl Line {
    /// The epoch of what waits and its place, at most a second old; None for what does not wait, or has not waited that long.
    pub(super) async fn place(&self, db: &Db, now: DateTime<Utc>, id: SubmissionId) -> Result<Option<(u64, QueuePlace)>> {
        let reading = async {
            let mut conn = db.conn().await?;
            queue_line(&mut conn, now).await.map(Arc::new)
        };
        let places = self.0.try_get_with((), reading).await.map_err(|error| (*error).clone())?;
        Ok(places.get(&id).map(|(generation, place)| (u64::try_from(*generation).unwrap_or(0) + 1, *place)))
    }
}
