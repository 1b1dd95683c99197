//! The in-browser client, out of this binary: nothing is loaded from elsewhere.

use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

/// Built by `graphiql/`; without it the page says so.
#[derive(RustEmbed)]
#[folder = "graphiql/dist/"]
#[allow_missing = true]
struct Bundle;

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
                      worker-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn page() -> Response {
    let Some(file) = Bundle::get("index.html") else {
        return (StatusCode::NOT_FOUND, "GraphiQL was not built into this server.").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, file.data).into_response()
}

/// The names hold a hash of the content, so browsers may keep them for good.
pub(super) async fn asset(Path(path): Path<String>) -> Response {
    let Some(file) = Bundle::get(&format!("assets/{path}")) else { return StatusCode::NOT_FOUND.into_response() };
    let kind = mime_guess::from_path(&path).first_or_octet_stream();
    let headers = [
        (header::CONTENT_TYPE, kind.as_ref()),
        // Workers take the policy of their own file.
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, file.data).into_response()
}
