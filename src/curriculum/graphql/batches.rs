//! What nested objects of the curriculum ask for, in one statement a level.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::Loader;

use crate::{
    curriculum::{self as domain, ChallengeBody, LessonBody, QuizBody},
    db::ids::{ChallengeId, ContentVersionId, LessonId, ModuleId, QuizId, TrackId},
    error::{Error, Result},
    graphql::loaders::Batch,
};

macro_rules! keys {
    ($($(#[$doc:meta])* $key:ident($id:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $key(pub $id);
    )*};
}

keys! {
    TrackById(TrackId);
    ModuleById(ModuleId);
    LessonById(LessonId);
    QuizById(QuizId);
    ChallengeById(ChallengeId);
    ModulesOfTrack(TrackId);
    LessonsOfModule(ModuleId);
    ChallengesOfModule(ModuleId);
    QuizOfLesson(LessonId);
    ChallengeOfLesson(LessonId);
    LessonBodyOf(ContentVersionId);
    QuizBodyOf(ContentVersionId);
    ChallengeBodyOf(ContentVersionId);
    VersionNumber(ContentVersionId);
}

macro_rules! one_each {
    ($($key:ident => $row:ty, $load:path, $of:expr;)*) => {$(
        impl Loader<$key> for Batch {
            type Value = $row;
            type Error = Error;
            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $row>> {
                let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
                let rows = $load(&mut *self.app.db.conn().await?, &ids).await?;
                let of: fn(&$row) -> Option<$key> = $of;
                Ok(rows.into_iter().filter_map(|row| of(&row).map(|key| (key, row))).collect())
            }
        }
    )*};
}

one_each! {
    TrackById => domain::Track, domain::tracks_by_ids, |row| Some(TrackById(row.id));
    ModuleById => domain::Module, domain::modules_by_ids, |row| Some(ModuleById(row.id));
    LessonById => domain::Lesson, domain::lessons_by_ids, |row| Some(LessonById(row.id));
    QuizById => domain::Quiz, domain::quizzes_by_ids, |row| Some(QuizById(row.id));
    ChallengeById => domain::Challenge, domain::challenges_by_ids, |row| Some(ChallengeById(row.id));
    QuizOfLesson => domain::Quiz, domain::quizzes_of_lessons, |row| Some(QuizOfLesson(row.lesson_id));
    ChallengeOfLesson => domain::Challenge, domain::challenges_of_lessons, |row| row.lesson_id.map(ChallengeOfLesson);
}

macro_rules! many_each {
    ($($key:ident => $row:ty, $load:path, $of:expr;)*) => {$(
        impl Loader<$key> for Batch {
            type Value = Vec<$row>;
            type Error = Error;
            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, Vec<$row>>> {
                let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
                let rows = $load(&mut *self.app.db.conn().await?, &ids).await?;
                Ok(grouped(rows, $of))
            }
        }
    )*};
}

many_each! {
    ModulesOfTrack => domain::Module, domain::modules_of_tracks, |row| ModulesOfTrack(row.track_id);
    LessonsOfModule => domain::Lesson, domain::lessons_of_modules, |row| LessonsOfModule(row.module_id);
    ChallengesOfModule => domain::Challenge, domain::challenges_of_modules, |row| ChallengesOfModule(row.module_id);
}

/// Rows by key, each group in the order of the rows.
fn grouped<K: Eq + Hash, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

macro_rules! of_versions {
    ($($key:ident => $value:ty, $load:path;)*) => {$(
        impl Loader<$key> for Batch {
            type Value = $value;
            type Error = Error;
            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>> {
                let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
                let found = $load(&mut *self.app.db.conn().await?, &ids).await?;
                Ok(found.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )*};
}

of_versions! {
    LessonBodyOf => Arc<LessonBody>, domain::lesson_bodies;
    QuizBodyOf => Arc<QuizBody>, domain::quiz_bodies;
    ChallengeBodyOf => Arc<ChallengeBody>, domain::challenge_bodies;
    VersionNumber => i32, domain::version_numbers;
}
