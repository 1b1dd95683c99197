//! From an `Authorization` header or a socket's first message to the viewer.

use axum::http::{HeaderMap, header};

use crate::{
    app::App,
    auth::Viewer,
    error::{Code, Error, Result},
};

/// A checked access token and whom it stands for.
#[derive(Clone)]
pub(super) struct Session {
    pub bearer: String,
    pub viewer: Viewer,
}

/// The viewer behind an access token whose session is live; UNAUTHENTICATED otherwise.
pub async fn authenticate(app: &App, bearer: &str) -> Result<Viewer> {
    crate::accounts::authenticate(app, bearer).await
}

/// The token in `Bearer <token>`.
pub(super) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

pub(super) async fn session(app: &App, authorization: &str) -> Result<Session> {
    let bearer = bearer(authorization).ok_or_else(|| Error::refused(Code::Unauthenticated, "The authorization is not a bearer token."))?;
    Ok(Session { bearer: bearer.to_owned(), viewer: authenticate(app, bearer).await? })
}

/// None without an `Authorization` header; UNAUTHENTICATED when there is one and it is no good.
pub(super) async fn session_of(app: &App, headers: &HeaderMap) -> Result<Option<Session>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Error::refused(Code::Unauthenticated, "The authorization is not text."))?;
    session(app, text).await.map(Some)
}
