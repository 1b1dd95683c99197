//! Hints for caches on what is the same for everybody: the curriculum, asked by GET without an access token. The tag is weak and of
//! the data alone, since what a query cost and left stands beside it and differs each time.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use sha2::{Digest, Sha256};

use crate::graphql::{Admitted, Answer, Outcome};

/// Root fields whose answer depends on nobody once nobody is logged in.
const PUBLIC: [&str; 5] = ["__typename", "tracks", "track", "lesson", "challenge"];

/// Whether an anonymous caller's answer would be everybody's.
pub(super) fn is_public(admitted: &Admitted) -> bool {
    admitted.root_fields().all(|field| PUBLIC.contains(&field))
}

/// Lets caches keep a whole answer for `max_age`; one that the client has already becomes 304.
pub(super) fn hinted(mut response: Response, answer: &Answer, headers: &HeaderMap, max_age: Duration) -> Response {
    if answer.outcome() != Outcome::Ok || response.status() != StatusCode::OK {
        return response;
    }
    let digest = Sha256::digest(serde_json::to_vec(&answer.data).unwrap_or_default());
    let tag = format!("W/\"{}\"", hex::encode(&digest[..16]));
    let has_it = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|tags| names(tags, &tag));
    if has_it {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    let kept = format!("public, max-age={}", max_age.as_secs());
    for (name, value) in [(header::CACHE_CONTROL, kept), (header::ETAG, tag)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// By weak comparison (RFC 9110, section 8.8.3.2).
fn names(tags: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|each| opaque(each) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_weakly() {
        for (tags, found) in
            [("W/\"a\"", true), ("\"a\"", true), ("\"b\", W/\"a\"", true), ("*", true), ("\"b\"", false), ("", false), ("a", false)]
        {
            assert_eq!(names(tags, "W/\"a\""), found, "{tags}");
        }
    }
}
