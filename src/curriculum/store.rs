//! Every statement on tracks, modules, lessons, quizzes, challenges and their versions.

pub mod publishing;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use super::content::{Difficulty, ItemKind, Runtime};
use crate::{
    db::{
        Conn, Slice,
        ids::{ChallengeId, ContentVersionId, LessonId, ModuleId, QuizId, TrackId},
        schema::{challenges, content_versions, lessons, modules, publications, quizzes, tracks},
    },
    error::Result,
};

/// A way through a subject, made of modules.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = tracks)]
pub struct Track {
    pub id: TrackId,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub position: i32,
    /// Set when the files no longer have it: not listed, still there for what points at it.
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = modules)]
pub struct Module {
    pub id: ModuleId,
    pub track_id: TrackId,
    pub slug: String,
    pub title: String,
    pub summary: String,
    /// The number in its title; `position` is its place.
    pub number: i32,
    pub xp: i32,
    pub position: i32,
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = lessons)]
pub struct Lesson {
    pub id: LessonId,
    pub module_id: ModuleId,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub minutes: i32,
    pub position: i32,
    pub version_id: ContentVersionId,
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = quizzes)]
pub struct Quiz {
    pub id: QuizId,
    pub lesson_id: LessonId,
    pub version_id: ContentVersionId,
    pub retired_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Identifiable, Insertable)]
#[diesel(table_name = challenges)]
pub struct Challenge {
    pub id: ChallengeId,
    pub module_id: ModuleId,
    /// The lesson it belongs to; None for an item of its own.
    pub lesson_id: Option<LessonId>,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub difficulty: Difficulty,
    pub points: i32,
    pub minutes: i32,
    pub runtime: Runtime,
    pub red_team: bool,
    /// Its place among the module's items; its lesson's place when it belongs to one.
    pub position: i32,
    pub version_id: ContentVersionId,
    pub retired_at: Option<DateTime<Utc>>,
}

/// A version without its body.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = content_versions)]
pub struct VersionAddress {
    pub id: ContentVersionId,
    pub item_id: uuid::Uuid,
    pub digest: String,
    pub number: i32,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = content_versions)]
pub struct NewVersion {
    pub id: ContentVersionId,
    pub item_id: uuid::Uuid,
    pub kind: ItemKind,
    pub number: i32,
    pub digest: String,
    pub body: Value,
    pub created_at: DateTime<Utc>,
}

/// Live tracks in their order.
pub async fn tracks(conn: &mut Conn, slice: Slice<(i32, TrackId)>) -> Result<Vec<Track>> {
    let live = tracks::table.filter(tracks::retired_at.is_null()).limit(slice.limit).select(Track::as_select()).into_boxed();
    let live = match slice.past {
        Some((position, id)) if slice.backward => {
            live.filter(tracks::position.lt(position).or(tracks::position.eq(position).and(tracks::id.lt(id))))
        }
        Some((position, id)) => live.filter(tracks::position.gt(position).or(tracks::position.eq(position).and(tracks::id.gt(id)))),
        None => live,
    };
    let ordered = if slice.backward {
        live.order((tracks::position.desc(), tracks::id.desc()))
    } else {
        live.order((tracks::position.asc(), tracks::id.asc()))
    };
    Ok(ordered.load(conn).await?)
}

/// Postgres knows no text with a NUL character; asking for one would be a fault instead of a miss.
fn sendable(slug: &str) -> bool {
    !slug.contains('\0')
}

pub async fn track_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Track>> {
    if !sendable(slug) {
        return Ok(None);
    }
    let live = tracks::table.filter(tracks::slug.eq(slug)).filter(tracks::retired_at.is_null());
    Ok(live.select(Track::as_select()).first(conn).await.optional()?)
}

pub async fn lesson_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Lesson>> {
    if !sendable(slug) {
        return Ok(None);
    }
    let live = lessons::table.filter(lessons::slug.eq(slug)).filter(lessons::retired_at.is_null());
    Ok(live.select(Lesson::as_select()).first(conn).await.optional()?)
}

pub async fn challenge_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Challenge>> {
    if !sendable(slug) {
        return Ok(None);
    }
    let live = challenges::table.filter(challenges::slug.eq(slug)).filter(challenges::retired_at.is_null());
    Ok(live.select(Challenge::as_select()).first(conn).await.optional()?)
}

pub async fn tracks_by_ids(conn: &mut Conn, ids: &[TrackId]) -> Result<Vec<Track>> {
    Ok(tracks::table.filter(tracks::id.eq_any(ids)).select(Track::as_select()).load(conn).await?)
}

pub async fn modules_by_ids(conn: &mut Conn, ids: &[ModuleId]) -> Result<Vec<Module>> {
    Ok(modules::table.filter(modules::id.eq_any(ids)).select(Module::as_select()).load(conn).await?)
}

pub async fn lessons_by_ids(conn: &mut Conn, ids: &[LessonId]) -> Result<Vec<Lesson>> {
    Ok(lessons::table.filter(lessons::id.eq_any(ids)).select(Lesson::as_select()).load(conn).await?)
}

pub async fn quizzes_by_ids(conn: &mut Conn, ids: &[QuizId]) -> Result<Vec<Quiz>> {
    Ok(quizzes::table.filter(quizzes::id.eq_any(ids)).select(Quiz::as_select()).load(conn).await?)
}

pub async fn challenges_by_ids(conn: &mut Conn, ids: &[ChallengeId]) -> Result<Vec<Challenge>> {
    Ok(challenges::table.filter(challenges::id.eq_any(ids)).select(Challenge::as_select()).load(conn).await?)
}

/// Live modules of live tracks, in the order they are taken.
pub async fn modules_of_tracks(conn: &mut Conn, ids: &[TrackId]) -> Result<Vec<Module>> {
    let live = modules::table.filter(modules::track_id.eq_any(ids)).filter(modules::retired_at.is_null());
    Ok(live.order((modules::position, modules::id)).select(Module::as_select()).load(conn).await?)
}

/// Every live module with its track, in their order.
pub async fn live_modules(conn: &mut Conn) -> Result<Vec<(Track, Module)>> {
    let live = tracks::table
        .inner_join(modules::table.on(modules::track_id.eq(tracks::id)))
        .filter(tracks::retired_at.is_null().and(modules::retired_at.is_null()))
        .order((tracks::position, tracks::id, modules::position, modules::id));
    Ok(live.select((Track::as_select(), Module::as_select())).load(conn).await?)
}

/// The newest publication: another one, another curriculum.
pub async fn newest_publication(conn: &mut Conn) -> Result<uuid::Uuid> {
    Ok(publications::table.select(publications::id).order(publications::number.desc()).first(conn).await?)
}

/// Live lessons, in their order within each module.
pub async fn lessons_of_modules(conn: &mut Conn, ids: &[ModuleId]) -> Result<Vec<Lesson>> {
    let live = lessons::table.filter(lessons::module_id.eq_any(ids)).filter(lessons::retired_at.is_null());
    Ok(live.order((lessons::position, lessons::id)).select(Lesson::as_select()).load(conn).await?)
}

/// Live challenges, those of lessons too, in their order within each module.
pub async fn challenges_of_modules(conn: &mut Conn, ids: &[ModuleId]) -> Result<Vec<Challenge>> {
    let live = challenges::table.filter(challenges::module_id.eq_any(ids)).filter(challenges::retired_at.is_null());
    Ok(live.order((challenges::position, challenges::id)).select(Challenge::as_select()).load(conn).await?)
}

pub async fn challenges_of_lessons(conn: &mut Conn, ids: &[LessonId]) -> Result<Vec<Challenge>> {
    let ids: Vec<Option<LessonId>> = ids.iter().copied().map(Some).collect();
    let live = challenges::table.filter(challenges::lesson_id.eq_any(ids)).filter(challenges::retired_at.is_null());
    Ok(live.select(Challenge::as_select()).load(conn).await?)
}

pub async fn quizzes_of_lessons(conn: &mut Conn, ids: &[LessonId]) -> Result<Vec<Quiz>> {
    let live = quizzes::table.filter(quizzes::lesson_id.eq_any(ids)).filter(quizzes::retired_at.is_null());
    Ok(live.select(Quiz::as_select()).load(conn).await?)
}

pub async fn bodies(conn: &mut Conn, ids: &[ContentVersionId]) -> Result<Vec<(ContentVersionId, Value)>> {
    let rows = content_versions::table.filter(content_versions::id.eq_any(ids));
    Ok(rows.select((content_versions::id, content_versions::body)).load(conn).await?)
}

pub async fn version_numbers(conn: &mut Conn, ids: &[ContentVersionId]) -> Result<Vec<(ContentVersionId, i32)>> {
    let rows = content_versions::table.filter(content_versions::id.eq_any(ids));
    Ok(rows.select((content_versions::id, content_versions::number)).load(conn).await?)
}
