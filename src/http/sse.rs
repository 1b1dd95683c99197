//! The distinct-connections mode of graphql-sse: one operation a request, events `next` and `complete`, and the place in
//! the stream as the event's id, so that a browser resumes by itself with `Last-Event-ID`.

use std::{
    convert::Infallible,
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use async_graphql::parser::types::OperationType;
use axum::{
    body::Body,
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{
    FutureExt, Stream, StreamExt,
    stream::{self, BoxStream},
};

use super::{
    Edge,
    graphql::{Asked, Rejection, caller_of},
    negotiate::Media,
    sockets::{self, Holder},
};
use crate::{
    error::{Code, Error},
    graphql::{Admitted, Answer, Frame, Refusal, Told, execute, subscribe},
};

const RUNNING: u8 = 0;
const SESSION_ENDED: u8 = 1;
const DRAINING: u8 = 2;

/// Runs the operation and streams what it gives.
pub(super) async fn respond(edge: Edge, asked: Asked, admitted: Admitted) -> Response {
    let user = asked.session.as_ref().map(|session| session.viewer.user_id);
    let holder = Holder::of(user, edge.address);
    let Some(seat) = edge.sockets.take_seat(holder, &edge.app.config.realtime) else {
        let refusal = Refusal::new(Code::RateLimited, holder.too_many());
        edge.app.metrics.error(refusal.code.as_str());
        return Rejection::new(StatusCode::TOO_MANY_REQUESTS, refusal).into_response(Media::Json, &asked.request_id);
    };
    let open = edge.app.metrics.streams.event_stream_opened();
    let caller = caller_of(&edge, &asked);
    let answers = if admitted.kind == OperationType::Subscription {
        match subscribe(&edge.app, &edge.engine, admitted, &caller).await {
            Ok(answers) => answers.boxed(),
            Err(answer) => stream::iter([told(answer)]).boxed(),
        }
    } else {
        let (edge, caller) = (edge.clone(), caller_of(&edge, &asked));
        let time_limit = edge.app.config.http.operation_timeout;
        async move { told(execute(&edge.app, edge.engine.as_ref(), admitted, &caller, time_limit).await) }.into_stream().boxed()
    };
    let cause = Arc::new(AtomicU8::new(RUNNING));
    let comment_interval = edge.app.config.realtime.comment_interval;
    let events = answers.take_until(interrupted(edge, asked, cause.clone())).map(next);
    let last = async move {
        let _held = (seat, open);
        stream::iter(match cause.load(Ordering::Relaxed) {
            SESSION_ENDED => vec![next(told(Answer::refused(Error::unauthenticated().into(), &caller.request_id))), complete()],
            // Without `complete` the client reconnects, to a server that stays.
            DRAINING => vec![],
            _ => vec![complete()],
        })
    };
    stream_of(with_comments(events.chain(last.flatten_stream()).boxed(), comment_interval))
}

/// A refusal in the form of a stream, for clients that cannot read anything else.
pub(super) fn single(answer: &Answer) -> Response {
    stream_of(stream::iter([event(&answer.to_json(), None), complete()]))
}

/// Resolves when the stream has to stop although the operation has not ended.
async fn interrupted(edge: Edge, asked: Asked, cause: Arc<AtomicU8>) {
    let draining = edge.app.health.draining();
    let watched = asked.session.as_ref().map(|session| edge.watch.hold(&edge.app, session));
    let ended = async {
        match &watched {
            Some(watched) => watched.ended().await,
            None => std::future::pending().await,
        }
    };
    let found = tokio::select! {
        () = ended => SESSION_ENDED,
        () = sockets::turn_to_leave(&draining, edge.app.config.http.drain) => DRAINING,
    };
    cause.store(found, Ordering::Relaxed);
}

/// With a comment whenever nothing came for so long, which keeps proxies from closing a quiet stream.
fn with_comments(events: BoxStream<'static, String>, interval: Duration) -> impl Stream<Item = String> + Send + 'static {
    stream::unfold(events, move |mut events| async move {
        match tokio::time::timeout(interval, events.next()).await {
            Ok(event) => Some((event?, events)),
            Err(_) => Some((":\n\n".to_owned(), events)),
        }
    })
}

fn stream_of(events: impl Stream<Item = String> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // Proxies that buffer would hold events back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(events.map(Ok::<_, Infallible>))).into_response()
}

/// An answer that nobody shares.
fn told(answer: Answer) -> Told {
    Told { frame: Arc::new(Frame::of(answer)), delivery: None }
}

/// Asked for when the connection takes it.
fn next(told: Told) -> String {
    let text = event(&told.frame.json, told.frame.cursor.as_deref());
    if let Some(delivery) = told.delivery {
        delivery.sent();
    }
    text
}

/// JSON has no raw line breaks, so one `data` line holds it.
fn event(json: &str, cursor: Option<&str>) -> String {
    let mut text = String::with_capacity(json.len() + 128);
    let _ = writeln!(text, "event: next\ndata: {json}");
    if let Some(cursor) = cursor {
        let _ = writeln!(text, "id: {cursor}");
    }
    text.push('\n');
    text
}

/// Browsers drop events without a data line, and the empty one is how the protocol wants it.
fn complete() -> String {
    "event: complete\ndata:\n\n".to_owned()
}
