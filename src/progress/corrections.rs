//! An admin gives or takes XP by an entry of its own, with a reason. No entry is ever changed.

use chrono::{DateTime, Utc};

use super::{
    ledger::{Settlement, Target, XpKind},
    notifications::{self, Note, NotificationKind},
    settle,
    store::{self, XpEntry},
};
use crate::{
    accounts::{self, Malformed},
    auth::Admin,
    db::{self, Db, ids::UserId},
    error::{Error, Result},
};

/// XP that one correction gives or takes at most.
pub const AMOUNT_MAX: i32 = 100_000;
/// Characters of a reason.
const REASON_CHARACTERS_MAX: usize = 500;
/// Characters of the name of a request.
const REQUEST_ID_MAX: usize = 100;

#[derive(Clone, Debug)]
pub struct Correction {
    pub user_id: UserId,
    /// Not zero; negative takes.
    pub amount: i32,
    pub reason: String,
    /// New for each correction: the same again appends nothing.
    pub request_id: String,
}

/// Appends the correction, once however often it is sent. CONFLICT when its request id was used for another one.
pub async fn correct(db: &Db, now: DateTime<Utc>, admin: Admin, correction: Correction) -> Result<Result<XpEntry, Malformed>> {
    let correction = match check(correction) {
        Ok(correction) => correction,
        Err(malformed) => return Ok(Err(malformed)),
    };
    let Correction { user_id, amount, reason, request_id } = correction;
    let mut conn = db.conn().await?;
    let (entry, fresh) = db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        if let Some(known) = store::entry_of(conn, user_id, XpKind::Correction, &request_id).await? {
            if known.amount == amount && known.reason == reason {
                return Ok((known, false));
            }
            return Err(Error::conflict("This clientRequestId was used for another correction; make a new one for each."));
        }
        let mut settlement = Settlement::begin(conn, now, user_id, None).await?;
        let target = Target {
            kind: XpKind::Correction,
            source_id: request_id.clone(),
            xp: i64::from(amount),
            reason: &reason,
            version_id: None,
            track_id: None,
        };
        settlement.settle(conn, target).await?;
        let note =
            Note { kind: NotificationKind::XpCorrected, title: format!("Your XP was corrected by {amount:+}"), body: reason.clone() };
        notifications::notify(conn, now, user_id, note).await?;
        settle::learner(conn, &mut settlement).await?;
        let entry = store::entry_of(conn, user_id, XpKind::Correction, &request_id).await?;
        Ok((entry.ok_or_else(|| Error::broken("a correction is not in the ledger"))?, true))
    })
    .await?;
    if fresh {
        tracing::info!(admin = %admin.user_id, user = %user_id, entry = %entry.id, amount, reason, "a ledger was corrected");
    }
    Ok(Ok(entry))
}

fn check(correction: Correction) -> Result<Correction, Malformed> {
    let reason = correction.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARACTERS_MAX || reason.contains('\0') {
        return Err(Malformed::new("reason", format!("The reason has 1 to {REASON_CHARACTERS_MAX} characters.")));
    }
    if correction.amount == 0 || correction.amount.unsigned_abs() > AMOUNT_MAX.unsigned_abs() {
        return Err(Malformed::new("amount", format!("The amount is not zero and at most {AMOUNT_MAX} either way.")));
    }
    let id = &correction.request_id;
    if id.is_empty() || id.len() > REQUEST_ID_MAX || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("A clientRequestId is 1 to {REQUEST_ID_MAX} visible ASCII characters, different for each correction.");
        return Err(Malformed::new("clientRequestId", message));
    }
    Ok(Correction { reason, ..correction })
}
