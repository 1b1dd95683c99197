//! The live curriculum without its bodies, read once for each publication. Whoever asks which publication is the newest pays one
//! statement; the rest is in memory.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use moka::future::Cache;
use uuid::Uuid;

use super::{
    Challenge, Lesson, Module, Quiz, Track, challenges_of_modules, lessons_of_modules, module_by_id, modules_of_tracks, quizzes_of_lessons,
    store, tracks_by_ids,
};
use crate::{
    db::{
        Conn,
        ids::{LessonId, ModuleId, TrackId},
    },
    error::{Error, Result},
};

/// Publications that a process keeps: the newest of a database, and in tests that of many.
const KEPT_MAX: u64 = 16;
/// For a server of an older version that publishes and leaves no publication.
const KEPT: Duration = Duration::from_secs(60);

/// A track's modules in the order they are taken.
#[derive(Clone, Debug)]
pub struct ModuleOutline {
    pub module: Module,
    /// In their order; a lesson's own challenge is inside the lesson.
    pub items: Vec<ItemOutline>,
}

#[derive(Clone, Debug)]
pub enum ItemOutline {
    Lesson { lesson: Lesson, quiz: Option<Quiz>, challenge: Option<Challenge> },
    Challenge(Challenge),
}

/// Every live track with everything live in it, in order.
pub type Outlines = Vec<(Track, Vec<ModuleOutline>)>;

static OUTLINES: LazyLock<Cache<Uuid, Arc<Outlines>>> =
    LazyLock::new(|| Cache::builder().max_capacity(KEPT_MAX).time_to_live(KEPT).build());

/// One statement, and four more for the first who asks after a publication.
pub async fn outlines(conn: &mut Conn) -> Result<Arc<Outlines>> {
    // Before what is read, which is then at least as new.
    let publication = store::newest_publication(conn).await?;
    if let Some(outlines) = OUTLINES.get(&publication).await {
        return Ok(outlines);
    }
    let outlines = Arc::new(read(conn).await?);
    OUTLINES.insert(publication, outlines.clone()).await;
    Ok(outlines)
}

/// One track of them.
#[derive(Clone, Debug)]
pub struct TrackOutline {
    all: Arc<Outlines>,
    at: usize,
}

impl TrackOutline {
    fn find(all: &Arc<Outlines>, is_meant: impl Fn(&(Track, Vec<ModuleOutline>)) -> bool) -> Option<Self> {
        all.iter().position(is_meant).map(|at| Self { all: all.clone(), at })
    }

    #[must_use]
    pub fn track(&self) -> &Track {
        &self.all[self.at].0
    }

    #[must_use]
    pub fn modules(&self) -> &[ModuleOutline] {
        &self.all[self.at].1
    }
}

/// Everything live in a track, also in one that is retired.
pub async fn track_outline(conn: &mut Conn, track_id: TrackId) -> Result<TrackOutline> {
    let all = outlines(conn).await?;
    if let Some(found) = TrackOutline::find(&all, |(track, _)| track.id == track_id) {
        return Ok(found);
    }
    let track = tracks_by_ids(conn, &[track_id]).await?.pop().ok_or_else(|| Error::broken("there is no such track"))?;
    let modules = modules_of_tracks(conn, &[track_id]).await?;
    Ok(TrackOutline { all: Arc::new(vec![(track, outlined(conn, modules).await?)]), at: 0 })
}

/// The same of the tracks that these modules are in, also of those that are retired.
pub async fn outlines_around(conn: &mut Conn, ids: &[ModuleId]) -> Result<HashMap<ModuleId, TrackOutline>> {
    let all = outlines(conn).await?;
    let mut found = HashMap::with_capacity(ids.len());
    for id in ids {
        let live = TrackOutline::find(&all, |(_, modules)| modules.iter().any(|outline| outline.module.id == *id));
        let outline = match live {
            Some(outline) => Some(outline),
            None => match module_by_id(conn, *id).await? {
                Some(module) => Some(track_outline(conn, module.track_id).await?),
                None => None,
            },
        };
        found.extend(outline.map(|outline| (*id, outline)));
    }
    Ok(found)
}

/// The same of one.
pub async fn outline_around(conn: &mut Conn, id: ModuleId) -> Result<Option<TrackOutline>> {
    Ok(outlines_around(conn, &[id]).await?.remove(&id))
}

async fn read(conn: &mut Conn) -> Result<Outlines> {
    let (tracks, modules): (Vec<Track>, Vec<Module>) = store::live_modules(conn).await?.into_iter().unzip();
    let mut outlines = Outlines::new();
    for (track, outline) in tracks.into_iter().zip(outlined(conn, modules).await?) {
        match outlines.last_mut().filter(|(last, _)| last.id == track.id) {
            Some((_, modules)) => modules.push(outline),
            None => outlines.push((track, vec![outline])),
        }
    }
    Ok(outlines)
}

/// Modules with their items, in three statements.
async fn outlined(conn: &mut Conn, modules: Vec<Module>) -> Result<Vec<ModuleOutline>> {
    let module_ids: Vec<ModuleId> = modules.iter().map(|module| module.id).collect();
    let lessons = lessons_of_modules(conn, &module_ids).await?;
    let lesson_ids: Vec<LessonId> = lessons.iter().map(|lesson| lesson.id).collect();
    let mut quizzes: HashMap<LessonId, Quiz> =
        quizzes_of_lessons(conn, &lesson_ids).await?.into_iter().map(|quiz| (quiz.lesson_id, quiz)).collect();
    let (inside, alone): (Vec<Challenge>, Vec<Challenge>) =
        challenges_of_modules(conn, &module_ids).await?.into_iter().partition(|challenge| challenge.lesson_id.is_some());
    let mut inside: HashMap<Option<LessonId>, Challenge> = inside.into_iter().map(|challenge| (challenge.lesson_id, challenge)).collect();

    let mut items: HashMap<ModuleId, Vec<(i32, ItemOutline)>> = HashMap::new();
    for lesson in lessons {
        let (quiz, challenge) = (quizzes.remove(&lesson.id), inside.remove(&Some(lesson.id)));
        items.entry(lesson.module_id).or_default().push((lesson.position, ItemOutline::Lesson { lesson, quiz, challenge }));
    }
    for challenge in alone {
        items.entry(challenge.module_id).or_default().push((challenge.position, ItemOutline::Challenge(challenge)));
    }
    Ok(modules
        .into_iter()
        .map(|module| {
            let mut items = items.remove(&module.id).unwrap_or_default();
            items.sort_by_key(|(position, _)| *position);
            ModuleOutline { module, items: items.into_iter().map(|(_, item)| item).collect() }
        })
        .collect())
}
