//! What anybody may open about a certificate without a client: its page, its PDF, and the keys that sign.

use axum::{
    Json,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::Edge;
use crate::{
    accounts,
    app::App,
    billing,
    certificates::{self, Certificate, Standing, page, sheet},
    error::{Code, Error, Result},
};

/// `/certificates/{code}` and `/certificates/{code}.pdf`.
pub(super) async fn show(State(edge): State<Edge>, Path(name): Path<String>) -> Response {
    let app = &edge.app;
    let shown = match name.strip_suffix(".pdf") {
        Some(code) => pdf(app, code).await,
        None => html(app, &name).await,
    };
    shown.unwrap_or_else(|error| refused(&error))
}

/// The public keys as a JWK set.
pub(super) async fn keys(State(edge): State<Edge>) -> Response {
    if let Err(error) = enabled(&edge.app) {
        return refused(&error);
    }
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(edge.app.certificate_keys.jwks())).into_response()
}

fn enabled(app: &App) -> Result<()> {
    if app.config.certificates.enabled {
        return Ok(());
    }
    Err(Error::refused(Code::FeatureDisabled, "Certificates are switched off on this platform."))
}

async fn find(app: &App, code: &str) -> Result<Option<Certificate>> {
    enabled(app)?;
    certificates::verify(&mut *app.db.conn().await?, &app.certificate_keys, code).await
}

async fn html(app: &App, code: &str) -> Result<Response> {
    let found = find(app, code).await?;
    let status = if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, page::POLICY.as_str()),
        (header::REFERRER_POLICY, "no-referrer"),
        // It may be revoked at any time.
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((status, headers, page::render(found.as_ref())?).into_response())
}

async fn pdf(app: &App, code: &str) -> Result<Response> {
    let found = find(app, code).await?.filter(|found| found.standing() == Standing::Valid);
    let found = found.ok_or_else(|| Error::not_found("certificate, or it has been revoked"))?;
    let owner = accounts::user(&mut *app.db.conn().await?, found.user_id).await?;
    if !billing::plan(&owner.plan)?.certificates_pdf {
        let plans = billing::plans_with_certificates_pdf()?.join(", ");
        return Err(Error::forbidden(format!("The PDF of a certificate is part of these plans: {plans}.")));
    }
    let address = format!("{}/certificates/{}", app.config.http.public_url, found.code);
    let name = format!("inline; filename=\"certificate-{}.pdf\"", found.code);
    let drawn = tokio::task::spawn_blocking(move || draw(&found, &address)).await.map_err(Error::fault)?;
    let headers =
        [(header::CONTENT_TYPE, "application/pdf"), (header::CONTENT_DISPOSITION, name.as_str()), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, drawn?).into_response())
}

fn draw(certificate: &Certificate, address: &str) -> Result<Vec<u8>> {
    sheet::render(&sheet::Paper {
        recipient: &certificate.recipient,
        title: &certificate.title,
        statement: &certificate.statement,
        number: &certificate.code,
        issued_at: certificate.issued_at,
        address,
        kid: certificate.kid.as_deref().unwrap_or_default(),
        jws: &certificate.jws()?,
    })
}

/// A refusal in the shape of the API's own errors.
pub(super) fn refused(error: &Error) -> Response {
    let status = match error.code() {
        Code::NotFound | Code::FeatureDisabled => StatusCode::NOT_FOUND,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::BadUserInput => StatusCode::BAD_REQUEST,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let Error::Fault(fault) = error {
        tracing::error!(error = format!("{fault:#}"), cause = error.cause(), "a document met a fault");
    }
    let body = json!({"errors": [{"message": error.public_message(), "extensions": {"code": error.code().as_str()}}]});
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
