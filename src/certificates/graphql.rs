//! Certificates in the schema: the learner's own, verification by anybody, revocation by admins.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};

use super::{Certificate, Revocation, Standing, rules};
use crate::{
    app::App,
    auth::policy,
    billing,
    db::ids::{CertificateId, TypedId, UserId},
    error::{Code, Error, Result},
    graphql::{
        admin, app,
        loaders::loaders,
        user_error::{AlreadyRevoked, InvalidInput},
        viewer_or_none,
    },
};

/// Whether a certificate is good.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum CertificateStatus {
    /// We issued it and stand by it.
    Valid,
    /// We issued it and do not stand by it any more.
    Revoked,
    /// We issued no such certificate.
    Unknown,
}

impl From<Standing> for CertificateStatus {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Valid => Self::Valid,
            Standing::Revoked => Self::Revoked,
        }
    }
}

/// What a certificate is for.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum CertificateKind {
    /// A track's challenges.
    Track,
    /// A whole path: every module mastered.
    Path,
    /// A number of challenges.
    Count,
    /// A streak of days.
    Streak,
    /// All challenge tracks and the capstone.
    Supervisor,
}

impl From<&rules::Rule> for CertificateKind {
    fn from(rule: &rules::Rule) -> Self {
        match rule {
            rules::Rule::Track { .. } => Self::Track,
            rules::Rule::Path { .. } => Self::Path,
            rules::Rule::Count { .. } => Self::Count,
            rules::Rule::Streak { .. } => Self::Streak,
            rules::Rule::Supervisor { .. } => Self::Supervisor,
        }
    }
}

/// Proof of what a learner has done. Whoever has its number may see it; without the number: its learner, the instructors of
/// their groups, and admins.
pub struct CertificateObject(pub Certificate);

impl From<Certificate> for CertificateObject {
    fn from(certificate: Certificate) -> Self {
        Self(certificate)
    }
}

/// Proof of what a learner has done. Whoever has its number may see it; without the number: its learner, the instructors of
/// their groups, and admins.
#[Object(name = "Certificate")]
impl CertificateObject {
    /// Names the certificate.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What it is for; null for a kind that is not offered any more. Audience: public.
    async fn kind(&self) -> Option<Result<CertificateKind>> {
        rules::by_slug(&self.0.kind).transpose().map(|kind| kind.map(|kind| (&kind.rule).into()))
    }

    /// Its number, with which anybody can verify it. Audience: public.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The learner's name when it was issued. Audience: public.
    async fn recipient(&self) -> &str {
        &self.0.recipient
    }

    /// Its name, such as `Web Track`. Audience: public.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What the recipient has done, to follow their name. Audience: public.
    async fn statement(&self) -> &str {
        &self.0.statement
    }

    /// When it was issued. Audience: public.
    async fn issued_at(&self) -> DateTime<Utc> {
        self.0.issued_at
    }

    /// Whether it is good: VALID or REVOKED. Audience: public.
    async fn status(&self) -> CertificateStatus {
        self.0.standing().into()
    }

    /// Since when it is not good any more; null while it is. Audience: public.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_since()
    }

    /// Why an admin revoked it; null when none did, and for everyone but its learner and admins.
    async fn revocation_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        let may = viewer_or_none(ctx).is_some_and(|viewer| policy::may_read_account(viewer, self.0.user_id, false));
        self.0.revocation_reason.as_deref().filter(|_| may)
    }

    /// The address of its public page. Audience: public.
    async fn url(&self, ctx: &Context<'_>) -> Result<String> {
        address(ctx, &self.0)
    }

    /// The address of its PDF; null when the learner's plan includes none, and while it is revoked. Audience: public.
    async fn pdf_url(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        pdf_address(ctx, &self.0).await.transpose()
    }

    /// The key that signed it, as in the key set at /certificates/keys.json. Audience: public.
    async fn key_id(&self) -> &str {
        self.0.kid.as_deref().unwrap_or_default()
    }

    /// The certificate as a signed statement, a compact JWS (EdDSA), to verify without us. Audience: public.
    async fn signed_statement(&self) -> Result<String> {
        self.0.jws()
    }
}

fn address(ctx: &Context<'_>, certificate: &Certificate) -> Result<String> {
    Ok(format!("{}/certificates/{}", app(ctx)?.config.http.public_url, certificate.code))
}

async fn pdf_address(ctx: &Context<'_>, certificate: &Certificate) -> Result<Option<String>> {
    let owner = loaders(ctx)?.load_one(certificate.user_id).await?.ok_or_else(|| Error::not_found("user"))?;
    let has_pdf = certificate.standing() == Standing::Valid && billing::plan(&owner.plan)?.certificates_pdf;
    Ok(if has_pdf { Some(format!("{}.pdf", address(ctx, certificate)?)) } else { None })
}

/// FEATURE_DISABLED where certificates are switched off.
fn enabled(ctx: &Context<'_>) -> Result<()> {
    let on = app(ctx)?.config.certificates.enabled;
    if on { Ok(()) } else { Err(Error::refused(Code::FeatureDisabled, "Certificates are switched off on this platform.")) }
}

/// What a verification found.
#[derive(SimpleObject)]
pub struct CertificateVerification {
    /// Whether there is such a certificate, and whether it is good.
    status: CertificateStatus,
    /// The certificate; null when the status is UNKNOWN.
    certificate: Option<CertificateObject>,
}

#[derive(Default)]
pub struct CertificatesQuery;

#[Object]
impl CertificatesQuery {
    /// Whether a certificate is genuine and good, by the number that stands on it. Anybody may ask.
    async fn verify_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number on the certificate; capitals, spaces and dashes do not count.")] code: String,
    ) -> Result<CertificateVerification> {
        enabled(ctx)?;
        let app = app(ctx)?;
        let found = super::verify(&mut *app.db.conn().await?, &app.certificate_keys, &code).await?;
        Ok(CertificateVerification {
            status: found.as_ref().map_or(CertificateStatus::Unknown, |found| found.standing().into()),
            certificate: found.map(Into::into),
        })
    }
}

/// The certificates' part of the viewer.
pub struct ViewerCertificates(pub UserId);

#[Object]
impl ViewerCertificates {
    /// The viewer's certificates, the oldest first, revoked ones too. Audience: self.
    #[graphql(complexity = "5 + 12 * child_complexity")]
    async fn certificates(&self, ctx: &Context<'_>) -> Result<Vec<CertificateObject>> {
        of_learner(ctx, self.0).await
    }
}

/// Of the viewer, or of somebody whose certificates `auth::policy` lets the viewer see. None where they are switched off.
pub async fn of_learner(ctx: &Context<'_>, user_id: UserId) -> Result<Vec<CertificateObject>> {
    let app = app(ctx)?;
    if !app.config.certificates.enabled {
        return Ok(Vec::new());
    }
    let rows = super::of_learner(&mut *app.db.conn().await?, &app.certificate_keys, user_id).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// For `node(id)`: None for strangers.
pub async fn node(ctx: &Context<'_>, id: CertificateId) -> Result<Option<CertificateObject>> {
    let Some(viewer) = viewer_or_none(ctx) else { return Ok(None) };
    let app = app(ctx)?;
    if !app.config.certificates.enabled {
        return Ok(None);
    }
    let mut conn = app.db.conn().await?;
    let Some(found) = super::by_id(&mut conn, &app.certificate_keys, id).await? else { return Ok(None) };
    let leads = crate::classroom::leads(&mut conn, viewer, found.user_id).await?;
    Ok(policy::may_read_account(viewer, found.user_id, leads).then(|| found.into()))
}

/// For events: one that the learner was told of.
pub async fn issued(app: &App, id: CertificateId) -> Result<CertificateObject> {
    let found = super::by_id(&mut *app.db.conn().await?, &app.certificate_keys, id).await?;
    found.map(Into::into).ok_or_else(|| Error::broken("an event names a certificate that is gone"))
}

/// Which certificate to revoke, and why.
#[derive(InputObject)]
pub struct RevokeCertificateInput {
    /// The certificate.
    certificate_id: ID,
    /// For its learner and other admins: 1 to 500 characters.
    reason: String,
}

/// The certificate is revoked for good.
#[derive(SimpleObject)]
pub struct RevokeCertificateSuccess {
    /// The certificate as it is now.
    certificate: CertificateObject,
}

/// The outcome of `revokeCertificate`.
#[derive(Union)]
pub enum RevokeCertificatePayload {
    Success(RevokeCertificateSuccess),
    AlreadyRevoked(AlreadyRevoked),
    InvalidInput(InvalidInput),
}

#[derive(Default)]
pub struct CertificatesMutation;

#[Object]
impl CertificatesMutation {
    /// Revokes a certificate for good; its learner is issued no other of the kind. Audience: admins.
    async fn revoke_certificate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which certificate to revoke, and why.")] input: RevokeCertificateInput,
    ) -> Result<RevokeCertificatePayload> {
        let (app, admin) = (app(ctx)?, admin(ctx)?);
        enabled(ctx)?;
        let id = CertificateId::parse(&input.certificate_id)?;
        Ok(match super::revoke(&app.db, app.clock.now(), admin, id, &input.reason).await? {
            Revocation::Done => {
                app.outbox_bell.ring();
                RevokeCertificatePayload::Success(RevokeCertificateSuccess { certificate: issued(app, id).await? })
            }
            Revocation::RevokedBefore => {
                RevokeCertificatePayload::AlreadyRevoked(AlreadyRevoked::new("It was revoked before.").at(&["input", "certificateId"]))
            }
            Revocation::BadReason(message) => RevokeCertificatePayload::InvalidInput(InvalidInput::new(message).at(&["input", "reason"])),
        })
    }
}
