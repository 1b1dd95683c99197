//! Personal documents behind signed, short-lived addresses: report cards and transcripts.

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{Edge, certificates::refused};
use crate::{
    app::App,
    error::{Error, Result},
    reports::document,
};

/// `/documents/{token}.pdf`.
pub(super) async fn show(State(edge): State<Edge>, Path(name): Path<String>) -> Response {
    pdf(&edge.app, &name).await.unwrap_or_else(|error| refused(&error))
}

async fn pdf(app: &App, name: &str) -> Result<Response> {
    let token = name.strip_suffix(".pdf").ok_or_else(|| Error::not_found("document"))?;
    let (document, bytes) = document::open(app, token).await?;
    let disposition = format!("inline; filename=\"{}\"", document.file_name());
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    Ok((headers, bytes).into_response())
}
