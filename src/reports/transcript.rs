//! Everything that a learner has done, track by track: completed lessons with the best quiz score, passed challenges with score and
//! attempts. Items that have been retired since are in it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::{
    accounts,
    curriculum::{self, Challenge, Difficulty, Lesson, Module, Track},
    db::{
        Conn,
        ids::{ChallengeId, LessonId, ModuleId, TrackId, UserId},
    },
    error::Result,
    progress::{self, Mine, levels},
};

#[derive(Clone, Debug)]
pub struct Transcript {
    pub user_id: UserId,
    pub learner: String,
    pub made_at: DateTime<Utc>,
    pub zone: chrono_tz::Tz,
    pub xp: i64,
    pub level: i64,
    /// In the order of the tracks; those without anything done are left out.
    pub tracks: Vec<TrackRecord>,
}

#[derive(Clone, Debug)]
pub struct TrackRecord {
    pub slug: String,
    pub title: String,
    /// In the order they were done.
    pub lessons: Vec<LessonRecord>,
    pub challenges: Vec<ChallengeRecord>,
}

#[derive(Clone, Debug)]
pub struct LessonRecord {
    pub lesson_id: LessonId,
    pub title: String,
    pub completed_at: DateTime<Utc>,
    /// None for a lesson without a quiz.
    pub quiz_score: Option<i32>,
}

#[derive(Clone, Debug)]
pub struct ChallengeRecord {
    pub challenge_id: ChallengeId,
    pub title: String,
    pub difficulty: Difficulty,
    pub passed_at: DateTime<Utc>,
    pub best_score: i32,
    pub points: i32,
    pub attempts: i32,
}

/// Everything done until now, in nine statements.
pub async fn of(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId) -> Result<Transcript> {
    let user = accounts::user(conn, user_id).await?;
    let mine = progress::mine(conn, user_id).await?;
    let xp = progress::xp(conn, user_id).await?;
    let places = Places::read(conn, &mine).await?;
    Ok(Transcript {
        user_id,
        zone: user.zone(),
        learner: user.display_name,
        made_at: now,
        xp,
        level: levels::level(xp),
        tracks: places.records(&mine),
    })
}

/// The items that something was done with, and where they belong.
struct Places {
    lessons: Vec<Lesson>,
    challenges: Vec<Challenge>,
    quizzes: HashMap<LessonId, i32>,
    modules: HashMap<ModuleId, Module>,
    tracks: Vec<Track>,
}

impl Places {
    async fn read(conn: &mut Conn, mine: &Mine) -> Result<Self> {
        let completed: Vec<LessonId> = mine.standing.completed_lessons.iter().copied().collect();
        let passed: Vec<ChallengeId> = mine.standing.passed_challenges.iter().copied().collect();
        let lessons = curriculum::lessons_by_ids(conn, &completed).await?;
        let challenges = curriculum::challenges_by_ids(conn, &passed).await?;
        let quizzes = curriculum::quizzes_of_lessons(conn, &completed).await?;
        let scores = quizzes.iter().filter_map(|quiz| Some((quiz.lesson_id, *mine.standing.quiz_scores.get(&quiz.id)?)));
        let of_lessons = lessons.iter().map(|lesson| lesson.module_id);
        let mut module_ids: Vec<ModuleId> = of_lessons.chain(challenges.iter().map(|challenge| challenge.module_id)).collect();
        module_ids.sort();
        module_ids.dedup();
        let modules: HashMap<_, _> =
            curriculum::modules_by_ids(conn, &module_ids).await?.into_iter().map(|module| (module.id, module)).collect();
        let mut track_ids: Vec<TrackId> = modules.values().map(|module| module.track_id).collect();
        track_ids.sort();
        track_ids.dedup();
        let mut tracks = curriculum::tracks_by_ids(conn, &track_ids).await?;
        tracks.sort_by_key(|track| (track.position, track.id));
        Ok(Self { quizzes: scores.collect(), lessons, challenges, modules, tracks })
    }

    fn is_in(&self, module_id: ModuleId, track: &Track) -> bool {
        self.modules.get(&module_id).is_some_and(|module| module.track_id == track.id)
    }

    fn records(&self, mine: &Mine) -> Vec<TrackRecord> {
        self.tracks.iter().map(|track| self.record(track, mine)).collect()
    }

    fn record(&self, track: &Track, mine: &Mine) -> TrackRecord {
        let lesson = |lesson: &Lesson| {
            let completed_at = mine.lessons.get(&lesson.id)?.completed_at?;
            let quiz_score = self.quizzes.get(&lesson.id).copied();
            Some(LessonRecord { lesson_id: lesson.id, title: lesson.title.clone(), completed_at, quiz_score })
        };
        let challenge = |challenge: &Challenge| {
            let progress = mine.challenges.get(&challenge.id)?;
            Some(ChallengeRecord {
                challenge_id: challenge.id,
                title: challenge.title.clone(),
                difficulty: challenge.difficulty,
                passed_at: progress.passed_at?,
                best_score: progress.best_score,
                points: challenge.points,
                attempts: progress.attempts_used,
            })
        };
        let here = self.lessons.iter().filter(|lesson| self.is_in(lesson.module_id, track));
        let mut lessons: Vec<LessonRecord> = here.filter_map(lesson).collect();
        lessons.sort_by_key(|record| (record.completed_at, record.lesson_id));
        let here = self.challenges.iter().filter(|challenge| self.is_in(challenge.module_id, track));
        let mut challenges: Vec<ChallengeRecord> = here.filter_map(challenge).collect();
        challenges.sort_by_key(|record| (record.passed_at, record.challenge_id));
        TrackRecord { slug: track.slug.clone(), title: track.title.clone(), lessons, challenges }
    }
}
