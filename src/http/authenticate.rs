//! From an `Authorization` header or a socket's first message to the viewer, and the watch over an open connection.

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

/// Whether the connection's right to be open has ended: also when a role was taken, since what is open may rest on it; the client
/// connects again with the roles that are left. A database that does not answer ends nothing.
pub(super) async fn has_ended(app: &App, session: &Session) -> bool {
    if app.clock.now() >= session.viewer.token_expires_at {
        return true;
    }
    match authenticate(app, &session.bearer).await {
        Ok(viewer) => !session.viewer.roles.is_subset(&viewer.roles),
        Err(error) => error.code() == Code::Unauthenticated,
    }
}

/// Resolves when the session has ended; looks once in `session_cache_ttl`. Never resolves for anonymous connections.
pub(super) async fn ended(app: &App, session: Option<&Session>) {
    let Some(session) = session else { return std::future::pending().await };
    loop {
        tokio::time::sleep(app.config.auth.session_cache_ttl).await;
        if has_ended(app, session).await {
            return;
        }
    }
}
