//! Report cards and transcripts as PDF, behind addresses that are signed and short-lived: a browser opens them without a session.

use chrono::{DateTime, Utc};

use super::{card_of, month::Month, sheet, transcript, transcript_sheet};
use crate::{
    accounts,
    app::App,
    auth::{policy, tokens::Tokens},
    classroom,
    db::{
        Conn,
        ids::{TypedId, UserId},
    },
    error::{Error, Result},
};

/// A personal document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    ReportCard(UserId, Month),
    Transcript(UserId),
}

impl Document {
    const fn owner(self) -> UserId {
        match self {
            Self::ReportCard(user_id, _) | Self::Transcript(user_id) => user_id,
        }
    }

    /// Names the document and whom the address is given to.
    fn subject(self, asker: UserId) -> String {
        match self {
            Self::ReportCard(user_id, month) => format!("{asker}/report-card/{user_id}/{month}"),
            Self::Transcript(user_id) => format!("{asker}/transcript/{user_id}"),
        }
    }

    fn parse(subject: &str) -> Option<(UserId, Self)> {
        let mut parts = subject.split('/');
        let asker = UserId::parse(parts.next()?).ok()?;
        let found = match (parts.next()?, UserId::parse(parts.next()?).ok()?, parts.next()) {
            ("report-card", user_id, Some(month)) => Self::ReportCard(user_id, Month::parse(month)?),
            ("transcript", user_id, None) => Self::Transcript(user_id),
            _ => return None,
        };
        parts.next().is_none().then_some((asker, found))
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

/// The path of a document, for somebody who may see it. Whoever has it may open the document until it ends, or until the one it was
/// given to may see it no more.
pub fn path(tokens: &Tokens, now: DateTime<Utc>, document: Document, asker: UserId) -> Result<String> {
    Ok(format!("/documents/{}.pdf", tokens.sign_link(document.subject(asker), now)?))
}

/// The document behind the last part of a path; NOT_FOUND when the address has ended or was never ours.
pub async fn open(app: &App, token: &str) -> Result<(Document, Vec<u8>)> {
    let now = app.clock.now();
    let gone = || Error::not_found("document, or its address has ended; ask for a new one");
    let (asker, document) = app.auth.tokens.read_link(token, now).as_deref().and_then(Document::parse).ok_or_else(gone)?;
    let mut conn = app.db.conn().await?;
    if !may_open(&mut conn, asker, document.owner()).await? {
        return Err(gone());
    }
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

async fn may_open(conn: &mut Conn, asker: UserId, owner: UserId) -> Result<bool> {
    let user = accounts::user(conn, asker).await?;
    let leads = asker != owner && classroom::leads_a_group_of(conn, asker, owner).await?;
    Ok(user.suspended_at.is_none() && policy::may_open_document(asker, &user.roles()?, owner, leads))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_one_document() {
        let (asker, user_id) = (UserId::generate(), UserId::generate());
        for document in [Document::Transcript(user_id), Document::ReportCard(user_id, Month::parse("2026-11").unwrap())] {
            assert_eq!(Document::parse(&document.subject(asker)), Some((asker, document)));
        }
        let transcript = format!("transcript/{user_id}");
        for bad in [
            "",
            &transcript,
            &format!("{asker}/transcript/x"),
            &format!("{asker}/report-card/{user_id}"),
            &format!("{asker}/{transcript}/2026-11/x"),
            "/",
        ] {
            assert_eq!(Document::parse(bad), None, "{bad}");
        }
    }
}
