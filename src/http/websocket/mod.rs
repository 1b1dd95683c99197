//! graphql-transport-ws, all of it. One task a socket reads, writes, pings and watches the session; each operation is a
//! task of its own. Start at [`upgrade`]; `connection.rs` is the protocol, `message.rs` its words, `outbound.rs` the
//! way out, `operation.rs` one running operation.

mod connection;
mod message;
mod operation;
mod outbound;

use axum::{
    extract::WebSocketUpgrade,
    http::{HeaderMap, StatusCode, Uri, header},
    response::Response,
};

use super::{Edge, body::BODY_BYTES_MAX, graphql::Rejection, negotiate::Media};
use crate::{
    error::Code,
    graphql::{Refusal, RequestId},
};

const PROTOCOL: &str = "graphql-transport-ws";

/// Every socket has one of its own, and clients say little; the default is 128 KiB.
const READ_BUFFER_BYTES: usize = 1024;
const WRITE_BUFFER_BYTES: usize = 4096;
/// Above this the library refuses to take more; one message always fits.
const WRITE_BUFFER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Switches protocols. A browser that sends cookies must come from our own page or an allowed origin.
pub(super) fn upgrade(edge: Edge, headers: &HeaderMap, upgrade: WebSocketUpgrade, request_id: &RequestId) -> Response {
    if headers.contains_key(header::COOKIE) && !is_trusted_origin(headers, &edge.app.config.http.allowed_origins) {
        let refusal = Refusal::new(Code::Forbidden, "This origin may not open a socket with cookies.");
        return Rejection::new(StatusCode::FORBIDDEN, refusal).into_response(Media::Json, request_id);
    }
    if edge.app.health.is_draining() {
        let refusal = Refusal::new(Code::Unavailable, "This server is about to stop; connect again.");
        return Rejection::new(StatusCode::SERVICE_UNAVAILABLE, refusal).into_response(Media::Json, request_id);
    }
    let sockets = edge.sockets.clone();
    upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
        .max_message_size(BODY_BYTES_MAX)
        .max_frame_size(BODY_BYTES_MAX)
        .on_upgrade(move |socket| sockets.tracked(connection::run(edge, socket)))
}

/// Whether the page that opens the socket is ours. Programs that are no browser send no origin.
fn is_trusted_origin(headers: &HeaderMap, allowed_origins: &[String]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed_origins.iter().any(|allowed| allowed == origin) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let from: Option<Uri> = origin.parse().ok();
    match (host, from.as_ref().and_then(Uri::authority)) {
        (Some(host), Some(from)) => from.as_str().eq_ignore_ascii_case(host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_page_and_allowed_origins_are_trusted() {
        let trusted = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "learn.example:8000".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            is_trusted_origin(&headers, &["https://app.example".to_owned()])
        };
        assert!(trusted(None) && trusted(Some("https://app.example")) && trusted(Some("http://learn.example:8000")));
        assert!(!trusted(Some("https://evil.example")) && !trusted(Some("null")) && !trusted(Some("http://learn.example")));
    }
}
