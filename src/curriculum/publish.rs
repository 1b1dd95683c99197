//! Publishing: from checked files to rows, in one transaction, writing only what changed.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{
    content::{ItemKind, address},
    store::{Challenge, Lesson, Module, NewVersion, Quiz, Track, VersionAddress, publishing as store},
    tree::{ChallengeTree, Content, ItemTree, LessonTree, ModuleTree},
};
use crate::{
    db::{
        self, Conn,
        ids::{ChallengeId, ContentVersionId, LessonId, ModuleId, QuizId, TrackId, TypedId},
    },
    error::Result,
};

/// What a publication wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Items the database did not know.
    pub created: usize,
    /// Items whose row changed, those brought back from retirement among them.
    pub updated: usize,
    /// Items the files no longer have.
    pub retired: usize,
    /// New content versions.
    pub versions: usize,
}

impl Report {
    #[must_use]
    pub fn wrote_nothing(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, updated, retired, versions } = self;
        write!(f, "{created} created, {updated} updated, {retired} retired, {versions} new versions")
    }
}

/// Makes the database say what the content says. A second call with the same content writes nothing; two at once wait for
/// each other.
/// CONFLICT when a slug belongs to another item: an item keeps its uuid for good.
pub async fn publish(conn: &mut Conn, now: DateTime<Utc>, content: &Content) -> Result<Report> {
    db::transaction(conn, async |conn| {
        store::wait_for_turn(conn).await?;
        let mut plan = Plan { now, versions: Versions::load(conn).await?, wanted: Rows::default() };
        for (position, track) in (0..).zip(&content.tracks) {
            plan.wanted.tracks.push(Track {
                id: TrackId::from_uuid(track.uuid),
                slug: track.slug.clone(),
                title: track.title.clone(),
                summary: track.summary.clone(),
                position,
                retired_at: None,
            });
            for (position, module) in (0..).zip(&track.modules) {
                plan.module(TrackId::from_uuid(track.uuid), module, position)?;
            }
        }
        let stored = Rows::load(conn).await?;
        let Plan { versions, wanted, .. } = plan;
        let mut report = Report { versions: versions.new.len(), ..Report::default() };
        let tracks = changes(&stored.tracks, wanted.tracks, now, &mut report);
        let modules = changes(&stored.modules, wanted.modules, now, &mut report);
        let lessons = changes(&stored.lessons, wanted.lessons, now, &mut report);
        let quizzes = changes(&stored.quizzes, wanted.quizzes, now, &mut report);
        let challenges = changes(&stored.challenges, wanted.challenges, now, &mut report);
        let changed = Rows { tracks, modules, lessons, quizzes, challenges };
        if !report.wrote_nothing() {
            write(conn, &versions.new, changed).await?;
            store::insert_publication(conn, now).await?;
        }
        Ok(report)
    })
    .await
}

async fn write(conn: &mut Conn, versions: &[NewVersion], rows: Rows) -> Result<()> {
    let lesson_ids: Vec<LessonId> = rows.lessons.iter().filter(|row| row.retired_at.is_none()).map(|row| row.id).collect();
    let challenge_ids: Vec<ChallengeId> = rows.challenges.iter().filter(|row| row.retired_at.is_none()).map(|row| row.id).collect();
    store::insert_versions(conn, versions).await?;
    store::release_names(conn, &lesson_ids, &challenge_ids).await?;
    store::upsert_tracks(conn, &rows.tracks).await?;
    store::upsert_modules(conn, &rows.modules).await?;
    store::upsert_lessons(conn, &rows.lessons).await?;
    // Retired rows first: they leave the place of the one live quiz or challenge of a lesson.
    let (live, retired): (Vec<_>, Vec<_>) = rows.quizzes.into_iter().partition(|row| row.retired_at.is_none());
    store::upsert_quizzes(conn, &retired).await?;
    store::upsert_quizzes(conn, &live).await?;
    let (live, retired): (Vec<_>, Vec<_>) = rows.challenges.into_iter().partition(|row| row.retired_at.is_none());
    store::upsert_challenges(conn, &retired).await?;
    store::upsert_challenges(conn, &live).await
}

/// What the database holds, or should hold.
#[derive(Default)]
struct Rows {
    tracks: Vec<Track>,
    modules: Vec<Module>,
    lessons: Vec<Lesson>,
    quizzes: Vec<Quiz>,
    challenges: Vec<Challenge>,
}

impl Rows {
    async fn load(conn: &mut Conn) -> Result<Self> {
        Ok(Self {
            tracks: store::all_tracks(conn).await?,
            modules: store::all_modules(conn).await?,
            lessons: store::all_lessons(conn).await?,
            quizzes: store::all_quizzes(conn).await?,
            challenges: store::all_challenges(conn).await?,
        })
    }
}

struct Plan {
    now: DateTime<Utc>,
    versions: Versions,
    wanted: Rows,
}

impl Plan {
    fn module(&mut self, track_id: TrackId, module: &ModuleTree, position: i32) -> Result<()> {
        let id = ModuleId::from_uuid(module.uuid);
        self.wanted.modules.push(Module {
            id,
            track_id,
            slug: module.slug.clone(),
            title: module.title.clone(),
            summary: module.summary.clone(),
            number: module.number,
            xp: module.xp,
            position,
            retired_at: None,
        });
        for (position, item) in (0..).zip(&module.items) {
            match item {
                ItemTree::Lesson(lesson) => self.lesson(id, lesson, position)?,
                ItemTree::Challenge(challenge) => self.challenge(id, None, challenge, position)?,
            }
        }
        Ok(())
    }

    fn lesson(&mut self, module_id: ModuleId, lesson: &LessonTree, position: i32) -> Result<()> {
        let id = LessonId::from_uuid(lesson.uuid);
        let version_id = self.versions.of(lesson.uuid, ItemKind::Lesson, &lesson.body, self.now)?;
        self.wanted.lessons.push(Lesson {
            id,
            module_id,
            slug: lesson.slug.clone(),
            title: lesson.title.clone(),
            summary: lesson.summary.clone(),
            minutes: lesson.minutes,
            position,
            version_id,
            retired_at: None,
        });
        if let Some(quiz) = &lesson.quiz {
            let version_id = self.versions.of(quiz.uuid, ItemKind::Quiz, &quiz.body, self.now)?;
            self.wanted.quizzes.push(Quiz { id: QuizId::from_uuid(quiz.uuid), lesson_id: id, version_id, retired_at: None });
        }
        match &lesson.challenge {
            Some(challenge) => self.challenge(module_id, Some(id), challenge, position),
            None => Ok(()),
        }
    }

    fn challenge(&mut self, module_id: ModuleId, lesson_id: Option<LessonId>, challenge: &ChallengeTree, position: i32) -> Result<()> {
        let version_id = self.versions.of(challenge.uuid, ItemKind::Challenge, &challenge.body, self.now)?;
        self.wanted.challenges.push(Challenge {
            id: ChallengeId::from_uuid(challenge.uuid),
            module_id,
            lesson_id,
            slug: challenge.slug.clone(),
            title: challenge.title.clone(),
            summary: challenge.summary.clone(),
            difficulty: challenge.difficulty,
            points: challenge.points,
            minutes: challenge.minutes,
            runtime: challenge.runtime,
            red_team: challenge.red_team,
            position,
            version_id,
            retired_at: None,
        });
        Ok(())
    }
}

/// Versions that are stored, and those that have to be.
struct Versions {
    stored: HashMap<(Uuid, String), ContentVersionId>,
    newest: HashMap<Uuid, i32>,
    new: Vec<NewVersion>,
}

impl Versions {
    async fn load(conn: &mut Conn) -> Result<Self> {
        let mut versions = Self { stored: HashMap::new(), newest: HashMap::new(), new: Vec::new() };
        for VersionAddress { id, item_id, digest, number } in store::all_versions(conn).await? {
            versions.stored.insert((item_id, digest), id);
            let newest = versions.newest.entry(item_id).or_default();
            *newest = number.max(*newest);
        }
        Ok(versions)
    }

    /// The version with this body; an older one when the body is what it was before.
    fn of(&mut self, item_id: Uuid, kind: ItemKind, body: &impl Serialize, now: DateTime<Utc>) -> Result<ContentVersionId> {
        let addressed = address(body)?;
        if let Some(id) = self.stored.get(&(item_id, addressed.digest.clone())) {
            return Ok(*id);
        }
        let number = self.newest.entry(item_id).or_default();
        *number += 1;
        let id = ContentVersionId::generate();
        self.stored.insert((item_id, addressed.digest.clone()), id);
        self.new.push(NewVersion { id, item_id, kind, number: *number, digest: addressed.digest, body: addressed.body, created_at: now });
        Ok(id)
    }
}

/// What publishing needs to know of a row.
trait Item: Clone + PartialEq {
    fn uuid(&self) -> Uuid;
    fn retired_at(&mut self) -> &mut Option<DateTime<Utc>>;
}

macro_rules! items {
    ($($row:ident)*) => {$(
        impl Item for $row {
            fn uuid(&self) -> Uuid { self.id.uuid() }
            fn retired_at(&mut self) -> &mut Option<DateTime<Utc>> { &mut self.retired_at }
        }
    )*};
}
items! { Track Module Lesson Quiz Challenge }

/// The rows to write: new ones, changed ones, and those that retire.
fn changes<T: Item>(stored: &[T], wanted: Vec<T>, now: DateTime<Utc>, report: &mut Report) -> Vec<T> {
    let known: HashMap<Uuid, &T> = stored.iter().map(|row| (row.uuid(), row)).collect();
    let kept: HashSet<Uuid> = wanted.iter().map(Item::uuid).collect();
    let mut rows = Vec::new();
    for row in wanted {
        match known.get(&row.uuid()) {
            None => report.created += 1,
            Some(old) if **old == row => continue,
            Some(_) => report.updated += 1,
        }
        rows.push(row);
    }
    for mut row in stored.iter().filter(|row| !kept.contains(&row.uuid())).cloned() {
        if row.retired_at().is_none() {
            *row.retired_at() = Some(now);
            report.retired += 1;
            rows.push(row);
        }
    }
    rows
}
