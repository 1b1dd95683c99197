//! What a learner has reached: gates, quizzes, dwell, hints, the XP ledger, levels, achievements, and the events that tell of them.
//!
//! Everything here is derived from facts under the learner's row lock; no client's claim counts. It never judges code. Start
//! reading at [`on_graded`], which the worker's record calls, and [`gates`] for what is open.

pub mod achievements;
mod awards;
pub mod follow;
pub mod gates;
pub mod graphql;
mod graphql_batches;
pub mod graphql_events;
pub mod graphql_mutations;
pub mod hints;
pub mod learner_events;
mod ledger;
pub mod lessons;
pub mod levels;
pub mod outbox;
mod store;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use gates::Standing;
use learner_events::LearnerEvent;
use ledger::Target;
pub use ledger::XpKind;
pub use store::{ChallengeProgress, LessonProgress, Mine, QuizAttempt, XpEntry};

use crate::{
    certificates,
    curriculum::{self, Challenge, Lesson},
    db::{
        Conn,
        ids::{ChallengeId, ModuleId, ProblemReportId, TypedId, UserId, XpEntryId},
    },
    error::{Error, Result},
    submissions::{self, Verdict},
};

/// Characters of a problem report.
pub const REPORT_CHARACTERS_MAX: usize = 2_000;
/// Streaks are not counted yet, so nobody earns a certificate of one.
const NO_STREAK: i64 = 0;
/// Problem reports of one learner in a day.
const REPORTS_A_DAY_MAX: i64 = 20;

/// A challenge at which an attempt has ended, or was judged again.
#[derive(Clone, Copy, Debug)]
pub struct Graded {
    pub user_id: UserId,
    pub challenge_id: ChallengeId,
}

/// Derives everything that follows from the attempts at a challenge. Runs in the transaction that recorded the verdict, under the
/// learner's row lock; may run again with the same facts and then changes nothing.
pub async fn on_graded(conn: &mut Conn, now: DateTime<Utc>, graded: &Graded) -> Result<()> {
    let Graded { user_id, challenge_id } = *graded;
    let challenge = curriculum::challenge_by_id(conn, challenge_id).await?.ok_or_else(|| Error::broken("a graded challenge is gone"))?;
    let facts = submissions::facts(conn, user_id, challenge_id).await?;
    let passed = facts.iter().position(|fact| fact.verdict == Some(Verdict::Accepted));
    let used = |until: usize| i64::try_from(facts.iter().take(until).filter(|fact| fact.uses_attempt).count()).unwrap_or(i64::MAX);
    let target = match passed.and_then(|index| facts.get(index).map(|fact| (index, fact))) {
        None => Target { xp: 0, ..challenge_target(&challenge) },
        Some((index, fact)) => {
            let hints = store::hints_before(conn, user_id, challenge_id, fact.created_at).await?;
            let xp = awards::challenge_xp(i64::from(challenge.points), 1 + used(index), hints);
            Target { xp, version_id: fact.content_version_id, ..challenge_target(&challenge) }
        }
    };
    store::put_challenge_progress(
        conn,
        user_id,
        challenge_id,
        &ChallengeProgress {
            attempts_used: i32::try_from(used(facts.len())).unwrap_or(i32::MAX),
            best_score: facts.iter().filter_map(|fact| fact.score).max().unwrap_or(0),
            passed_at: passed.and_then(|index| facts.get(index)).and_then(|fact| fact.finished_at),
            last_graded_at: facts.iter().filter(|fact| fact.uses_attempt).filter_map(|fact| fact.finished_at).max(),
        },
    )
    .await?;
    ledger::settle(conn, now, user_id, target).await?;
    if let Some(lesson_id) = challenge.lesson_id
        && let Some(lesson) = curriculum::lesson_by_id(conn, lesson_id).await?
    {
        settle_lesson(conn, now, user_id, &lesson).await?;
    }
    settle_module(conn, now, user_id, challenge.module_id).await?;
    settle_achievements(conn, now, user_id).await?;
    certificates::settle(conn, now, user_id, NO_STREAK).await
}

fn challenge_target(challenge: &Challenge) -> Target<'static> {
    Target {
        kind: XpKind::Challenge,
        source_id: challenge.id.to_string(),
        xp: 0,
        reason: "A challenge passed",
        version_id: Some(challenge.version_id),
    }
}

/// Derives whether a lesson is completed and what it is worth: quiz passed, its challenge passed, dwell met. Answers whether it is.
async fn settle_lesson(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, lesson: &Lesson) -> Result<bool> {
    let Some(progress) = store::lesson_progress(conn, user_id, lesson.id).await? else { return Ok(false) };
    let complete = lessons::missing(conn, user_id, lesson, &progress).await?.is_empty();
    let completed_at = complete.then(|| progress.completed_at.unwrap_or(now));
    if completed_at != progress.completed_at {
        store::set_lesson_completed(conn, user_id, lesson.id, completed_at).await?;
    }
    let target = Target {
        kind: XpKind::Lesson,
        source_id: lesson.id.to_string(),
        xp: if complete { awards::LESSON_XP } else { 0 },
        reason: "A lesson completed",
        version_id: Some(lesson.version_id),
    };
    ledger::settle(conn, now, user_id, target).await?;
    Ok(complete)
}

async fn settle_module(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId, module_id: ModuleId) -> Result<()> {
    let Some(module) = curriculum::module_by_id(conn, module_id).await? else { return Ok(()) };
    let outline = curriculum::track_outline(conn, module.track_id).await?;
    let Some(outline) = outline.iter().find(|outline| outline.module.id == module_id) else { return Ok(()) };
    let mastered = gates::not_mastered_because(outline, &standing(conn, user_id).await?).is_none();
    let target = Target {
        kind: XpKind::Module,
        source_id: module_id.to_string(),
        xp: if mastered { i64::from(module.xp) } else { 0 },
        reason: "A module mastered",
        version_id: None,
    };
    ledger::settle(conn, now, user_id, target).await
}

/// Unlocks what holds, in the order of the file, until nothing more does: a bonus may cause the next. What is unlocked stays.
async fn settle_achievements(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId) -> Result<()> {
    loop {
        let unlocked = store::unlocked(conn, user_id).await?;
        let facts = achievements::Facts { items_passed: store::items_passed(conn, user_id).await?, xp: store::total(conn, user_id).await? };
        let fresh = achievements::all()?.iter().find(|rule| rule.holds(facts) && !unlocked.iter().any(|(slug, _)| *slug == rule.slug));
        let Some(rule) = fresh else { return Ok(()) };
        store::unlock(conn, now, user_id, &rule.slug).await?;
        learner_events::append(conn, now, user_id, &LearnerEvent::AchievementUnlocked { slug: rule.slug.clone() }).await?;
        let target =
            Target { kind: XpKind::Achievement, source_id: rule.slug.clone(), xp: rule.bonus_xp, reason: &rule.title, version_id: None };
        ledger::settle(conn, now, user_id, target).await?;
    }
}

/// Everything the gates ask about.
pub async fn standing(conn: &mut Conn, user_id: UserId) -> Result<Standing> {
    Ok(store::mine(conn, user_id).await?.standing)
}

/// The same of several learners at once.
pub async fn standings(conn: &mut Conn, ids: &[UserId]) -> Result<HashMap<UserId, Standing>> {
    store::standings(conn, ids).await
}

/// How far a learner is with everything they ever took up.
pub async fn mine(conn: &mut Conn, user_id: UserId) -> Result<Mine> {
    store::mine(conn, user_id).await
}

/// Why a challenge is not open to a learner; None when it is.
pub async fn locked_because(conn: &mut Conn, user_id: UserId, challenge: &Challenge) -> Result<Option<String>> {
    let Some(module) = curriculum::module_by_id(conn, challenge.module_id).await? else { return Ok(None) };
    let outline = curriculum::track_outline(conn, module.track_id).await?;
    Ok(gates::challenge_locked(&outline, &standing(conn, user_id).await?, challenge))
}

/// Why a lesson is not open to a learner; None when it is.
pub async fn lesson_locked_because(conn: &mut Conn, user_id: UserId, lesson: &Lesson) -> Result<Option<String>> {
    let Some(module) = curriculum::module_by_id(conn, lesson.module_id).await? else { return Ok(None) };
    let outline = curriculum::track_outline(conn, module.track_id).await?;
    Ok(gates::lesson_locked(&outline, &standing(conn, user_id).await?, lesson.id))
}

/// The sum of a learner's ledger.
pub async fn xp(conn: &mut Conn, user_id: UserId) -> Result<i64> {
    store::total(conn, user_id).await
}

/// The same of several learners at once; those without XP are left out.
pub async fn totals(conn: &mut Conn, ids: &[UserId]) -> Result<Vec<(UserId, i64)>> {
    store::totals(conn, ids).await
}

/// An entry of a learner's ledger.
pub async fn entry(conn: &mut Conn, id: XpEntryId) -> Result<Option<XpEntry>> {
    store::entry(conn, id).await
}

/// Slugs of a learner's achievements, and when each was unlocked, oldest first.
pub async fn unlocked(conn: &mut Conn, user_id: UserId) -> Result<Vec<(String, DateTime<Utc>)>> {
    store::unlocked(conn, user_id).await
}

/// A learner tells that an item is wrong. None when they have sent too many today.
pub async fn report_problem(
    conn: &mut Conn,
    now: DateTime<Utc>,
    user_id: UserId,
    item: uuid::Uuid,
    message: &str,
) -> Result<Option<ProblemReportId>> {
    if store::reports_since(conn, user_id, now - chrono::TimeDelta::days(1)).await? >= REPORTS_A_DAY_MAX {
        return Ok(None);
    }
    let id = ProblemReportId::generate();
    store::insert_report(conn, now, id, user_id, item, message).await?;
    Ok(Some(id))
}
