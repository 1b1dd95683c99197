//! What this process remembers of live sessions, for at most the configured time, so that a request costs no statement.

use std::{future::Future, time::Duration};

use chrono::{DateTime, Utc};
use moka::future::Cache;

use super::viewer::Roles;
use crate::{
    db::ids::{SessionId, UserId},
    error::Result,
};

/// Sessions remembered at once; the least used go first.
const SESSIONS_MAX: u64 = 100_000;

/// The facts of a session that was live when they were read.
#[derive(Clone, Debug)]
pub struct LiveSession {
    pub user_id: UserId,
    pub roles: Roles,
    pub plan: String,
    pub expires_at: DateTime<Utc>,
}

pub struct Sessions {
    /// None when nothing may be remembered.
    cache: Option<Cache<SessionId, LiveSession>>,
}

impl Sessions {
    #[must_use]
    pub fn new(ttl: Duration) -> Self {
        let cache = (!ttl.is_zero()).then(|| Cache::builder().max_capacity(SESSIONS_MAX).time_to_live(ttl).build());
        Self { cache }
    }

    /// Asks `read` when nothing fresh is remembered; many askers of one session share one answer. Refusals are not remembered.
    pub async fn get(&self, id: SessionId, read: impl Future<Output = Result<LiveSession>>) -> Result<LiveSession> {
        match &self.cache {
            None => read.await,
            Some(cache) => cache.try_get_with(id, read).await.map_err(|error| (*error).clone()),
        }
    }

    /// A change made by this process holds in it at once.
    pub async fn forget(&self, id: SessionId) {
        if let Some(cache) = &self.cache {
            cache.invalidate(&id).await;
        }
    }
}
