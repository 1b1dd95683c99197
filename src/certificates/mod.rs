//! Certificates: what a learner has earned, in a form that somebody else can verify without asking the learner.
//!
//! They are issued, withdrawn and given back in the transaction that changed what they rest on; an admin revokes one for good.
//! It never decides what is passed: that is `progress`. Start reading at [`settle`], then [`rules`] for what each takes.

pub mod graphql;
mod keys;
pub mod page;
pub mod rules;
pub mod sheet;
mod store;

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
pub use keys::Keys;
use keys::Seal;
use rules::{Evidence, Facts, Kind};
use serde::Serialize;
pub use store::Certificate;
use store::NewCertificate;

use crate::{
    accounts,
    auth::{Admin, codes},
    curriculum,
    db::{
        self, Conn, Db,
        ids::{CertificateId, TypedId, UserId},
    },
    error::{Error, Result},
    progress::{
        self,
        learner_events::{self, LearnerEvent},
        notifications::{self, Note, NotificationKind},
    },
};

/// Characters of a code: 100 random bits.
const CODE_CHARACTERS: usize = 20;
/// Characters of an admin's reason.
const REASON_CHARACTERS_MAX: usize = 500;

/// What is signed: everything that a certificate says.
#[derive(Serialize)]
pub struct Statement<'a> {
    number: &'a str,
    recipient: &'a str,
    title: &'a str,
    #[serde(rename = "statement")]
    wording: &'a str,
    issued_at: String,
}

/// Whether a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Valid,
    Revoked,
}

impl Certificate {
    #[must_use]
    pub fn standing(&self) -> Standing {
        if self.revoked_since().is_some() { Standing::Revoked } else { Standing::Valid }
    }

    /// Since when it is not good any more.
    #[must_use]
    pub fn revoked_since(&self) -> Option<DateTime<Utc>> {
        self.revoked_at.or(self.withdrawn_at)
    }

    fn signed(&self) -> Statement<'_> {
        Statement {
            number: &self.code,
            recipient: &self.recipient,
            title: &self.title,
            wording: &self.statement,
            issued_at: self.issued_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        }
    }

    fn seal(&self) -> Option<Seal> {
        Some(Seal { kid: self.kid.clone()?, signature: self.signature.clone()? })
    }

    /// The signed statement as a compact JWS; a fault for one that was never shown.
    pub fn jws(&self) -> Result<String> {
        keys::jws(&self.signed(), &self.seal().ok_or_else(|| Error::broken("a certificate is shown without its seal"))?)
    }
}

/// Issues what a learner has earned, withdraws what a rejudge has taken away, and gives it back when it is earned again. Runs in
/// the transaction of its cause, under the learner's row lock; a second call with the same facts changes nothing.
///
/// A change of the curriculum takes nothing away: a certificate stands while all it rested on is still passed.
pub async fn settle(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, longest_streak_days: i64) -> Result<()> {
    let outlines = curriculum::outlines(conn).await?;
    let standing = progress::standing(conn, user_id).await?;
    let facts = Facts::new(&outlines, &standing, longest_streak_days);
    let held = store::of_user(conn, user_id).await?;
    let mut held: HashMap<&str, &Certificate> = held.iter().map(|row| (row.kind.as_str(), row)).collect();
    for kind in rules::all()? {
        let earned = kind.earned_by(&facts)?;
        match (held.remove(kind.slug.as_str()), earned) {
            (None, None) => {}
            (None, Some(evidence)) => issue(conn, now, user_id, kind, evidence).await?,
            (Some(row), earned) => keep(conn, now, row, earned, &facts).await?,
        }
    }
    Ok(())
}

async fn issue(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, kind: &Kind, evidence: Evidence) -> Result<()> {
    let recipient = accounts::user(conn, user_id).await?.display_name;
    let (id, code) = (CertificateId::generate(), codes::generate(CODE_CHARACTERS));
    let row = NewCertificate {
        id,
        user_id,
        kind: &kind.slug,
        code: &code,
        recipient: &recipient,
        title: &kind.title,
        statement: &kind.statement,
        evidence: evidence.into_iter().collect(),
        issued_at: now,
    };
    store::insert(conn, &row).await?;
    tell_issued(conn, now, user_id, id, &kind.title).await
}

async fn tell_issued(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, id: CertificateId, title: &str) -> Result<()> {
    learner_events::append(conn, now, user_id, &LearnerEvent::CertificateIssued { certificate_id: id }).await?;
    let body = format!("Your certificate \"{title}\" can be verified by anybody who has its number.");
    let note = Note { kind: NotificationKind::CertificateIssued, title: format!("A certificate: {title}"), body };
    notifications::notify(conn, now, user_id, note).await
}

async fn tell_revoked(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, title: &str, why: &str) -> Result<()> {
    let note = Note {
        kind: NotificationKind::CertificateRevoked,
        title: format!("A certificate is not valid any more: {title}"),
        body: why.to_owned(),
    };
    notifications::notify(conn, now, user_id, note).await
}

async fn keep(conn: &mut Conn, now: DateTime<Utc>, row: &Certificate, earned: Option<Evidence>, facts: &Facts<'_>) -> Result<()> {
    let rests_on: Evidence = row.evidence.iter().copied().collect();
    // A streak rests on no item, so nothing but the rule speaks for it.
    let stands = !rests_on.is_empty() && facts.still_hold(&rests_on);
    match (row.withdrawn_at, earned) {
        (None, None) if !stands => {
            store::set_standing(conn, row.id, row.evidence.clone(), Some(now)).await?;
            let why = "What it rests on was judged again and does not hold. It is valid again as soon as you have earned it again.";
            if row.revoked_at.is_some() { Ok(()) } else { tell_revoked(conn, now, row.user_id, &row.title, why).await }
        }
        (None, Some(evidence)) if !stands && evidence != rests_on => {
            store::set_standing(conn, row.id, evidence.into_iter().collect(), None).await
        }
        (Some(_), Some(evidence)) => {
            store::set_standing(conn, row.id, evidence.into_iter().collect(), None).await?;
            if row.revoked_at.is_some() {
                return Ok(());
            }
            tell_issued(conn, now, row.user_id, row.id, &row.title).await
        }
        _ => Ok(()),
    }
}

/// A learner's certificates, the oldest first, signed.
pub async fn of_learner(conn: &mut Conn, keys: &Keys, user_id: UserId) -> Result<Vec<Certificate>> {
    let mut sealed = Vec::new();
    for row in store::of_user(conn, user_id).await? {
        sealed.push(seal(conn, keys, row).await?);
    }
    Ok(sealed)
}

/// A certificate by its id, signed.
pub async fn by_id(conn: &mut Conn, keys: &Keys, id: CertificateId) -> Result<Option<Certificate>> {
    match store::by_id(conn, id).await? {
        None => Ok(None),
        Some(row) => seal(conn, keys, row).await.map(Some),
    }
}

/// What anybody may ask: the certificate with this code, as it was typed. None when there is none, or when its signature is not
/// one of ours, which makes it none.
pub async fn verify(conn: &mut Conn, keys: &Keys, typed: &str) -> Result<Option<Certificate>> {
    let Some(code) = codes::normal(typed, CODE_CHARACTERS) else { return Ok(None) };
    let Some(row) = store::by_code(conn, &code).await? else { return Ok(None) };
    let row = seal(conn, keys, row).await?;
    let genuine = match row.seal() {
        Some(seal) => keys.verify(&row.signed(), &seal)?,
        None => false,
    };
    if !genuine {
        tracing::warn!(certificate = %row.id, "a stored certificate does not bear a signature of our keys");
        return Ok(None);
    }
    Ok(Some(row))
}

/// Signs a certificate when it is first shown: who judges code holds no key, and what nobody has seen needs no signature.
async fn seal(conn: &mut Conn, keys: &Keys, row: Certificate) -> Result<Certificate> {
    if row.kid.is_some() {
        return Ok(row);
    }
    let seal = keys.sign(&row.signed())?;
    store::seal(conn, row.id, &seal).await
}

/// What a revocation met.
pub enum Revocation {
    Done,
    RevokedBefore,
    BadReason(String),
}

/// Revokes a certificate for good: the learner is not issued another of its kind.
pub async fn revoke(db: &Db, now: DateTime<Utc>, admin: Admin, id: CertificateId, reason: &str) -> Result<Revocation> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if length == 0 || length > REASON_CHARACTERS_MAX || reason.chars().any(|character| character.is_control() && character != '\n') {
        return Ok(Revocation::BadReason(format!("A reason has 1 to {REASON_CHARACTERS_MAX} visible characters.")));
    }
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let row = store::by_id(conn, id).await?.ok_or_else(|| Error::not_found("certificate"))?;
        accounts::lock(conn, row.user_id).await?;
        let revoked = store::revoke(conn, now, id, admin.user_id, reason).await?;
        if revoked {
            tell_revoked(conn, now, row.user_id, &row.title, reason).await?;
            tracing::info!(certificate = %id, admin = %admin.user_id, "a certificate was revoked");
        }
        Ok(if revoked { Revocation::Done } else { Revocation::RevokedBefore })
    })
    .await
}
