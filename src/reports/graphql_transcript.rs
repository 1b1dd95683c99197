//! The transcript in the schema.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    document::Document,
    graphql::address,
    transcript::{ChallengeRecord, LessonRecord, TrackRecord, Transcript},
};
use crate::{
    certificates::graphql::{CertificateObject, of_learner},
    curriculum::graphql::{Challenge, Lesson, challenge, lesson},
    error::{Error, Result},
};

/// A completed lesson.
pub struct TranscriptLesson(LessonRecord);

/// A completed lesson.
#[Object]
impl TranscriptLesson {
    /// The lesson.
    async fn lesson(&self, ctx: &Context<'_>) -> Result<Lesson> {
        lesson(ctx, self.0.lesson_id).await?.ok_or_else(|| Error::not_found("lesson"))
    }

    /// Its name.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// When it was completed.
    async fn completed_at(&self) -> DateTime<Utc> {
        self.0.completed_at
    }

    /// Best score in its quiz, in percent; null when it has none.
    async fn quiz_score(&self) -> Option<i32> {
        self.0.quiz_score
    }
}

/// A passed challenge.
pub struct TranscriptChallenge(ChallengeRecord);

/// A passed challenge.
#[Object]
impl TranscriptChallenge {
    /// The challenge.
    async fn challenge(&self, ctx: &Context<'_>) -> Result<Challenge> {
        challenge(ctx, self.0.challenge_id).await?.ok_or_else(|| Error::not_found("challenge"))
    }

    /// Its name.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// When it was passed.
    async fn passed_at(&self) -> DateTime<Utc> {
        self.0.passed_at
    }

    /// Most points reached in one attempt.
    async fn best_score(&self) -> i32 {
        self.0.best_score
    }

    /// XP that the challenge is worth at most.
    async fn points(&self) -> i32 {
        self.0.points
    }

    /// Attempts that counted.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }
}

/// What was done on one track.
#[derive(SimpleObject)]
pub struct TranscriptTrack {
    /// The track.
    slug: String,
    /// Its name.
    title: String,
    /// Completed lessons, in the order they were completed.
    #[graphql(complexity = "25 * child_complexity")]
    lessons: Vec<TranscriptLesson>,
    /// Passed challenges, in the order they were passed.
    #[graphql(complexity = "25 * child_complexity")]
    challenges: Vec<TranscriptChallenge>,
}

impl From<TrackRecord> for TranscriptTrack {
    fn from(track: TrackRecord) -> Self {
        Self {
            slug: track.slug,
            title: track.title,
            lessons: track.lessons.into_iter().map(TranscriptLesson).collect(),
            challenges: track.challenges.into_iter().map(TranscriptChallenge).collect(),
        }
    }
}

/// Everything that a learner has done. Audience: self, the instructors of the learner's groups, admins.
pub struct TranscriptObject(Transcript);

impl From<Transcript> for TranscriptObject {
    fn from(transcript: Transcript) -> Self {
        Self(transcript)
    }
}

/// Everything that a learner has done. Audience: self, the instructors of the learner's groups, admins.
#[Object(name = "Transcript")]
impl TranscriptObject {
    /// The learner's name.
    async fn learner_name(&self) -> &str {
        &self.0.learner
    }

    /// Until when it reaches.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// Experience points.
    async fn xp(&self) -> i64 {
        self.0.xp
    }

    /// The level, 1 to 100.
    async fn level(&self) -> i64 {
        self.0.level
    }

    /// Track by track, in their order; those without anything done are left out.
    #[graphql(complexity = "4 * child_complexity")]
    async fn tracks(&self) -> Vec<TranscriptTrack> {
        self.0.tracks.iter().cloned().map(Into::into).collect()
    }

    /// Certificates, the oldest first, revoked ones too.
    #[graphql(complexity = "5 + 12 * child_complexity")]
    async fn certificates(&self, ctx: &Context<'_>) -> Result<Vec<CertificateObject>> {
        of_learner(ctx, self.0.user_id).await
    }

    /// The address of the transcript as a PDF. It works for ten minutes and needs no session: give it to nobody who may not see it.
    async fn pdf_url(&self, ctx: &Context<'_>) -> Result<String> {
        address(ctx, Document::Transcript(self.0.user_id))
    }
}
