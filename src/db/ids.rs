//! Typed ids: UUIDv7 in the database, a type-tagged TypeID (`submission_01h455vb4pex5vsknk084sn02q`) everywhere else.
//! The format is TypeID 0.3: a prefix, an underscore, 26 characters of Crockford base32 in lower case.

use diesel::{
    deserialize::{FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{Output, ToSql},
    sql_types,
};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use crate::error::Error;

/// What every typed id can do.
pub trait TypedId: Copy + Sized {
    /// The tag before the underscore; also the word for an error message.
    const PREFIX: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;

    /// A new id that sorts after the older ones.
    #[must_use]
    fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// NOT_FOUND for an id of another type or of no type: to a client both name nothing.
    fn parse(text: &str) -> Result<Self, Error> {
        let parsed: TypeSafeId<DynamicType> = text.parse().map_err(|_| Error::not_found(Self::PREFIX))?;
        if parsed.type_prefix() == Self::PREFIX { Ok(Self::from_uuid(parsed.uuid())) } else { Err(Error::not_found(Self::PREFIX)) }
    }
}

/// The prefix and the UUID of any id of ours, for `node(id)`.
#[must_use]
pub fn split(text: &str) -> Option<(String, Uuid)> {
    let parsed: TypeSafeId<DynamicType> = text.parse().ok()?;
    Some((parsed.type_prefix().to_owned(), parsed.uuid()))
}

fn format(prefix: &str, uuid: Uuid) -> String {
    match DynamicType::new(prefix) {
        Ok(tag) => TypeSafeId::from_type_and_uuid(tag, uuid).to_string(),
        Err(_) => uuid.to_string(),
    }
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, AsExpression, FromSqlRow, serde::Serialize, serde::Deserialize)]
        #[diesel(sql_type = sql_types::Uuid)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(&format($prefix, self.0)) }
        }
        impl ToSql<sql_types::Uuid, Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> diesel::serialize::Result {
                ToSql::<sql_types::Uuid, Pg>::to_sql(&self.0, out)
            }
        }
        impl FromSql<sql_types::Uuid, Pg> for $name {
            fn from_sql(value: PgValue<'_>) -> diesel::deserialize::Result<Self> {
                <Uuid as FromSql<sql_types::Uuid, Pg>>::from_sql(value).map(Self)
            }
        }
    )*};
}

typed_ids! {
    UserId = "user";
    SessionId = "session";
    RefreshTokenId = "refresh";
    TrackId = "track";
    ModuleId = "module";
    LessonId = "lesson";
    QuizId = "quiz";
    ChallengeId = "challenge";
    /// One immutable version of an item's content.
    ContentVersionId = "version";
    SubmissionId = "submission";
    QuizAttemptId = "attempt";
    XpEntryId = "xp";
    ProblemReportId = "report";
    JobId = "job";
    RejudgeId = "rejudge";
    NotificationId = "notification";
    SquadId = "squad";
    CertificateId = "certificate";
    GroupId = "group";
    /// One learner's membership in one group.
    GroupMemberId = "member";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_itself_and_never_as_another_type() {
        let id = SubmissionId::generate();
        assert_eq!(SubmissionId::parse(&id.to_string()).ok(), Some(id));
        assert!(id.to_string().starts_with("submission_"));
        assert!(UserId::parse(&id.to_string()).is_err());
        for bad in ["", "submission_", "submission_zz", "01h455vb4pex5vsknk084sn02q", "user_\u{0}", "é_01h455vb4pex5vsknk084sn02q"] {
            assert!(SubmissionId::parse(bad).is_err(), "{bad}");
        }
    }
}
