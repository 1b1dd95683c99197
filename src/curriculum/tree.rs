//! The curriculum as files describe it, checked: what [`super::publish`] stores and `verify` proves.

use uuid::Uuid;

use super::content::{ChallengeBody, Difficulty, LessonBody, QuizBody, Runtime, SourceFile};

/// Tracks in their order.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub tracks: Vec<TrackTree>,
}

impl Content {
    /// Every challenge, those inside lessons too.
    pub fn challenges(&self) -> impl Iterator<Item = &ChallengeTree> {
        self.tracks.iter().flat_map(|track| &track.modules).flat_map(|module| &module.items).filter_map(|item| match item {
            ItemTree::Lesson(lesson) => lesson.challenge.as_ref(),
            ItemTree::Challenge(challenge) => Some(challenge),
        })
    }
}

#[derive(Clone, Debug)]
pub struct TrackTree {
    pub uuid: Uuid,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub order: i32,
    /// In the order they are taken.
    pub modules: Vec<ModuleTree>,
}

#[derive(Clone, Debug)]
pub struct ModuleTree {
    pub uuid: Uuid,
    pub slug: String,
    pub title: String,
    pub summary: String,
    /// The number in its title; not its place.
    pub number: i32,
    pub xp: i32,
    pub items: Vec<ItemTree>,
}

#[derive(Clone, Debug)]
pub enum ItemTree {
    Lesson(LessonTree),
    Challenge(ChallengeTree),
}

#[derive(Clone, Debug)]
pub struct LessonTree {
    pub uuid: Uuid,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub minutes: i32,
    pub body: LessonBody,
    pub quiz: Option<QuizTree>,
    /// Belongs to the lesson and is no item of its own.
    pub challenge: Option<ChallengeTree>,
}

#[derive(Clone, Debug)]
pub struct QuizTree {
    pub uuid: Uuid,
    pub body: QuizBody,
}

#[derive(Clone, Debug)]
pub struct ChallengeTree {
    pub uuid: Uuid,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub difficulty: Difficulty,
    pub points: i32,
    pub minutes: i32,
    pub runtime: Runtime,
    pub red_team: bool,
    pub body: ChallengeBody,
    /// The reference: stays in the files, is never stored and never sent.
    pub solution: Vec<SourceFile>,
    pub wrong: Vec<WrongAnswer>,
}

/// A tempting answer that must not pass.
#[derive(Clone, Debug)]
pub struct WrongAnswer {
    pub name: String,
    /// The verdict it must get.
    pub verdict: String,
    /// The check that must catch it.
    pub check: String,
    pub why: String,
    pub files: Vec<SourceFile>,
}
