//! Tracks, modules, lessons, quizzes and challenges: read from files, checked, published as immutable versions, and read back.
//!
//! Never knows a learner: what is open or passed is `progress`. The reference solution never leaves the files; correct
//! options and hidden checks never leave the server. Start at [`publish()`], then [`content`] for what is stored.

mod assemble;
pub mod command;
pub mod content;
pub mod grading;
pub mod graphql;
mod hints;
mod lint;
mod loader;
mod markdown;
mod mistakes;
mod outlines;
mod publish;
mod seed;
mod store;
pub mod tree;
pub mod verify;

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, LazyLock},
};

pub use content::{
    ChallengeBody, CheckFile, CheckSpec, Difficulty, LEARNER_BYTES_MAX, LEARNER_FILES_MAX, LessonBody, ModelTier, Question, QuestionKind,
    QuizBody, QuizOption, Runtime, SourceFile, Task, Visibility,
};
pub use mistakes::Mistake;
use moka::future::Cache;
pub use outlines::{ItemOutline, ModuleOutline, Outlines, TrackOutline, outline_around, outlines, outlines_around, track_outline};
pub use publish::{Report, publish};
use serde::de::DeserializeOwned;
pub use store::{
    Challenge, Lesson, Module, Quiz, Track, challenge_by_slug, challenges_by_ids, challenges_of_lessons, challenges_of_modules,
    lesson_by_slug, lessons_by_ids, lessons_of_modules, modules_by_ids, modules_of_tracks, quizzes_by_ids, quizzes_of_lessons,
    track_by_slug, tracks, tracks_by_ids, version_numbers,
};
pub use tree::Content;

use crate::{
    app::App,
    db::{
        Conn,
        ids::{ChallengeId, ContentVersionId, LessonId, ModuleId, QuizId},
    },
    error::{Error, Result},
};

/// Bytes of JSON of the bodies of one kind that a process keeps.
const BODY_CACHE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Reads a seeds folder and holds it against every rule; all mistakes at once, in the order of files and places.
pub fn load(dir: &Path) -> Result<Content, Vec<Mistake>> {
    let mut mistakes = mistakes::Mistakes::default();
    let folders = loader::read(dir, &mut mistakes);
    lint::check(&folders, &mut mistakes);
    if mistakes.is_empty() { Ok(assemble::assemble(folders)) } else { Err(mistakes.into_sorted()) }
}

/// Publishes a seeds folder. Any mistake in it publishes nothing: CONFLICT, with the mistakes.
pub async fn publish_dir(app: &App, dir: &Path) -> Result<Report> {
    let (dir, name) = (dir.to_owned(), dir.display().to_string());
    let content = tokio::task::spawn_blocking(move || load(&dir)).await.map_err(Error::fault)?;
    let content = content.map_err(|mistakes| {
        let list: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Error::conflict(format!("The curriculum in {name} has {} mistakes and was not published.\n{}", mistakes.len(), list.join("\n")))
    })?;
    publish(&mut *app.db.conn().await?, app.clock.now(), &content).await
}

/// Also finds a retired challenge, for what was submitted to it.
pub async fn challenge_by_id(conn: &mut Conn, id: ChallengeId) -> Result<Option<Challenge>> {
    Ok(challenges_by_ids(conn, &[id]).await?.pop())
}

/// Also finds a retired lesson.
pub async fn lesson_by_id(conn: &mut Conn, id: LessonId) -> Result<Option<Lesson>> {
    Ok(lessons_by_ids(conn, &[id]).await?.pop())
}

/// Also finds a retired module.
pub async fn module_by_id(conn: &mut Conn, id: ModuleId) -> Result<Option<Module>> {
    Ok(modules_by_ids(conn, &[id]).await?.pop())
}

/// Also finds a retired quiz.
pub async fn quiz_by_id(conn: &mut Conn, id: QuizId) -> Result<Option<Quiz>> {
    Ok(quizzes_by_ids(conn, &[id]).await?.pop())
}

pub async fn quiz_of_lesson(conn: &mut Conn, id: LessonId) -> Result<Option<Quiz>> {
    Ok(quizzes_of_lessons(conn, &[id]).await?.pop())
}

/// Bodies by version. A version never changes, so an entry is never stale.
struct BodyCache<T>(Cache<ContentVersionId, Weighed<T>>);

struct Weighed<T> {
    body: Arc<T>,
    bytes: u32,
}

impl<T> Clone for Weighed<T> {
    fn clone(&self) -> Self {
        Self { body: Arc::clone(&self.body), bytes: self.bytes }
    }
}

impl<T: DeserializeOwned + Send + Sync + 'static> BodyCache<T> {
    fn new() -> Self {
        Self(Cache::builder().max_capacity(BODY_CACHE_BYTES_MAX).weigher(|_, entry: &Weighed<T>| entry.bytes).build())
    }

    async fn get(&self, conn: &mut Conn, ids: &[ContentVersionId]) -> Result<HashMap<ContentVersionId, Arc<T>>> {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match self.0.get(id).await {
                Some(entry) => {
                    found.insert(*id, entry.body);
                }
                None => missing.push(*id),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        for (id, json) in store::bodies(conn, &missing).await? {
            let bytes = u32::try_from(json.to_string().len()).unwrap_or(u32::MAX);
            let body = Arc::new(serde_json::from_value::<T>(json)?);
            self.0.insert(id, Weighed { body: Arc::clone(&body), bytes }).await;
            found.insert(id, body);
        }
        Ok(found)
    }

    async fn get_one(&self, conn: &mut Conn, id: ContentVersionId) -> Result<Arc<T>> {
        self.get(conn, &[id]).await?.remove(&id).ok_or_else(|| Error::broken("a content version has no body"))
    }
}

static LESSON_BODIES: LazyLock<BodyCache<LessonBody>> = LazyLock::new(BodyCache::new);
static QUIZ_BODIES: LazyLock<BodyCache<QuizBody>> = LazyLock::new(BodyCache::new);
static CHALLENGE_BODIES: LazyLock<BodyCache<ChallengeBody>> = LazyLock::new(BodyCache::new);

pub async fn lesson_body(conn: &mut Conn, id: ContentVersionId) -> Result<Arc<LessonBody>> {
    LESSON_BODIES.get_one(conn, id).await
}

pub async fn quiz_body(conn: &mut Conn, id: ContentVersionId) -> Result<Arc<QuizBody>> {
    QUIZ_BODIES.get_one(conn, id).await
}

pub async fn challenge_body(conn: &mut Conn, id: ContentVersionId) -> Result<Arc<ChallengeBody>> {
    CHALLENGE_BODIES.get_one(conn, id).await
}

pub async fn lesson_bodies(conn: &mut Conn, ids: &[ContentVersionId]) -> Result<HashMap<ContentVersionId, Arc<LessonBody>>> {
    LESSON_BODIES.get(conn, ids).await
}

pub async fn quiz_bodies(conn: &mut Conn, ids: &[ContentVersionId]) -> Result<HashMap<ContentVersionId, Arc<QuizBody>>> {
    QUIZ_BODIES.get(conn, ids).await
}

pub async fn challenge_bodies(conn: &mut Conn, ids: &[ContentVersionId]) -> Result<HashMap<ContentVersionId, Arc<ChallengeBody>>> {
    CHALLENGE_BODIES.get(conn, ids).await
}
