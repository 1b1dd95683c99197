//! Gives each request its id and its span, and logs how it ended. Neither holds a query string, a body or a variable.

use std::any::Any;

use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use crate::{
    graphql::RequestId,
    telemetry::{Kind, Parent, Span, Traces},
};

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Paths that machines ask for all the time, and nobody looks for in traces.
const UNTRACED: [&str; 3] = ["/health/live", "/health/ready", "/metrics"];

/// What requests are told of with.
#[derive(Clone)]
pub(super) struct Telling {
    pub traces: Traces,
    /// Of the addresses that clients use.
    pub scheme: &'static str,
}

impl Telling {
    /// Under the caller's span, if it names one. No path and no query: a document's address is its key.
    fn span(&self, request: &Request) -> Span {
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        if route.is_some_and(|route| UNTRACED.contains(&route)) {
            return Span::default();
        }
        let method = method_name(request.method());
        let caller = request.headers().get("traceparent").and_then(|value| value.to_str().ok()).and_then(Parent::parse);
        let name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"));
        let mut span = self.traces.span(name, Kind::Server).under(caller).begin();
        span.word("http.request.method", method).word("url.scheme", self.scheme);
        if let Some(route) = route {
            span.route(route);
        }
        span
    }
}

/// One of those that there are; what a client made up is none.
fn method_name(method: &Method) -> &'static str {
    let known = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"];
    known.into_iter().find(|known| *known == method.as_str()).unwrap_or("_OTHER")
}

/// Takes over a sane `x-request-id`, or makes one; the answer carries it.
pub(super) async fn identify(State(telling): State<Telling>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(&X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = given.and_then(RequestId::adopt).unwrap_or_else(RequestId::generate);
    request.extensions_mut().insert(id.clone());
    let mut span = telling.span(&request);
    let trace_id = span.parent().filter(Parent::is_sampled).map(|parent| parent.trace_id());
    let log = tracing::info_span!("request", id = %id.0, method = %request.method(), path = request.uri().path(), trace_id);
    let answering = async move {
        let started = tokio::time::Instant::now();
        let mut response = next.run(request).await;
        tracing::debug!(status = response.status().as_u16(), took_ms = started.elapsed().as_millis(), "answered");
        if let Ok(value) = HeaderValue::from_str(&id.0) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
        response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    };
    let response = span.around(answering.instrument(log)).await;
    span.answered(response.status().as_u16());
    response
}

/// A handler of the edge itself panicked; resolvers are caught closer by.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a handler panicked");
    let body = r#"{"errors":[{"message":"Something broke on our side.","extensions":{"code":"INTERNAL"}}]}"#;
    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
