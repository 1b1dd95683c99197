//! The way of one event from its stream to its subscriber: how long it took, and a span within the trace that caused it. A schema has no
//! room for either, so what a stream says of its next event is kept beside the answer until the answer is sent.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::Context;
use chrono::{DateTime, Utc};

use crate::{
    app::App,
    clock::Clock,
    metrics::{Began, Metrics},
    telemetry::{Kind, Parent, Span, Traces},
};

/// What the stream of one subscription says of its events. Clones share it. Where nobody listens, it says nothing.
#[derive(Clone, Default)]
pub struct Deliveries(Option<Arc<Shared>>);

struct Shared {
    metrics: Arc<Metrics>,
    traces: Traces,
    clock: Clock,
    field: String,
    /// What happened before is history, and no delay.
    since: DateTime<Utc>,
    subscription: Option<Parent>,
    has_begun: AtomicBool,
    next: Mutex<Option<Box<Delivery>>>,
}

impl Deliveries {
    pub(super) fn new(app: &App, field: String, subscription: Option<Parent>) -> Self {
        Self(Some(Arc::new(Shared {
            metrics: app.metrics.clone(),
            traces: app.traces.clone(),
            clock: app.clock.clone(),
            field,
            since: app.clock.now(),
            subscription,
            has_begun: AtomicBool::new(false),
            next: Mutex::default(),
        })))
    }

    /// Those of the subscription at hand.
    #[must_use]
    pub fn of(ctx: &Context<'_>) -> Self {
        ctx.data_opt::<Self>().cloned().unwrap_or_default()
    }

    /// The stream begins; `is_reset` says that it tells of a reset first.
    pub fn begins(&self, has_cursor: bool, is_reset: bool) {
        if let Some(shared) = &self.0 {
            shared.has_begun.store(true, Ordering::Relaxed);
        }
        match (has_cursor, is_reset) {
            (false, _) => self.count(Began::Snapshot),
            (true, false) => self.count(Began::Resumed),
            (true, true) => {}
        }
    }

    /// The event that comes next is a reset.
    pub fn resets(&self) {
        self.count(Began::Reset);
    }

    fn count(&self, how: Began) {
        if let Some(shared) = &self.0 {
            shared.metrics.streams.subscription_began(&shared.field, how);
        }
    }

    /// The event that comes next happened then, and was published by that span.
    pub fn gives(&self, at: DateTime<Utc>, traceparent: Option<&str>) {
        let Some(shared) = self.0.as_ref().filter(|shared| at >= shared.since) else { return };
        let publication = traceparent.and_then(Parent::parse);
        let span = publication.map(|publication| {
            let name = format!("deliver {}", shared.field);
            let mut span = shared.traces.span(name, Kind::Consumer).under(Some(publication)).linked(shared.subscription.clone()).begin();
            span.name("messaging.destination.name", &shared.field);
            span.word("messaging.operation.name", "deliver").word("messaging.operation.type", "process");
            span
        });
        let delivery = Delivery { shared: shared.clone(), at, _span: span.unwrap_or_default() };
        *shared.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(delivery));
    }

    /// That of the answer that the stream has just given. One that begins with an error does not begin.
    pub(super) fn take(&self, is_good: bool) -> Option<Box<Delivery>> {
        let shared = self.0.as_ref()?;
        if !shared.has_begun.swap(true, Ordering::Relaxed) && !is_good {
            self.count(Began::Refused);
        }
        shared.next.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// An event on its way; the span ends with it.
pub struct Delivery {
    shared: Arc<Shared>,
    at: DateTime<Utc>,
    _span: Span,
}

impl Delivery {
    /// Its last byte was taken by the connection.
    pub fn sent(self) {
        let lag = (self.shared.clock.now() - self.at).to_std().unwrap_or_default();
        self.shared.metrics.streams.delivered(&self.shared.field, lag);
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Delivery").field("field", &self.shared.field).field("at", &self.at).finish_non_exhaustive()
    }
}
