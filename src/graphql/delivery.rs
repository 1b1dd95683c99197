//! The way of one event from its stream to its subscribers: how long it took, and a span within the trace that caused it; and where the
//! stream stands after it, for those who share it. A schema has no room for either, so what a stream says of its next event is kept
//! beside the answer until the answer is taken.

use std::{
    fmt, mem,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::Context;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    clock::Clock,
    events::Cursor,
    metrics::{Began, Metrics},
    telemetry::{Kind, Parent, Span, Traces},
};

/// What the stream of one execution says of itself. Clones share it. Where nobody listens, it says nothing.
#[derive(Clone, Default)]
pub struct Deliveries(Option<Arc<Said>>);

#[derive(Default)]
struct Said {
    /// Where the server itself goes on with a subscription, whatever the client gave.
    resumes: Option<Arc<Cursor>>,
    is_shared: AtomicBool,
    begins_at: Mutex<Option<Standing>>,
    /// Rung when that is known.
    begun: Notify,
    next: Mutex<Notes>,
}

/// Where a stream stands, and who may go on with it from there.
#[derive(Clone)]
pub struct Standing {
    pub(super) cursor: Arc<Cursor>,
    pub(super) share: Option<Share>,
}

impl Standing {
    /// None for a place that nobody else may go on from.
    #[must_use]
    pub fn at(cursor: Cursor, share: Option<Share>) -> Self {
        Self { cursor: Arc::new(cursor), share }
    }
}

/// For whom everything that follows is the same, byte for byte.
#[derive(Clone)]
pub enum Share {
    /// For the same account with the same rights.
    SameViewer,
    /// For everybody, until it is cancelled: from then on the stream of this viewer differs from the others'.
    Everyone(Arc<CancellationToken>),
}

/// What was said of one answer.
#[derive(Default)]
pub(super) struct Notes {
    has_begun: bool,
    began: Option<Began>,
    is_reset: bool,
    happened: Option<(DateTime<Utc>, Option<String>)>,
    pub standing: Option<Standing>,
}

impl Deliveries {
    pub(super) fn new(resumes: Option<Arc<Cursor>>) -> Self {
        Self(Some(Arc::new(Said { resumes, ..Said::default() })))
    }

    /// Those of the subscription at hand.
    #[must_use]
    pub fn of(ctx: &Context<'_>) -> Self {
        ctx.data_opt::<Self>().cloned().unwrap_or_default()
    }

    /// Where the subscription has come to already, instead of where its client wants to begin.
    #[must_use]
    pub fn resumes(&self) -> Option<&Cursor> {
        self.0.as_ref()?.resumes.as_deref()
    }

    fn note(&self, write: impl FnOnce(&mut Notes)) {
        if let Some(said) = &self.0 {
            write(&mut said.next.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// The stream begins; `is_reset` says that it tells of a reset first.
    pub fn begins(&self, has_cursor: bool, is_reset: bool) {
        let began = match (has_cursor, is_reset) {
            (false, _) => Some(Began::Snapshot),
            (true, false) => Some(Began::Resumed),
            (true, true) => None,
        };
        self.note(|notes| (notes.has_begun, notes.began) = (true, began));
    }

    /// Where it stands before its first event, when it begins after a cursor.
    pub fn begins_at(&self, standing: Standing) {
        if let Some(said) = &self.0 {
            *said.begins_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(standing);
            said.begun.notify_one();
        }
    }

    /// The event that comes next is a reset.
    pub fn resets(&self) {
        self.note(|notes| notes.is_reset = true);
    }

    /// The event that comes next happened then, and was published by that span.
    pub fn gives(&self, at: DateTime<Utc>, traceparent: Option<&str>) {
        self.note(|notes| notes.happened = Some((at, traceparent.map(str::to_owned))));
    }

    /// Where the stream stands after the event that comes next.
    pub fn stands(&self, standing: Standing) {
        self.note(|notes| notes.standing = Some(standing));
    }

    /// Whether the stream is that of all who share it, and no longer of whoever began it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.0.as_ref().is_some_and(|said| said.is_shared.load(Ordering::Relaxed))
    }

    /// To be called while nothing polls the stream.
    pub(super) fn share(&self) {
        if let Some(said) = &self.0 {
            said.is_shared.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn stands_at_first(&self) -> Option<Standing> {
        self.0.as_ref()?.begins_at.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Resolves once when [`Self::begins_at`] was called.
    pub(super) async fn begun(&self) {
        match &self.0 {
            Some(said) => said.begun.notified().await,
            None => std::future::pending().await,
        }
    }

    /// That of the answer that the stream has just given.
    pub(super) fn take(&self) -> Notes {
        let Some(said) = &self.0 else { return Notes::default() };
        mem::take(&mut *said.next.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who takes the answers of one subscription, whoever executes it.
pub(super) struct Subscriber {
    metrics: Arc<Metrics>,
    traces: Traces,
    clock: Clock,
    field: String,
    /// What happened before is history, and no delay.
    since: DateTime<Utc>,
    subscription: Option<Parent>,
    has_begun: AtomicBool,
}

impl Subscriber {
    pub(super) fn new(app: &App, field: String, subscription: Option<Parent>) -> Self {
        Self {
            metrics: app.metrics.clone(),
            traces: app.traces.clone(),
            clock: app.clock.clone(),
            field,
            since: app.clock.now(),
            subscription,
            has_begun: AtomicBool::new(false),
        }
    }

    fn count(&self, how: Began) {
        self.metrics.streams.subscription_began(&self.field, how);
    }

    /// Counts what was said of an answer, and begins the delivery of an event that has just happened.
    pub(super) fn takes(self: &Arc<Self>, notes: &Notes, is_good: bool) -> Option<Box<Delivery>> {
        if !self.has_begun.swap(true, Ordering::Relaxed) {
            // One that begins with an error does not begin.
            let began = if notes.has_begun { notes.began } else { (!is_good).then_some(Began::Refused) };
            if let Some(began) = began {
                self.count(began);
            }
        }
        if notes.is_reset {
            self.count(Began::Reset);
        }
        let (at, traceparent) = notes.happened.as_ref().filter(|(at, _)| *at >= self.since)?;
        let publication = traceparent.as_deref().and_then(Parent::parse);
        let span = publication.map(|publication| {
            let name = format!("deliver {}", self.field);
            let mut span = self.traces.span(name, Kind::Consumer).under(Some(publication)).linked(self.subscription.clone()).begin();
            span.name("messaging.destination.name", &self.field);
            span.word("messaging.operation.name", "deliver").word("messaging.operation.type", "process");
            span
        });
        Some(Box::new(Delivery { to: self.clone(), at: *at, _span: span.unwrap_or_default() }))
    }
}

/// An event on its way; the span ends with it.
pub struct Delivery {
    to: Arc<Subscriber>,
    at: DateTime<Utc>,
    _span: Span,
}

impl Delivery {
    /// Its last byte was taken by the connection.
    pub fn sent(self) {
        let lag = (self.to.clock.now() - self.at).to_std().unwrap_or_default();
        self.to.metrics.streams.delivered(&self.to.field, lag);
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Delivery").field("field", &self.to.field).field("at", &self.at).finish_non_exhaustive()
    }
}
