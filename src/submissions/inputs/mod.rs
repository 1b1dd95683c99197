//! What a learner types into a program while it runs.
//!
//! Every piece is a row with a number, written under the submission's row lock, so that pieces have one order and a repeated request
//! makes no second one. The worker that holds the run reads on from the last number it has seen; a run that is done again
//! is given everything from the start. Start reading at [`send`].

mod store;

use chrono::{DateTime, Utc};
pub use store::Piece;

use super::{Submission, check_request_id, types::Status};
use crate::{
    auth::{Viewer, policy},
    db::{self, Conn, Db, ids::SubmissionId},
    error::{Error, Result},
};

/// Bytes of everything that is typed into one run.
pub const INPUT_BYTES_MAX: i64 = 64 * 1024;
/// Pieces of one run.
pub const PIECES_MAX: i64 = 2_000;

/// What is typed.
#[derive(Clone, Debug)]
pub struct Typed {
    pub text: String,
    /// Nothing comes after it.
    pub ends: bool,
    /// The same one again changes nothing.
    pub client_request_id: Option<String>,
}

/// Why nothing was typed.
#[derive(Clone, Debug)]
pub enum Refusal {
    AlreadyFinished,
    /// It was not started with standard input kept open, or its end was sent.
    Closed(&'static str),
    TooLarge(String),
    Invalid {
        field: &'static str,
        message: String,
    },
}

/// Types into a run that waits or runs. The caller rings [`super::live::input_name`].
pub async fn send(
    db: &Db,
    viewer: &Viewer,
    now: DateTime<Utc>,
    id: SubmissionId,
    typed: Typed,
) -> Result<std::result::Result<Submission, Refusal>> {
    if let Err(refusal) = check(&typed) {
        return Ok(Err(refusal));
    }
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        let row = super::store::lock(conn, id).await?.filter(|row| policy::may_type_into_submission(viewer, row.user_id));
        let row = row.ok_or_else(|| Error::not_found("submission"))?;
        if let Some(request_id) = &typed.client_request_id
            && let Some(known) = store::by_request_id(conn, id, request_id).await?
        {
            let same = known.text == typed.text && known.ends == typed.ends;
            return if same { Ok(Ok(row)) } else { Err(Error::conflict("This clientRequestId was used for other input; make a new one.")) };
        }
        if row.status == Status::Finished {
            return Ok(Err(Refusal::AlreadyFinished));
        }
        if !row.stdin_open {
            return Ok(Err(Refusal::Closed("The run was started without `stdinOpen`; it has all its input.")));
        }
        let so_far = store::so_far(conn, id).await?;
        if so_far.ended {
            return Ok(Err(Refusal::Closed("The end of the input was sent; nothing can come after it.")));
        }
        let bytes = so_far.bytes + i64::try_from(typed.text.len()).unwrap_or(i64::MAX);
        if bytes > INPUT_BYTES_MAX || so_far.pieces >= PIECES_MAX {
            let message = format!("A run takes {INPUT_BYTES_MAX} bytes in {PIECES_MAX} pieces; this would be more.");
            return Ok(Err(Refusal::TooLarge(message)));
        }
        store::insert(conn, now, id, so_far.pieces, &typed).await?;
        Ok(Ok(row))
    })
    .await
}

fn check(typed: &Typed) -> std::result::Result<(), Refusal> {
    if typed.text.contains('\0') {
        return Err(Refusal::Invalid { field: "text", message: "The text holds a NUL character.".to_owned() });
    }
    if typed.text.is_empty() && !typed.ends {
        return Err(Refusal::Invalid { field: "text", message: "There is nothing to type.".to_owned() });
    }
    match typed.client_request_id.as_deref().map(check_request_id) {
        Some(Err(super::Refusal::Invalid { field, message })) => Err(Refusal::Invalid { field, message }),
        _ => Ok(()),
    }
}

/// The pieces after a number, in order; the first one has 1.
pub async fn after(conn: &mut Conn, id: SubmissionId, seq: i32) -> Result<Vec<Piece>> {
    store::after(conn, id, seq).await
}
