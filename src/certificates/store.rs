//! Every statement on `certificates`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::keys::Seal;
use crate::{
    db::{
        Conn,
        ids::{CertificateId, UserId},
        schema::certificates,
    },
    error::Result,
};

/// What a learner has earned. What it says is fixed when it is issued; only whether it is good changes.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = certificates, check_for_backend(diesel::pg::Pg))]
pub struct Certificate {
    pub id: CertificateId,
    pub user_id: UserId,
    /// Slug of its kind in the seeds.
    pub kind: String,
    /// Also its number: 100 random bits, public.
    pub code: String,
    /// The learner's name when it was issued.
    pub recipient: String,
    pub title: String,
    pub statement: String,
    pub evidence: Vec<Uuid>,
    pub issued_at: DateTime<Utc>,
    /// The key that signed it; None until it is first shown.
    pub kid: Option<String>,
    pub signature: Option<Vec<u8>>,
    /// Since when a rejudge has taken away what it rests on.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// When an admin revoked it, for good.
    pub revoked_at: Option<DateTime<Utc>>,
    pub revocation_reason: Option<String>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = certificates)]
pub struct NewCertificate<'a> {
    pub id: CertificateId,
    pub user_id: UserId,
    pub kind: &'a str,
    pub code: &'a str,
    pub recipient: &'a str,
    pub title: &'a str,
    pub statement: &'a str,
    pub evidence: Vec<Uuid>,
    pub issued_at: DateTime<Utc>,
}

pub async fn insert(conn: &mut Conn, row: &NewCertificate<'_>) -> Result<()> {
    diesel::insert_into(certificates::table).values(row).execute(conn).await?;
    Ok(())
}

/// A learner's, the oldest first.
pub async fn of_user(conn: &mut Conn, user_id: UserId) -> Result<Vec<Certificate>> {
    let rows = certificates::table.filter(certificates::user_id.eq(user_id)).order((certificates::issued_at, certificates::id));
    Ok(rows.select(Certificate::as_select()).load(conn).await?)
}

pub async fn by_id(conn: &mut Conn, id: CertificateId) -> Result<Option<Certificate>> {
    Ok(certificates::table.find(id).select(Certificate::as_select()).first(conn).await.optional()?)
}

pub async fn by_code(conn: &mut Conn, code: &str) -> Result<Option<Certificate>> {
    let row = certificates::table.filter(certificates::code.eq(code)).select(Certificate::as_select());
    Ok(row.first(conn).await.optional()?)
}

/// Keeps the first seal; answers the certificate with the one it has.
pub async fn seal(conn: &mut Conn, id: CertificateId, seal: &Seal) -> Result<Certificate> {
    let unsealed = certificates::table.filter(certificates::id.eq(id).and(certificates::kid.is_null()));
    diesel::update(unsealed)
        .set((certificates::kid.eq(Some(&seal.kid)), certificates::signature.eq(Some(&seal.signature))))
        .execute(conn)
        .await?;
    Ok(certificates::table.find(id).select(Certificate::as_select()).first(conn).await?)
}

/// What it rests on now, and whether that was taken away.
pub async fn set_standing(conn: &mut Conn, id: CertificateId, evidence: Vec<Uuid>, withdrawn_at: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(certificates::table.find(id))
        .set((certificates::evidence.eq(evidence), certificates::withdrawn_at.eq(withdrawn_at)))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether it was not revoked before.
pub async fn revoke(conn: &mut Conn, at: DateTime<Utc>, id: CertificateId, admin: UserId, reason: &str) -> Result<bool> {
    let good = certificates::table.filter(certificates::id.eq(id).and(certificates::revoked_at.is_null()));
    let statement = diesel::update(good).set((
        certificates::revoked_at.eq(Some(at)),
        certificates::revoked_by.eq(Some(admin)),
        certificates::revocation_reason.eq(Some(reason)),
    ));
    Ok(statement.execute(conn).await? == 1)
}
