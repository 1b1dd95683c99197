//! Where the loaders of a request run: beside it, in its task. A batch begins when nothing of the request can go on without it, so all
//! look-ups of a level meet in one, and nobody waits for a clock. With the request its batches end, and give their connections back.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use async_graphql::runtime::Timer;
use futures_util::{
    FutureExt, Stream, StreamExt,
    future::{self, BoxFuture},
    stream::FuturesUnordered,
    task::{FutureObj, Spawn, SpawnError},
};

/// What the loaders of one request have begun and nobody has polled yet.
#[derive(Clone, Default)]
pub(super) struct Batches(Arc<Mutex<Vec<FutureObj<'static, ()>>>>);

impl Spawn for Batches {
    fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(future);
        Ok(())
    }
}

impl Timer for Batches {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        future::ready(()).boxed()
    }
}

impl Batches {
    /// The request, or the stream of its answers, with what its loaders begin.
    pub(super) fn beside<T>(self, request: T) -> Beside<T> {
        Beside { request, begun: self, running: FuturesUnordered::new() }
    }

    fn take(&self) -> Vec<FutureObj<'static, ()>> {
        mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) struct Beside<T> {
    request: T,
    begun: Batches,
    running: FuturesUnordered<FutureObj<'static, ()>>,
}

impl<T> Beside<T> {
    fn poll_with<R>(&mut self, cx: &mut Context<'_>, poll: impl Fn(&mut T, &mut Context<'_>) -> Poll<R>) -> Poll<R> {
        loop {
            if let Poll::Ready(ready) = poll(&mut self.request, cx) {
                return Poll::Ready(ready);
            }
            self.running.extend(self.begun.take());
            // What a batch has found may let the request go on.
            if !matches!(self.running.poll_next_unpin(cx), Poll::Ready(Some(()))) {
                return Poll::Pending;
            }
        }
    }
}

impl<F: Future + Unpin> Future for Beside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.poll_with(cx, F::poll_unpin)
    }
}

impl<S: Stream + Unpin> Stream for Beside<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_with(cx, S::poll_next_unpin)
    }
}
