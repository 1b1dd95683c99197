//! What is open for long: websockets and event streams, counted by account, and their leaving when the server drains.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::db::ids::UserId;

#[derive(Default)]
pub(super) struct Sockets {
    by_user: Mutex<HashMap<UserId, usize>>,
    tasks: TaskTracker,
}

/// A place among the open connections of one account; given back when dropped.
pub(super) struct Seat {
    of: Option<(Arc<Sockets>, UserId)>,
}

impl Sockets {
    /// None when the account has `max` already. Anonymous connections are not counted.
    pub(super) fn take_seat(self: &Arc<Self>, user: Option<UserId>, max: usize) -> Option<Seat> {
        let Some(user) = user else { return Some(Seat { of: None }) };
        let mut by_user = self.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = by_user.entry(user).or_default();
        if *taken >= max {
            return None;
        }
        *taken += 1;
        Some(Seat { of: Some((self.clone(), user)) })
    }

    /// Lets [`Sockets::closed`] wait for this connection.
    pub(super) fn tracked<F: Future>(&self, connection: F) -> impl Future<Output = F::Output> + use<F> {
        self.tasks.track_future(connection)
    }

    /// Resolves when every tracked connection has ended; call it once no more can come.
    pub(super) async fn closed(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((sockets, user)) = self.of.take() else { return };
        let mut by_user = sockets.by_user.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = by_user.get_mut(&user) {
            *taken -= 1;
            if *taken == 0 {
                by_user.remove(&user);
            }
        }
    }
}

/// Resolves at this connection's moment of the drain. Connections leave spread over half of the window, so that they do
/// not all knock at another server at once.
pub(super) async fn turn_to_leave(draining: &CancellationToken, window: Duration) {
    draining.cancelled().await;
    tokio::time::sleep(window.mul_f64(rand::random_range(0.0..0.5))).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::ids::TypedId;

    #[test]
    fn an_account_has_so_many_seats_and_gets_them_back() {
        let sockets = Arc::new(Sockets::default());
        let user = UserId::generate();
        let first = sockets.take_seat(Some(user), 2);
        let second = sockets.take_seat(Some(user), 2);
        assert!(first.is_some() && second.is_some());
        assert!(sockets.take_seat(Some(user), 2).is_none());
        assert!(sockets.take_seat(Some(UserId::generate()), 2).is_some());
        assert!(sockets.take_seat(None, 0).is_some());
        drop(first);
        assert!(sockets.take_seat(Some(user), 2).is_some());
    }
}
