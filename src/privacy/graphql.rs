//! Exports and the end of an account in the schema.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};

use super::{Deletion, Export, TooSoon};
use crate::{
    auth::ClientAddress,
    db::ids::UserId,
    error::Result,
    graphql::{
        app,
        user_error::{ExportTooSoon, InvalidCredentials, LastAdmin},
        viewer,
    },
};

/// How far an export is.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum DataExportStatus {
    /// It is being drawn up; a notification tells when it is ready.
    InProgress,
    /// It can be fetched.
    Ready,
}

/// A copy of everything that the platform holds about the viewer, as JSON. Audience: self.
pub struct DataExport(Export);

/// A copy of everything that the platform holds about the viewer, as JSON. Audience: self.
#[Object]
impl DataExport {
    /// How far it is.
    async fn status(&self) -> DataExportStatus {
        if self.0.ready_at.is_some() { DataExportStatus::Ready } else { DataExportStatus::InProgress }
    }

    /// Whether code, output and checks of all runs are in it.
    async fn with_submissions(&self) -> bool {
        self.0.with_submissions
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When it was ready; null until then.
    async fn ready_at(&self) -> Option<DateTime<Utc>> {
        self.0.ready_at
    }

    /// When it is deleted; null until it is ready.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.expires_at()
    }

    /// How long it is, in bytes; null until it is ready.
    async fn bytes(&self) -> Option<i64> {
        self.0.ready_at.map(|_| self.0.bytes)
    }

    /// Where it can be fetched without a token, for ten minutes; null until it is ready. Ask again for a new address.
    async fn url(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.0.ready_at?;
        let address = || {
            let app = app(ctx)?;
            Ok(format!("{}{}", app.config.http.public_url, super::path(&app.auth.tokens, app.clock.now(), &self.0)?))
        };
        Some(address())
    }
}

/// The viewer's data as a part of the viewer.
pub struct ViewerPrivacy(pub UserId);

#[Object]
impl ViewerPrivacy {
    /// The export that was asked for last; null when there is none, or not any more. Audience: self.
    async fn data_export(&self, ctx: &Context<'_>) -> Result<Option<DataExport>> {
        let app = app(ctx)?;
        let found = super::export_of(&mut *app.db.conn().await?, app.clock.now(), self.0).await?;
        Ok(found.map(DataExport))
    }
}

/// What `requestDataExport` takes.
#[derive(InputObject)]
pub struct RequestDataExportInput {
    /// Whether code, output and checks of all runs are wanted too, which may be much.
    #[graphql(default = true)]
    with_submissions: bool,
}

/// What `deleteAccount` takes.
#[derive(InputObject)]
pub struct DeleteAccountInput {
    /// The account's password, once more.
    password: String,
}

/// The export is under way.
#[derive(SimpleObject)]
pub struct RequestDataExportSuccess {
    /// The export; `viewer.dataExport` tells how far it is.
    data_export: DataExport,
}

/// The account is gone, with everything that told of its owner.
#[derive(SimpleObject)]
pub struct DeleteAccountSuccess {
    /// When it was deleted; its tokens work no more.
    deleted_at: DateTime<Utc>,
}

/// The outcome of `requestDataExport`.
#[derive(Union)]
pub enum RequestDataExportPayload {
    Success(RequestDataExportSuccess),
    ExportTooSoon(ExportTooSoon),
}

/// The outcome of `deleteAccount`.
#[derive(Union)]
pub enum DeleteAccountPayload {
    Success(DeleteAccountSuccess),
    InvalidCredentials(InvalidCredentials),
    LastAdmin(LastAdmin),
}

#[derive(Default)]
pub struct PrivacyMutation;

#[Object]
impl PrivacyMutation {
    /// Draws up a copy of everything about the viewer in the background. While one is under way, asking again answers that one; at most one an hour.
    async fn request_data_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the export is to hold.")] input: RequestDataExportInput,
    ) -> Result<RequestDataExportPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        Ok(match super::request(app, viewer.user_id, input.with_submissions).await? {
            Ok(export) => RequestDataExportPayload::Success(RequestDataExportSuccess { data_export: DataExport(export) }),
            Err(TooSoon(until)) => {
                let message = format!("You have asked for one less than an hour ago; ask again after {} UTC.", until.format("%H:%M"));
                RequestDataExportPayload::ExportTooSoon(ExportTooSoon::new(message))
            }
        })
    }

    /// Deletes the viewer's account for good, with everything that tells of the person: code, output, progress, certificates, groups that the
    /// account leads. Only the amounts of its XP stay, under no name. Ten wrong passwords in 15 minutes are RATE_LIMITED.
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proof that it is the owner who asks.")] input: DeleteAccountInput,
    ) -> Result<DeleteAccountPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let address = ctx.data_opt::<ClientAddress>().copied();
        Ok(match super::delete_account(app, viewer, &input.password, address).await? {
            Deletion::Done(deleted_at) => DeleteAccountPayload::Success(DeleteAccountSuccess { deleted_at }),
            Deletion::WrongPassword => {
                DeleteAccountPayload::InvalidCredentials(InvalidCredentials::new("That is not the password.").at(&["input", "password"]))
            }
            Deletion::LastAdmin => DeleteAccountPayload::LastAdmin(LastAdmin::new("This is the only admin left; make another one first.")),
        })
    }
}
