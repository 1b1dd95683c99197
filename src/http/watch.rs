//! Whether those who hold a connection open may still do so: one look at all their sessions in `session_cache_ttl`, however many there
//! are.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::authenticate::Session;
use crate::{accounts, app::App, auth::Roles, db::ids::SessionId, error::Result};

#[derive(Default)]
pub(super) struct Watch(Mutex<State>);

#[derive(Default)]
struct State {
    held: HashMap<u64, Held>,
    numbers: u64,
    is_running: bool,
}

struct Held {
    session_id: SessionId,
    expires_at: DateTime<Utc>,
    roles: Roles,
    ended: CancellationToken,
}

/// A connection's place in the watch; given back when dropped.
pub(super) struct Watched {
    watch: Arc<Watch>,
    number: u64,
    ended: CancellationToken,
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn hold(self: &Arc<Self>, app: &App, session: &Session) -> Watched {
        let viewer = &session.viewer;
        let ended = CancellationToken::new();
        let held =
            Held { session_id: viewer.session_id, expires_at: viewer.token_expires_at, roles: viewer.roles.clone(), ended: ended.clone() };
        let mut state = self.state();
        state.numbers += 1;
        let number = state.numbers;
        state.held.insert(number, held);
        if !std::mem::replace(&mut state.is_running, true) {
            app.late.spawn(self.clone().run(app.clone()));
        }
        Watched { watch: self.clone(), number, ended }
    }

    /// Ends when nothing is held.
    async fn run(self: Arc<Self>, app: App) {
        loop {
            tokio::time::sleep(app.config.auth.session_cache_ttl).await;
            let mut sessions: Vec<SessionId> = {
                let mut state = self.state();
                if state.held.is_empty() {
                    state.is_running = false;
                    return;
                }
                state.held.values().map(|held| held.session_id).collect()
            };
            sessions.sort_unstable();
            sessions.dedup();
            let live = accounts::live_sessions(&app, &sessions).await;
            self.end(&sessions, &live, app.clock.now());
        }
    }

    /// A role that was taken ends a connection too, since what is open may rest on it; the client connects again with the roles that
    /// are left. A database that does not answer ends nothing but what has expired.
    fn end(&self, asked: &[SessionId], live: &Result<HashMap<SessionId, Roles>>, now: DateTime<Utc>) {
        for held in self.state().held.values() {
            let has_ended = live.as_ref().is_ok_and(|live| {
                asked.binary_search(&held.session_id).is_ok() && live.get(&held.session_id).is_none_or(|roles| !held.roles.is_subset(roles))
            });
            if has_ended || now >= held.expires_at {
                held.ended.cancel();
            }
        }
    }
}

impl Watched {
    /// Resolves when the right to be open has ended.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.state().held.remove(&self.number);
    }
}
