//! What all streams share: the `Event` interface and the reset.

use async_graphql::{Enum, Interface};
use chrono::{DateTime, Utc};

use super::scalars::Cursor;
use crate::{
    boards::graphql_events::{LeaderboardSnapshot, RankChanged},
    events::Cursor as EventCursor,
    progress::graphql_events::{
        AchievementUnlocked, CertificateIssued, LevelReached, MissionCompleted, NotificationCreated, StreakChanged, ViewerSnapshot,
        XpAwarded,
    },
    submissions::graphql_events::{
        CheckFinished, CheckStarted, OutputChunk, QueuePositionChanged, SubmissionFinished, SubmissionSnapshot, SubmissionStarted,
    },
};

/// Where an event stands in its stream.
#[derive(Clone, Debug)]
pub struct Place {
    pub cursor: Cursor,
    pub seq: i64,
    pub at: DateTime<Utc>,
}

impl Place {
    #[must_use]
    pub fn new(cursor: &EventCursor, at: DateTime<Utc>) -> Self {
        Self { cursor: Cursor(cursor.encode()), seq: i64::try_from(cursor.seq).unwrap_or(i64::MAX), at }
    }
}

/// Why a stream could not go on from where it was.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum StreamResetCause {
    /// A worker was lost and the submission is run again from the start: forget its output and checks.
    RunAgain,
    /// The server no longer has the events since the cursor.
    Trimmed,
}

/// Declares event objects: the fields of the `Event` interface, then their own, and a `new` that takes the place first.
#[macro_export]
macro_rules! stream_events {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)* })*) => {$(
        $(#[doc = $doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            /// Where the stream stands after this event: give it back as `after` to go on from here.
            pub cursor: $crate::graphql::scalars::Cursor,
            /// Number of the event in its stream, from 1; resumed from the last cursor received, each arrives once and in order.
            pub seq: i64,
            /// When it happened.
            pub at: chrono::DateTime<chrono::Utc>,
            $($(#[doc = $field_doc])* $field: $type,)*
        }

        impl $name {
            pub fn new(place: $crate::graphql::events::Place, $($field: $type,)*) -> Self {
                Self { cursor: place.cursor, seq: place.seq, at: place.at, $($field,)* }
            }
        }
    )*};
}

stream_events! {
    /// The stream cannot go on from the cursor without a gap: a snapshot follows at once, and replaces what the client has.
    StreamReset {
        /// Why.
        cause: StreamResetCause,
    }
}

/// Something that happened, at its place in a stream.
#[derive(Interface)]
#[graphql(
    field(name = "cursor", ty = "&Cursor", desc = "Where the stream stands after this event: give it back as `after` to go on from here."),
    field(
        name = "seq",
        ty = "&i64",
        desc = "Number of the event in its stream, from 1; resumed from the last cursor received, each arrives once and in order."
    ),
    field(name = "at", ty = "&DateTime<Utc>", desc = "When it happened.")
)]
pub enum Event {
    SubmissionSnapshot(SubmissionSnapshot),
    QueuePositionChanged(QueuePositionChanged),
    SubmissionStarted(SubmissionStarted),
    OutputChunk(OutputChunk),
    CheckStarted(CheckStarted),
    CheckFinished(CheckFinished),
    SubmissionFinished(SubmissionFinished),
    ViewerSnapshot(ViewerSnapshot),
    XpAwarded(XpAwarded),
    LevelReached(LevelReached),
    AchievementUnlocked(AchievementUnlocked),
    CertificateIssued(CertificateIssued),
    MissionCompleted(MissionCompleted),
    StreakChanged(StreakChanged),
    NotificationCreated(NotificationCreated),
    LeaderboardSnapshot(LeaderboardSnapshot),
    RankChanged(RankChanged),
    StreamReset(StreamReset),
}
