//! Personal documents behind signed, short-lived addresses: report cards, transcripts and exports.

use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;

use super::{Edge, certificates::refused};
use crate::{
    app::App,
    error::{Error, Result},
    privacy,
    reports::document,
};

/// `/documents/{token}.pdf` and `/documents/{token}.json`.
pub(super) async fn show(State(edge): State<Edge>, Path(name): Path<String>) -> Response {
    let shown = match name.rsplit_once('.') {
        Some((token, "pdf")) => pdf(&edge.app, token).await,
        Some((token, "json")) => export(&edge.app, token).await,
        _ => Err(Error::not_found("document")),
    };
    shown.unwrap_or_else(|error| refused(&error))
}

async fn pdf(app: &App, token: &str) -> Result<Response> {
    let (document, bytes) = document::open(app, token).await?;
    let disposition = format!("inline; filename=\"{}\"", document.file_name());
    Ok(private("application/pdf", &disposition, bytes.into()))
}

/// Read part by part as the client takes it. An export that is replaced meanwhile ends early, which the client sees by its length.
async fn export(app: &App, token: &str) -> Result<Response> {
    let export = privacy::open(app, token).await?;
    let (app, user_id) = (app.clone(), export.user_id);
    let parts = stream::try_unfold(0, move |position| {
        let app = app.clone();
        async move {
            let part = privacy::part(&app, user_id, position).await.map_err(Error::into_anyhow)?;
            Ok::<_, anyhow::Error>(part.map(|text| (Bytes::from(text), position + 1)))
        }
    });
    let mut response = private("application/json; charset=utf-8", "attachment; filename=\"my-data.json\"", Body::from_stream(parts));
    response.headers_mut().insert(header::CONTENT_LENGTH, export.bytes.into());
    Ok(response)
}

fn private(content_type: &str, disposition: &str, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body).into_response()
}
