//! Report cards and transcripts as PDF, behind addresses that are signed and short-lived: a browser opens them without a session.

use chrono::{DateTime, Utc};

use super::{card_of, month::Month, sheet, transcript, transcript_sheet};
use crate::{
    app::App,
    auth::tokens::Tokens,
    db::ids::{TypedId, UserId},
    error::{Error, Result},
};

/// A personal document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    ReportCard(UserId, Month),
    Transcript(UserId),
}

impl Document {
    fn subject(self) -> String {
        match self {
            Self::ReportCard(user_id, month) => format!("report-card/{user_id}/{month}"),
            Self::Transcript(user_id) => format!("transcript/{user_id}"),
        }
    }

    fn parse(subject: &str) -> Option<Self> {
        let mut parts = subject.split('/');
        let found = match (parts.next()?, UserId::parse(parts.next()?).ok()?, parts.next()) {
            ("report-card", user_id, Some(month)) => Self::ReportCard(user_id, Month::parse(month)?),
            ("transcript", user_id, None) => Self::Transcript(user_id),
            _ => return None,
        };
        parts.next().is_none().then_some(found)
    }

    /// What a browser calls the file.
    #[must_use]
    pub fn file_name(self) -> String {
        match self {
            Self::ReportCard(_, month) => format!("report-card-{month}.pdf"),
            Self::Transcript(_) => "transcript.pdf".to_owned(),
        }
    }
}

/// The path of a document. Whoever has it may open the document until it ends: give it to nobody who may not see it.
pub fn path(tokens: &Tokens, now: DateTime<Utc>, document: Document) -> Result<String> {
    Ok(format!("/documents/{}.pdf", tokens.sign_link(document.subject(), now)?))
}

/// The document behind the last part of a path; NOT_FOUND when the address has ended or was never ours.
pub async fn open(app: &App, token: &str) -> Result<(Document, Vec<u8>)> {
    let now = app.clock.now();
    let gone = || Error::not_found("document, or its address has ended; ask for a new one");
    let document = app.auth.tokens.read_link(token, now).as_deref().and_then(Document::parse).ok_or_else(gone)?;
    let mut conn = app.db.conn().await?;
    let drawing = match document {
        Document::ReportCard(user_id, month) => {
            let card = card_of(&mut conn, now, user_id, month).await?.ok_or_else(gone)?;
            tokio::task::spawn_blocking(move || sheet::render(&card, now))
        }
        Document::Transcript(user_id) => {
            let transcript = transcript::of(&mut conn, now, user_id).await?;
            tokio::task::spawn_blocking(move || transcript_sheet::render(&transcript))
        }
    };
    drop(conn);
    Ok((document, drawing.await.map_err(Error::fault)??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_one_document() {
        let user_id = UserId::generate();
        for document in [Document::Transcript(user_id), Document::ReportCard(user_id, Month::parse("2026-11").unwrap())] {
            assert_eq!(Document::parse(&document.subject()), Some(document));
        }
        for bad in ["", "transcript", "transcript/x", &format!("report-card/{user_id}"), &format!("transcript/{user_id}/2026-11/x"), "/"] {
            assert_eq!(Document::parse(bad), None, "{bad}");
        }
    }
}
