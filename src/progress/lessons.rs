//! A learner at a lesson: start, dwell, quiz, completion. Completion is derived by the server and never claimed by a client.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ledger::Settlement,
    lesson_lock, module_of, settle, settle_lesson, settle_module,
    store::{self, Dwell, LessonProgress, QuizAttempt},
};
use crate::{
    accounts,
    curriculum::{
        self, Lesson,
        grading::{self, Answer, AnswerMistake, PASSING_SCORE},
    },
    db::{
        self, Conn, Db,
        ids::{QuizAttemptId, TypedId, UserId},
        json::Json,
    },
    error::{Error, Result},
};

/// The shortest time a lesson must be open, whatever its length.
const DWELL_LEAST_MS: i64 = 45_000;
/// Dwell asked for each estimated minute.
const DWELL_A_MINUTE_MS: i64 = 20_000;
/// What one heartbeat is worth at most, so that a lesson left open overnight counts for half a minute.
const HEARTBEAT_CREDIT_MAX_MS: i64 = 30_000;
/// How long a learner waits before the same quiz may be answered again.
const RETAKE_AFTER: TimeDelta = TimeDelta::seconds(60);

/// Dwell that a lesson asks for.
#[must_use]
pub fn dwell_needed_ms(minutes: i32) -> i64 {
    DWELL_LEAST_MS.max(DWELL_A_MINUTE_MS * i64::from(minutes))
}

/// Where a learner stands with a lesson.
#[derive(Clone, Debug)]
pub struct LessonStanding {
    pub progress: LessonProgress,
    /// What is still missing for completion, in plain words; empty when it is completed.
    pub missing: Vec<String>,
}

/// Why a lesson is not to be worked at.
#[derive(Clone, Debug)]
pub struct Locked(pub String);

/// Opens a lesson for a learner; the dwell starts to count. A second call only counts as a heartbeat.
pub async fn start(db: &Db, now: DateTime<Utc>, user_id: UserId, slug: &str) -> Result<Result<LessonStanding, Locked>> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        let lesson = find(conn, slug).await?;
        if let Some(lock) = lesson_lock(conn, user_id, &lesson).await? {
            return Ok(Err(Locked(lock.message)));
        }
        store::start_lesson(conn, now, user_id, lesson.id).await?;
        look_again(conn, now, user_id, &lesson, false).await.map(Ok)
    })
    .await
}

/// Credits the time since the last heartbeat, at most 30 s. The lesson must have been started.
pub async fn heartbeat(db: &Db, now: DateTime<Utc>, user_id: UserId, slug: &str) -> Result<LessonStanding> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        let lesson = find(conn, slug).await?;
        look_again(conn, now, user_id, &lesson, false).await
    })
    .await
}

async fn find(conn: &mut Conn, slug: &str) -> Result<Lesson> {
    curriculum::lesson_by_slug(conn, slug).await?.ok_or_else(|| Error::not_found("lesson"))
}

/// Credits the time since the last heartbeat, and derives what follows when the lesson is completed by it, or when a quiz was answered.
async fn look_again(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, lesson: &Lesson, answered: bool) -> Result<LessonStanding> {
    let not_started = || Error::bad_input("Start the lesson first, with startLesson.");
    let before = store::lesson_progress(conn, user_id, lesson.id).await?.ok_or_else(not_started)?;
    let more_ms = (now - before.last_heartbeat_at).num_milliseconds().clamp(0, HEARTBEAT_CREDIT_MAX_MS);
    let dwell = Dwell { more_ms, needed_ms: dwell_needed_ms(lesson.minutes) };
    let mut progress = store::credit_dwell(conn, now, user_id, lesson.id, dwell).await?;
    let module = module_of(conn, lesson.module_id).await?;
    let mut settlement = Settlement::begin(conn, now, user_id, Some(lesson.version_id)).await?;
    let completed = settle_lesson(conn, &mut settlement, lesson, module.track_id).await?;
    if completed || answered {
        settle_module(conn, &mut settlement, &module).await?;
        settle::learner(conn, &mut settlement).await?;
        progress = store::lesson_progress(conn, user_id, lesson.id).await?.ok_or_else(not_started)?;
    }
    let missing = missing(conn, user_id, lesson, &progress).await?;
    Ok(LessonStanding { progress, missing })
}

/// What a lesson still asks of a learner.
pub(super) async fn missing(conn: &mut Conn, user_id: UserId, lesson: &Lesson, progress: &LessonProgress) -> Result<Vec<String>> {
    let quiz_score = match curriculum::quiz_of_lesson(conn, lesson.id).await? {
        Some(quiz) => Some(store::quiz_standing(conn, user_id, quiz.id).await?.1.unwrap_or(0)),
        None => None,
    };
    let challenge = match curriculum::challenges_of_lessons(conn, &[lesson.id]).await?.pop() {
        Some(challenge) => {
            let progress = store::challenge_progress(conn, user_id, challenge.id).await?;
            Some((challenge.title, progress.is_some_and(|progress| progress.passed_at.is_some())))
        }
        None => None,
    };
    let challenge = challenge.as_ref().map(|(title, passed)| (title.as_str(), *passed));
    Ok(what_is_missing(lesson.minutes, dwell_ms(progress, lesson.minutes), quiz_score, challenge))
}

/// The time credited; what was enough once stays enough when the lesson grows.
pub(super) fn dwell_ms(progress: &LessonProgress, minutes: i32) -> i64 {
    if progress.dwell_met_at.is_some() { progress.dwell_ms.max(dwell_needed_ms(minutes)) } else { progress.dwell_ms }
}

/// When the last of what a completed lesson asks for was reached: the same moment whenever it is derived, so a judgement that was taken
/// back and given again does not move the day it counts for.
pub(super) async fn completed_at(
    conn: &mut Conn,
    now: DateTime<Utc>,
    user_id: UserId,
    lesson: &Lesson,
    progress: &LessonProgress,
) -> Result<DateTime<Utc>> {
    let mut moment = progress.dwell_met_at.unwrap_or(now).max(progress.started_at);
    if let Some(quiz) = curriculum::quiz_of_lesson(conn, lesson.id).await? {
        moment = moment.max(store::quiz_passed_at(conn, user_id, quiz.id).await?.unwrap_or(moment));
    }
    if let Some(challenge) = curriculum::challenges_of_lessons(conn, &[lesson.id]).await?.pop() {
        let passed_at = store::challenge_progress(conn, user_id, challenge.id).await?.and_then(|progress| progress.passed_at);
        moment = moment.max(passed_at.unwrap_or(moment));
    }
    Ok(moment.min(now))
}

/// In plain words, what is missing. `quiz_score` and `challenge` (its title, whether it is passed) are None where there is none.
pub(super) fn what_is_missing(minutes: i32, dwell_ms: i64, quiz_score: Option<i32>, challenge: Option<(&str, bool)>) -> Vec<String> {
    let mut missing = Vec::new();
    let needed = dwell_needed_ms(minutes);
    if dwell_ms < needed {
        let left = (needed - dwell_ms + 999) / 1_000;
        missing.push(format!("Stay with the lesson for another {left} s."));
    }
    if quiz_score.is_some_and(|score| score < PASSING_SCORE) {
        missing.push(format!("Reach {PASSING_SCORE} or more in its quiz."));
    }
    if let Some((title, false)) = challenge {
        missing.push(format!("Pass its challenge \"{title}\"."));
    }
    missing
}

/// A graded quiz; only now may the correct options be shown.
#[derive(Clone, Debug)]
pub struct Answered {
    pub attempt: QuizAttempt,
    pub graded: grading::Graded,
    pub best_score: i32,
}

/// Why answers were not graded. No attempt is used.
#[derive(Clone, Debug)]
pub enum QuizRefusal {
    Locked(String),
    TooSoon { seconds_left: i64 },
    Mistake(AnswerMistake),
}

/// Grades a learner's answers to a lesson's quiz; the best score counts.
pub async fn answer_quiz(
    db: &Db,
    now: DateTime<Utc>,
    user_id: UserId,
    slug: &str,
    answers: Vec<Answer>,
) -> Result<Result<Answered, QuizRefusal>> {
    let mut conn = db.conn().await?;
    db::transaction(&mut conn, async |conn| {
        accounts::lock(conn, user_id).await?;
        let lesson = find(conn, slug).await?;
        let quiz = curriculum::quiz_of_lesson(conn, lesson.id).await?.ok_or_else(|| Error::not_found("quiz"))?;
        if let Some(lock) = lesson_lock(conn, user_id, &lesson).await? {
            return Ok(Err(QuizRefusal::Locked(lock.message)));
        }
        let (newest, best) = store::quiz_standing(conn, user_id, quiz.id).await?;
        if let Some(newest) = &newest {
            let open_at = newest.created_at + RETAKE_AFTER;
            if now < open_at {
                let seconds_left = ((open_at - now).num_milliseconds() + 999) / 1_000;
                return Ok(Err(QuizRefusal::TooSoon { seconds_left }));
            }
        }
        let body = curriculum::quiz_body(conn, quiz.version_id).await?;
        let graded = match grading::grade(&body, &answers) {
            Ok(graded) => graded,
            Err(mistake) => return Ok(Err(QuizRefusal::Mistake(mistake))),
        };
        let attempt = QuizAttempt {
            id: QuizAttemptId::generate(),
            user_id,
            quiz_id: quiz.id,
            content_version_id: quiz.version_id,
            number: newest.map_or(1, |newest| newest.number + 1),
            answers: Json(answers),
            score: graded.score,
            created_at: now,
        };
        store::insert_quiz_attempt(conn, &attempt).await?;
        // Answering is being there: a learner who never sent startLesson has started now.
        store::start_lesson(conn, now, user_id, lesson.id).await?;
        look_again(conn, now, user_id, &lesson, true).await?;
        let best_score = best.unwrap_or(0).max(graded.score);
        Ok(Ok(Answered { attempt, graded, best_score }))
    })
    .await
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_missing_is_told_in_words() {
        assert_eq!(super::what_is_missing(1, 45_000, None, None), Vec::<String>::new());
        assert_eq!(super::what_is_missing(1, 45_000, Some(70), Some(("C", true))), Vec::<String>::new());
        let missing = super::what_is_missing(1, 43_500, Some(69), Some(("C", false)));
        assert_eq!(missing, ["Stay with the lesson for another 2 s.", "Reach 70 or more in its quiz.", "Pass its challenge \"C\"."]);
    }

    #[test]
    fn dwell_grows_with_the_lesson_from_a_floor() {
        assert_eq!(super::dwell_needed_ms(1), 45_000);
        assert_eq!(super::dwell_needed_ms(2), 45_000);
        assert_eq!(super::dwell_needed_ms(3), 60_000);
        assert_eq!(super::dwell_needed_ms(20), 400_000);
    }
}
