//! For those who run the server: health, metrics, and the schema as text.

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::Edge;
use crate::{app::App, backlog};

/// The process runs; it says nothing about what it needs.
pub(super) async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

pub(super) fn register_database_probe(app: &App) {
    let db = app.db.clone();
    app.health.register("database", move || {
        let db = db.clone();
        async move { db.ping().await.map_err(|error| error.public_message().into_owned()) }
    });
}

/// 503 when a probe fails or the server drains, so that no new work is sent here.
pub(super) async fn ready(State(edge): State<Edge>) -> Response {
    let findings = edge.app.health.check().await;
    let draining = edge.app.health.is_draining();
    let failed = findings.iter().any(|finding| finding.problem.is_some());
    let probes: serde_json::Map<_, _> = findings
        .into_iter()
        .map(|finding| {
            let found = match finding.problem {
                None => json!({"status": "ok"}),
                Some(problem) => json!({"status": "failed", "problem": problem}),
            };
            (finding.name.to_owned(), found)
        })
        .collect();
    let word = match (draining, failed) {
        (true, _) => "draining",
        (false, true) => "failed",
        (false, false) => "ok",
    };
    let status = if word == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({"status": word, "probes": probes}))).into_response()
}

pub(super) async fn metrics(State(edge): State<Edge>) -> Response {
    match edge.app.metrics.render(&backlog::moment(&edge.app).await) {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => {
            tracing::error!(cause = error.cause(), error = format!("{:#}", error.into_anyhow()), "the metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The schema in SDL.
pub(super) async fn schema(State(edge): State<Edge>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/graphql; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, edge.engine.sdl()).into_response()
}
