//! GraphQL over HTTP: POST and GET, one operation a request, in the two media types of the specification; streams are
//! handed to `sse.rs`, upgrades to `websocket/`.

use async_graphql::parser::types::OperationType;
use axum::{
    Extension,
    body::Body,
    extract::{Query, State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{
    Edge,
    address::CameFrom,
    authenticate::{Session, session_of},
    body,
    negotiate::{Accepted, Media, is_json},
    public, sse, websocket,
};
use crate::{
    error::Code,
    graphql::{Admitted, Answer, Brings, Caller, Outcome, Params, Refusal, RequestId, admit, execute},
};

/// Headers that a page on another origin can send only after asking: proof that a browser did not just follow a link.
const PREFLIGHT_HEADERS: [&str; 5] =
    ["authorization", "apollo-require-preflight", "graphql-require-preflight", "x-apollo-operation-name", "x-requested-with"];

/// A request that HTTP itself refuses, whatever the operation.
pub(super) struct Rejection {
    status: StatusCode,
    refusal: Refusal,
    allow: Option<&'static str>,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, refusal: Refusal) -> Self {
        Self { status, refusal, allow: None }
    }

    fn method(refusal: &str, allow: &'static str) -> Self {
        Self { status: StatusCode::METHOD_NOT_ALLOWED, refusal: Refusal::bad_input(refusal), allow: Some(allow) }
    }

    fn malformed(refusal: Refusal) -> Self {
        Self::new(StatusCode::BAD_REQUEST, refusal)
    }

    pub(super) fn into_response(self, media: Media, request_id: &RequestId) -> Response {
        let answer = Answer::refused(self.refusal, request_id);
        let mut response = written(self.status, media, &answer);
        if let Some(allow) = self.allow {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}

/// What a request came with, apart from its operation.
pub(super) struct Asked {
    pub accepted: Accepted,
    pub session: Option<Session>,
    pub request_id: RequestId,
}

impl Asked {
    /// The form of what is no stream.
    fn media(&self) -> Media {
        self.accepted.single.unwrap_or(Media::Json)
    }
}

pub(super) async fn post(
    State(edge): State<Edge>,
    (Extension(id), Extension(from)): (Extension<RequestId>, Extension<CameFrom>),
    headers: HeaderMap,
    body: Body,
) -> Response {
    let cookies = headers.contains_key(header::COOKIE);
    let edge = Edge { cookies, address: from.address, place: from.place, ..edge };
    let Some(accepted) = accepted(&headers) else { return not_acceptable(&id) };
    let media = accepted.single.unwrap_or(Media::Json);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_json(content_type) {
        let refusal = Refusal::bad_input("A POST carries application/json in UTF-8.");
        return Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, refusal).into_response(media, &id);
    }
    let bytes = match body::read(&headers, body).await {
        Ok(bytes) => bytes,
        Err(rejection) => return rejection.into_response(media, &id),
    };
    let params = match Params::from_slice(&bytes) {
        Ok(params) => params,
        Err(refusal) => return Rejection::malformed(refusal).into_response(media, &id),
    };
    drop(bytes);
    operate(edge, (accepted, false), &headers, params, id).await
}

pub(super) async fn get(
    State(edge): State<Edge>,
    (Extension(id), Extension(from)): (Extension<RequestId>, Extension<CameFrom>),
    uri: Uri,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let cookies = headers.contains_key(header::COOKIE);
    let edge = Edge { cookies, address: from.address, place: from.place, ..edge };
    match upgrade {
        Ok(upgrade) => return websocket::upgrade(edge, &headers, upgrade, &id),
        // Other upgrades, such as the offer of HTTP/2 that some clients always make, are ignored.
        Err(rejection) if headers.get(header::UPGRADE).is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket")) => {
            let refusal = Refusal::bad_input(rejection.body_text());
            return Rejection::new(rejection.status(), refusal).into_response(Media::Json, &id);
        }
        Err(_) => {}
    }
    let Some(accepted) = accepted(&headers) else { return not_acceptable(&id) };
    let media = accepted.single.unwrap_or(Media::Json);
    if edge.cookies && !has_preflight_header(&headers) {
        let message = "A GET with cookies needs a header that other sites cannot send, such as GraphQL-Require-Preflight.";
        return Rejection::new(StatusCode::FORBIDDEN, Refusal::new(Code::Forbidden, message)).into_response(media, &id);
    }
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let pairs = pairs.map_err(|_| Refusal::bad_input("The query string is malformed."));
    match pairs.and_then(|Query(pairs)| Params::from_pairs(pairs)) {
        Ok(params) => operate(edge, (accepted, true), &headers, params, id).await,
        Err(refusal) => Rejection::malformed(refusal).into_response(media, &id),
    }
}

pub(super) async fn method_not_allowed(Extension(id): Extension<RequestId>) -> Response {
    Rejection::method("GraphQL is spoken by POST and GET.", "GET, POST").into_response(Media::Json, &id)
}

fn accepted(headers: &HeaderMap) -> Option<Accepted> {
    let all: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    Accepted::parse(Some(all.join(",").as_str()))
}

fn not_acceptable(id: &RequestId) -> Response {
    let message = "Answers are application/graphql-response+json, application/json or text/event-stream.";
    Rejection::new(StatusCode::NOT_ACCEPTABLE, Refusal::bad_input(message)).into_response(Media::Json, id)
}

fn has_preflight_header(headers: &HeaderMap) -> bool {
    PREFLIGHT_HEADERS.iter().any(|name| headers.get(*name).is_some_and(|value| !value.is_empty()))
        || headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(is_json)
}

/// A well-formed request: authenticate, admit, run.
async fn operate(
    edge: Edge,
    (accepted, is_get): (Accepted, bool),
    headers: &HeaderMap,
    mut params: Params,
    request_id: RequestId,
) -> Response {
    let mut asked = Asked { accepted, session: None, request_id };
    if !params.has_document() {
        let refusal = Refusal::bad_input("The parameter query is missing: it is the document to execute.");
        return Rejection::malformed(refusal).into_response(asked.media(), &asked.request_id);
    }
    match session_of(&edge.app, headers).await {
        Ok(session) => asked.session = session,
        Err(error) => return refused(&edge, &asked, error.into()),
    }
    if accepted.stream
        && let Some(last) = headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|id| !id.is_empty())
    {
        params.default_variable("after", last);
    }
    let brings = Brings { cookies: edge.cookies, token: asked.session.is_some() };
    let admitted = match admit(&edge.documents, params, brings) {
        Ok(admitted) => admitted,
        Err(refusal) => return refused(&edge, &asked, refusal),
    };
    if is_get && admitted.kind == OperationType::Mutation {
        return Rejection::method("Mutations are sent by POST.", "POST").into_response(asked.media(), &asked.request_id);
    }
    if admitted.kind == OperationType::Subscription && !accepted.stream {
        let message = "A subscription needs Accept: text/event-stream, or a websocket that speaks graphql-transport-ws.";
        return refused(&edge, &asked, Refusal::bad_input(message));
    }
    if admitted.kind == OperationType::Subscription || accepted.stream_first {
        return sse::respond(edge, asked, admitted).await;
    }
    let is_public = is_get && asked.session.is_none() && public::is_public(&admitted);
    let answer = executed(&edge, &asked, admitted).await;
    let response = written(status(asked.media(), &answer), asked.media(), &answer);
    if is_public { public::hinted(response, &answer, headers, edge.app.config.http.public_max_age) } else { response }
}

/// Who runs the operation of a request.
pub(super) fn caller_of(edge: &Edge, asked: &Asked) -> Caller {
    let viewer = asked.session.as_ref().map(|session| session.viewer.clone());
    Caller { viewer, address: edge.address, request_id: asked.request_id.clone() }
}

async fn executed(edge: &Edge, asked: &Asked, admitted: Admitted) -> Answer {
    let caller = caller_of(edge, asked);
    tracing::debug!(kind = admitted.kind_name(), operation = admitted.operation_name, "executing");
    execute(&edge.app, edge.engine.as_ref(), admitted, &caller, edge.app.config.http.operation_timeout).await
}

/// A request that was well-formed as HTTP and is refused as GraphQL.
fn refused(edge: &Edge, asked: &Asked, refusal: Refusal) -> Response {
    edge.app.metrics.error(refusal.code.as_str());
    let answer = Answer::refused(refusal, &asked.request_id);
    if asked.accepted.stream_first {
        return sse::single(&answer);
    }
    written(status(asked.media(), &answer), asked.media(), &answer)
}

/// The older media type says 200 to all that was well-formed; the newer one tells the client how it went. Both say when it was not
/// taken at all, for those in between who look at nothing else.
fn status(media: Media, answer: &Answer) -> StatusCode {
    if answer.outcome() == Outcome::Refused {
        match answer.codes().next() {
            Some("RATE_LIMITED") => return StatusCode::TOO_MANY_REQUESTS,
            Some("UNAVAILABLE") => return StatusCode::SERVICE_UNAVAILABLE,
            _ => {}
        }
    }
    if media == Media::Json || answer.outcome() != Outcome::Refused {
        return StatusCode::OK;
    }
    match answer.codes().next() {
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("PAYLOAD_TOO_LARGE") => StatusCode::PAYLOAD_TOO_LARGE,
        Some("COST_EXCEEDED" | "QUOTA_EXCEEDED") => StatusCode::TOO_MANY_REQUESTS,
        Some("TIMEOUT") => StatusCode::GATEWAY_TIMEOUT,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn written(status: StatusCode, media: Media, answer: &Answer) -> Response {
    let headers =
        [(header::CONTENT_TYPE, media.content_type()), (header::CACHE_CONTROL, "no-store"), (header::VARY, "accept, authorization")];
    let mut response = (status, headers, answer.to_json()).into_response();
    if let Some(seconds) = answer.retry_after().and_then(|seconds| HeaderValue::from_str(&seconds).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
