//! What waits to be written to one socket. Bounded in bytes; an operation has only a few messages in it at a time, so
//! that a busy one cannot fill it and the others get their turn.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::message::Close;
use crate::graphql::delivery::Delivery;

/// Messages of one operation that wait at the same time.
const WINDOW: usize = 4;
/// The largest frame that the library answers a ping with.
const PONG_BYTES_MAX: usize = 127;

struct Queued {
    /// None lets leave what the library wrote itself.
    text: Option<String>,
    /// Set when the operation was cancelled: the message is dropped unwritten.
    cancelled: Option<Arc<AtomicBool>>,
    /// Told when it is written.
    delivery: Option<Box<Delivery>>,
    /// Held until the message is written.
    _room: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

/// The writing end; clones share the room.
#[derive(Clone)]
pub(super) struct Outbound {
    /// Boxed, since a channel holds room for 32 at once.
    sender: mpsc::UnboundedSender<Box<Queued>>,
    bytes: Arc<Semaphore>,
    bytes_max: u32,
}

/// One operation's way out.
pub(super) struct Lane {
    outbound: Outbound,
    window: Arc<Semaphore>,
    pub cancelled: Arc<AtomicBool>,
}

pub(super) struct Queue(mpsc::UnboundedReceiver<Box<Queued>>);

pub(super) fn channel(bytes_max: usize) -> (Outbound, Queue) {
    let bytes_max = u32::try_from(bytes_max).unwrap_or(u32::MAX);
    // Unbounded in messages, because the permits bound it in bytes.
    let (sender, receiver) = mpsc::unbounded_channel();
    let bytes = Arc::new(Semaphore::new(bytes_max as usize));
    (Outbound { sender, bytes, bytes_max }, Queue(receiver))
}

impl Outbound {
    /// A message of the connection itself. Waits for room; does nothing once the socket is gone.
    pub(super) async fn send(&self, text: String) {
        if let Some(room) = self.room(text.len()).await {
            self.push(Queued { text: Some(text), cancelled: None, delivery: None, _room: (room, None) });
        }
    }

    /// Lets the library's answer to a ping leave, and waits for room: else who pings and never reads fills its buffer.
    pub(super) async fn flush(&self) {
        if let Some(room) = self.room(PONG_BYTES_MAX).await {
            self.push(Queued { text: None, cancelled: None, delivery: None, _room: (room, None) });
        }
    }

    pub(super) fn lane(&self) -> Lane {
        Lane { outbound: self.clone(), window: Arc::new(Semaphore::new(WINDOW)), cancelled: Arc::default() }
    }

    /// Waits for room.
    async fn room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        // One message may be larger than the room; it then waits for all of it.
        let size = u32::try_from(bytes).unwrap_or(u32::MAX).clamp(1, self.bytes_max);
        self.bytes.clone().acquire_many_owned(size).await.ok()
    }

    fn push(&self, queued: Queued) {
        let _ = self.sender.send(Box::new(queued));
    }
}

impl Lane {
    /// Waits while a few messages of this operation are unwritten, and for room, in turn with the others.
    pub(super) async fn send(&self, text: String) {
        self.deliver(text, None).await;
    }

    /// The same for an event, whose delivery ends when it is written.
    pub(super) async fn deliver(&self, text: String, delivery: Option<Box<Delivery>>) {
        let Ok(window) = self.window.clone().acquire_owned().await else { return };
        let Some(room) = self.outbound.room(text.len()).await else { return };
        self.outbound.push(Queued { text: Some(text), cancelled: Some(self.cancelled.clone()), delivery, _room: (room, Some(window)) });
    }
}

/// Writes until the socket fails (None) or is too slow.
pub(super) async fn write(sink: &mut SplitSink<WebSocket, Message>, queue: &mut Queue, time_limit: Duration) -> Option<Close> {
    while let Some(queued) = queue.0.recv().await {
        if queued.cancelled.as_ref().is_some_and(|cancelled| cancelled.load(Ordering::Acquire)) {
            continue;
        }
        let Queued { text, delivery, _room, .. } = *queued;
        let written = async {
            match text {
                Some(text) => sink.send(Message::Text(text.into())).await,
                None => sink.flush().await,
            }
        };
        match tokio::time::timeout(time_limit, written).await {
            Ok(Ok(())) => {
                if let Some(delivery) = delivery {
                    delivery.sent();
                }
            }
            Ok(Err(_)) => return None,
            Err(_) => return Some(Close::too_slow()),
        }
    }
    None
}
