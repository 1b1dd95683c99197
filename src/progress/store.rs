//! Every statement on progress: lessons, quizzes, challenges, hints, the learner's events, reports; below it the ledger with what hangs
//! on it, the learner's days, and notifications.

mod days;
mod ledger;
mod many;
mod notifications;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
pub use days::*;
use diesel::{
    dsl::max,
    prelude::*,
    sql_types::{BigInt, Nullable, Timestamptz},
};
use diesel_async::RunQueryDsl;
pub use ledger::*;
pub use many::*;
pub use notifications::*;
use serde_json::Value;

use super::gates::Standing;
use crate::{
    curriculum::grading::{Answer, PASSING_SCORE},
    db::{
        Conn,
        ids::{ChallengeId, ContentVersionId, LessonId, ProblemReportId, QuizAttemptId, QuizId, UserId},
        json::Json,
        schema::{challenge_progress, hint_reveals, lesson_progress, outbox, problem_reports, quiz_attempts, user_events, users},
    },
    error::Result,
};

/// How far a learner is with a lesson.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = lesson_progress, check_for_backend(diesel::pg::Pg))]
pub struct LessonProgress {
    pub lesson_id: LessonId,
    pub started_at: DateTime<Utc>,
    pub last_heartbeat_at: DateTime<Utc>,
    pub dwell_ms: i64,
    pub completed_at: Option<DateTime<Utc>>,
    /// When `dwell_ms` reached what the lesson asked for then.
    pub dwell_met_at: Option<DateTime<Utc>>,
}

/// How far a learner is with a challenge.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = challenge_progress, check_for_backend(diesel::pg::Pg), treat_none_as_null = true)]
pub struct ChallengeProgress {
    pub attempts_used: i32,
    pub best_score: i32,
    pub passed_at: Option<DateTime<Utc>>,
    /// When the last attempt that counted ended.
    pub last_graded_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = quiz_attempts, check_for_backend(diesel::pg::Pg))]
pub struct QuizAttempt {
    pub id: QuizAttemptId,
    pub user_id: UserId,
    pub quiz_id: QuizId,
    pub content_version_id: ContentVersionId,
    pub number: i32,
    pub answers: Json<Vec<Answer>>,
    pub score: i32,
    pub created_at: DateTime<Utc>,
}

/// Everything that the personal fields of the curriculum show of one learner.
#[derive(Clone, Debug, Default)]
pub struct Mine {
    pub standing: Standing,
    pub lessons: HashMap<LessonId, LessonProgress>,
    pub challenges: HashMap<ChallengeId, ChallengeProgress>,
    /// How often each quiz was answered.
    pub quiz_attempts: HashMap<QuizId, i32>,
}

pub async fn mine(conn: &mut Conn, user_id: UserId) -> Result<Mine> {
    let quizzes: Vec<(QuizId, Option<i32>, Option<i32>)> = quiz_attempts::table
        .filter(quiz_attempts::user_id.eq(user_id))
        .group_by(quiz_attempts::quiz_id)
        .select((quiz_attempts::quiz_id, max(quiz_attempts::score), max(quiz_attempts::number)))
        .load(conn)
        .await?;
    let scores = quizzes.iter().map(|(quiz, score, _)| (*quiz, score.unwrap_or(0))).collect();
    let attempts = quizzes.iter().map(|(quiz, _, number)| (*quiz, number.unwrap_or(0))).collect();
    mine_with(conn, user_id, scores, attempts).await
}

/// The same in two statements, where the quizzes are known.
pub async fn mine_with(
    conn: &mut Conn,
    user_id: UserId,
    quiz_scores: HashMap<QuizId, i32>,
    quiz_attempts: HashMap<QuizId, i32>,
) -> Result<Mine> {
    let lessons = lesson_progress::table.filter(lesson_progress::user_id.eq(user_id)).select(LessonProgress::as_select());
    let lessons: HashMap<_, _> = lessons.load(conn).await?.into_iter().map(|row| (row.lesson_id, row)).collect();
    let challenges: HashMap<_, _> = challenge_progress::table
        .filter(challenge_progress::user_id.eq(user_id))
        .select((challenge_progress::challenge_id, ChallengeProgress::as_select()))
        .load::<(ChallengeId, ChallengeProgress)>(conn)
        .await?
        .into_iter()
        .collect();
    let standing = Standing {
        completed_lessons: lessons.values().filter(|row| row.completed_at.is_some()).map(|row| row.lesson_id).collect(),
        passed_challenges: challenges.iter().filter(|(_, row)| row.passed_at.is_some()).map(|(id, _)| *id).collect(),
        quiz_scores,
    };
    Ok(Mine { standing, lessons, challenges, quiz_attempts })
}

pub async fn lesson_progress(conn: &mut Conn, user_id: UserId, lesson_id: LessonId) -> Result<Option<LessonProgress>> {
    Ok(lesson_progress::table.find((user_id, lesson_id)).select(LessonProgress::as_select()).first(conn).await.optional()?)
}

/// Starts a lesson; a second start changes nothing.
pub async fn start_lesson(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, lesson_id: LessonId) -> Result<()> {
    diesel::insert_into(lesson_progress::table)
        .values((
            lesson_progress::user_id.eq(user_id),
            lesson_progress::lesson_id.eq(lesson_id),
            lesson_progress::started_at.eq(now),
            lesson_progress::last_heartbeat_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds to the dwell; the first time that it is `needed_ms` or more is kept.
pub async fn credit_dwell(
    conn: &mut Conn,
    now: DateTime<Utc>,
    user_id: UserId,
    lesson_id: LessonId,
    dwell: Dwell,
) -> Result<LessonProgress> {
    let met = diesel::dsl::sql::<Nullable<Timestamptz>>("coalesce(dwell_met_at, CASE WHEN dwell_ms + ")
        .bind::<BigInt, _>(dwell.more_ms)
        .sql(" >= ")
        .bind::<BigInt, _>(dwell.needed_ms)
        .sql(" THEN ")
        .bind::<Timestamptz, _>(now)
        .sql(" END)");
    let credited = diesel::update(lesson_progress::table.find((user_id, lesson_id))).set((
        lesson_progress::dwell_ms.eq(lesson_progress::dwell_ms + dwell.more_ms),
        lesson_progress::last_heartbeat_at.eq(now),
        lesson_progress::dwell_met_at.eq(met),
    ));
    Ok(credited.returning(LessonProgress::as_returning()).get_result(conn).await?)
}

/// Time with a lesson.
#[derive(Clone, Copy, Debug)]
pub struct Dwell {
    pub more_ms: i64,
    pub needed_ms: i64,
}

pub async fn set_lesson_completed(conn: &mut Conn, user_id: UserId, lesson_id: LessonId, at: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(lesson_progress::table.find((user_id, lesson_id))).set(lesson_progress::completed_at.eq(at)).execute(conn).await?;
    Ok(())
}

/// The newest attempt at a quiz, and the best score.
pub async fn quiz_standing(conn: &mut Conn, user_id: UserId, quiz_id: QuizId) -> Result<(Option<QuizAttempt>, Option<i32>)> {
    let mine = quiz_attempts::table.filter(quiz_attempts::user_id.eq(user_id).and(quiz_attempts::quiz_id.eq(quiz_id)));
    let newest = mine.order(quiz_attempts::number.desc()).select(QuizAttempt::as_select()).first(conn).await.optional()?;
    let best = mine.select(max(quiz_attempts::score)).first::<Option<i32>>(conn).await?;
    Ok((newest, best))
}

/// When a quiz was first passed.
pub async fn quiz_passed_at(conn: &mut Conn, user_id: UserId, quiz_id: QuizId) -> Result<Option<DateTime<Utc>>> {
    let passed = quiz_attempts::table
        .filter(quiz_attempts::user_id.eq(user_id).and(quiz_attempts::quiz_id.eq(quiz_id)))
        .filter(quiz_attempts::score.ge(PASSING_SCORE));
    Ok(passed.select(diesel::dsl::min(quiz_attempts::created_at)).first(conn).await?)
}

/// Every answer to a quiz of a learner, the oldest first.
pub async fn quiz_answers(conn: &mut Conn, user_id: UserId) -> Result<Vec<QuizAnswer>> {
    let answers = quiz_attempts::table.filter(quiz_attempts::user_id.eq(user_id)).order((quiz_attempts::created_at, quiz_attempts::id));
    Ok(answers.select(QuizAnswer::as_select()).load(conn).await?)
}

/// One answer to a quiz, as far as missions and achievements care.
#[derive(Clone, Copy, Debug, Queryable, Selectable)]
#[diesel(table_name = quiz_attempts, check_for_backend(diesel::pg::Pg))]
pub struct QuizAnswer {
    pub quiz_id: QuizId,
    pub score: i32,
    pub created_at: DateTime<Utc>,
}

pub async fn insert_quiz_attempt(conn: &mut Conn, attempt: &QuizAttempt) -> Result<()> {
    diesel::insert_into(quiz_attempts::table).values(attempt).execute(conn).await?;
    Ok(())
}

pub async fn challenge_progress(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<Option<ChallengeProgress>> {
    Ok(challenge_progress::table.find((user_id, challenge_id)).select(ChallengeProgress::as_select()).first(conn).await.optional()?)
}

pub async fn put_challenge_progress(
    conn: &mut Conn,
    user_id: UserId,
    challenge_id: ChallengeId,
    progress: &ChallengeProgress,
) -> Result<()> {
    diesel::insert_into(challenge_progress::table)
        .values((challenge_progress::user_id.eq(user_id), challenge_progress::challenge_id.eq(challenge_id), progress.clone()))
        .on_conflict((challenge_progress::user_id, challenge_progress::challenge_id))
        .do_update()
        .set(progress)
        .execute(conn)
        .await?;
    Ok(())
}

/// Hints that were opened before a moment.
pub async fn hints_before(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId, moment: DateTime<Utc>) -> Result<i64> {
    let opened = hint_reveals::table
        .filter(hint_reveals::user_id.eq(user_id).and(hint_reveals::challenge_id.eq(challenge_id)))
        .filter(hint_reveals::revealed_at.lt(moment));
    Ok(opened.count().get_result(conn).await?)
}

/// The rungs opened so far and when, the first first.
pub async fn hints(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId) -> Result<Vec<(i32, DateTime<Utc>)>> {
    let opened = hint_reveals::table
        .filter(hint_reveals::user_id.eq(user_id).and(hint_reveals::challenge_id.eq(challenge_id)))
        .order(hint_reveals::rung)
        .select((hint_reveals::rung, hint_reveals::revealed_at));
    Ok(opened.load(conn).await?)
}

pub async fn open_hint(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, challenge_id: ChallengeId, rung: i32) -> Result<()> {
    diesel::insert_into(hint_reveals::table)
        .values((
            hint_reveals::user_id.eq(user_id),
            hint_reveals::challenge_id.eq(challenge_id),
            hint_reveals::rung.eq(rung),
            hint_reveals::revealed_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The next number of a learner's topic, given out inside the writing transaction.
pub async fn next_event_seq(conn: &mut Conn, user_id: UserId) -> Result<i64> {
    let statement = diesel::update(users::table.find(user_id)).set(users::event_seq.eq(users::event_seq + 1));
    Ok(statement.returning(users::event_seq).get_result(conn).await?)
}

pub async fn insert_event(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, seq: i64, payload: &Value) -> Result<()> {
    let kind = payload.get("type").and_then(Value::as_str).unwrap_or_default();
    diesel::insert_into(user_events::table)
        .values((
            user_events::user_id.eq(user_id),
            user_events::seq.eq(seq),
            user_events::kind.eq(kind),
            user_events::payload.eq(payload),
            user_events::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// A learner's events after a number, oldest first.
pub async fn events_after(conn: &mut Conn, user_id: UserId, after: i64, limit: i64) -> Result<Vec<(i64, Value, DateTime<Utc>)>> {
    let rows = user_events::table
        .filter(user_events::user_id.eq(user_id).and(user_events::seq.gt(after)))
        .order(user_events::seq)
        .limit(limit)
        .select((user_events::seq, user_events::payload, user_events::created_at));
    Ok(rows.load(conn).await?)
}

pub async fn last_event_seq(conn: &mut Conn, user_id: UserId) -> Result<i64> {
    Ok(users::table.find(user_id).select(users::event_seq).first(conn).await?)
}

pub async fn insert_outbox(conn: &mut Conn, now: DateTime<Utc>, topic: &str, seq: i64, payload: &Value) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values((outbox::topic.eq(topic), outbox::seq.eq(seq), outbox::payload.eq(payload), outbox::created_at.eq(now)))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn delete_outbox(conn: &mut Conn, topic: &str) -> Result<()> {
    diesel::delete(outbox::table.filter(outbox::topic.eq(topic))).execute(conn).await?;
    Ok(())
}

/// One row of the outbox that is not published yet.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg))]
pub struct Unpublished {
    pub id: i64,
    pub topic: String,
    pub payload: Value,
}

/// The oldest unpublished rows that no other publisher holds.
pub async fn unpublished(conn: &mut Conn, limit: i64) -> Result<Vec<Unpublished>> {
    let rows = outbox::table.filter(outbox::published_at.is_null()).order(outbox::id).limit(limit).select(Unpublished::as_select());
    Ok(rows.for_update().skip_locked().load(conn).await?)
}

/// How many they are, held or not, and when the oldest was written.
pub async fn unpublished_since(conn: &mut Conn) -> Result<(i64, Option<DateTime<Utc>>)> {
    let rows = outbox::table.filter(outbox::published_at.is_null());
    Ok(rows.select((diesel::dsl::count_star(), diesel::dsl::min(outbox::created_at))).first(conn).await?)
}

pub async fn set_published(conn: &mut Conn, now: DateTime<Utc>, ids: &[i64]) -> Result<()> {
    diesel::update(outbox::table.filter(outbox::id.eq_any(ids))).set(outbox::published_at.eq(Some(now))).execute(conn).await?;
    Ok(())
}

/// Deletes what is past its retention.
pub async fn forget(conn: &mut Conn, events_before: DateTime<Utc>, published_before: DateTime<Utc>) -> Result<usize> {
    let events = diesel::delete(user_events::table.filter(user_events::created_at.lt(events_before))).execute(conn).await?;
    let published = diesel::delete(outbox::table.filter(outbox::published_at.lt(published_before))).execute(conn).await?;
    Ok(events + published)
}

pub async fn reports_since(conn: &mut Conn, user_id: UserId, since: DateTime<Utc>) -> Result<i64> {
    let recent = problem_reports::table.filter(problem_reports::user_id.eq(user_id).and(problem_reports::created_at.gt(since)));
    Ok(recent.count().get_result(conn).await?)
}

#[expect(clippy::too_many_arguments, reason = "they are the columns")]
pub async fn insert_report(
    conn: &mut Conn,
    now: DateTime<Utc>,
    id: ProblemReportId,
    user_id: UserId,
    item: uuid::Uuid,
    message: &str,
) -> Result<()> {
    diesel::insert_into(problem_reports::table)
        .values((
            problem_reports::id.eq(id),
            problem_reports::user_id.eq(user_id),
            problem_reports::item_id.eq(item),
            problem_reports::message.eq(message),
            problem_reports::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(())
}
