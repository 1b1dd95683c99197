//! What is open for long: websockets and event streams, counted by account or by address, and their leaving when the server
//! drains.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{auth::ClientAddress, config, db::ids::UserId};

#[derive(Default)]
pub(super) struct Sockets {
    taken: Mutex<HashMap<Holder, usize>>,
    tasks: TaskTracker,
}

/// Whose a long connection is: an account's, or, while nobody is signed in there, an address's.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    User(UserId),
    /// None where a connection has no address.
    Nobody(Option<ClientAddress>),
}

impl Holder {
    pub(super) fn of(user: Option<UserId>, address: Option<ClientAddress>) -> Self {
        user.map_or(Self::Nobody(address), Self::User)
    }

    const fn max(self, limits: &config::Realtime) -> usize {
        match self {
            Self::User(_) => limits.sockets_per_user_max,
            Self::Nobody(_) => limits.sockets_per_address_max,
        }
    }

    /// What somebody is told whose seats are all taken.
    pub(super) const fn too_many(self) -> &'static str {
        match self {
            Self::User(_) => "This account has too many open streams and sockets; close one first.",
            Self::Nobody(_) => "Your address has too many open streams and sockets without an account; close one, or sign in.",
        }
    }
}

/// A place among the open connections of one holder; given back when dropped.
pub(super) struct Seat {
    of: (Arc<Sockets>, Holder),
}

impl Sockets {
    /// None when the holder has as many as the settings allow.
    pub(super) fn take_seat(self: &Arc<Self>, holder: Holder, limits: &config::Realtime) -> Option<Seat> {
        let mut all = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(holder).or_default();
        if *taken >= holder.max(limits) {
            return None;
        }
        *taken += 1;
        Some(Seat { of: (self.clone(), holder) })
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
        let (sockets, holder) = &self.of;
        let mut all = sockets.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = all.get_mut(holder) {
            *taken -= 1;
            if *taken == 0 {
                all.remove(holder);
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
