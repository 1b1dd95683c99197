//! What a learner has reached: gates, quizzes, dwell, hints, the XP ledger, levels, days and streaks, missions, achievements, goals,
//! notifications, and the events that tell of them.
//!
//! Everything here is derived from facts under the learner's row lock; no client's claim counts. It never judges code. Start
//! reading at [`on_graded`], which the worker's record calls, then [`settle`] for what hangs on the whole history, and [`gates`] for
//! what is open.

pub mod achievements;
mod awards;
pub mod corrections;
mod dashboard;
pub mod days;
pub mod follow;
pub mod gates;
pub mod graphql;
mod graphql_batches;
pub mod graphql_dashboard;
pub mod graphql_events;
pub mod graphql_learning;
pub mod graphql_learning_mutations;
pub mod graphql_mutations;
pub mod hints;
mod history;
pub mod learner_events;
mod ledger;
pub mod lessons;
pub mod levels;
pub mod missions;
pub mod notifications;
pub mod outbox;
mod recommend;
mod settings;
mod settle;
mod store;
pub mod streak;
pub mod streaks;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use gates::{Allowance, Standing};
use history::ActivityKind;
pub use ledger::XpKind;
use ledger::{Settlement, Target};
use store::NewActivity;
pub use store::{ChallengeProgress, LessonProgress, Mine, QuizAttempt, XpEntry};
pub use streak::Streak;
use uuid::Uuid;

use crate::{
    auth::Viewer,
    billing,
    curriculum::{self, Challenge, Lesson, Module},
    db::{
        Conn, Slice,
        ids::{ChallengeId, ModuleId, ProblemReportId, TrackId, TypedId, UserId, XpEntryId},
    },
    error::{Error, Result},
    submissions::{self, Facts, Verdict},
};

/// Characters of a problem report.
pub const REPORT_CHARACTERS_MAX: usize = 2_000;
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
    let module = module_of(conn, challenge.module_id).await?;
    let facts = submissions::facts(conn, user_id, challenge_id).await?;
    let passed = facts.iter().position(accepted).and_then(|index| facts.get(index).map(|fact| (index, fact)));
    let version_id = passed.map_or(Some(challenge.version_id), |(_, fact)| fact.content_version_id);
    let mut settlement = Settlement::begin(conn, now, user_id, version_id).await?;
    let (mut xp, mut hints) = (0, 0);
    if let Some((index, fact)) = passed {
        hints = store::hints_before(conn, user_id, challenge_id, fact.created_at).await?;
        xp = awards::challenge_xp(i64::from(fact.max_score.unwrap_or(challenge.points)), 1 + attempts_used(&facts, index), hints);
    }
    store::put_challenge_progress(
        conn,
        user_id,
        challenge_id,
        &ChallengeProgress {
            attempts_used: i32::try_from(attempts_used(&facts, facts.len())).unwrap_or(i32::MAX),
            best_score: facts.iter().filter_map(|fact| fact.score).max().unwrap_or(0),
            passed_at: passed.and_then(|(_, fact)| fact.finished_at),
            last_graded_at: facts.iter().filter(|fact| fact.uses_attempt).filter_map(|fact| fact.finished_at).max(),
        },
    )
    .await?;
    put_passes(conn, user_id, challenge_id, &facts, hints).await?;
    let reason = if xp > 0 { "A challenge passed" } else { "A challenge is no longer passed" };
    let track_id = Some(module.track_id);
    let source_id = challenge_id.to_string();
    settlement.settle(conn, Target { kind: XpKind::Challenge, source_id, xp, reason, version_id, track_id }).await?;
    if let Some(lesson_id) = challenge.lesson_id
        && let Some(lesson) = curriculum::lesson_by_id(conn, lesson_id).await?
    {
        settle_lesson(conn, &mut settlement, &lesson, module.track_id).await?;
    }
    settle_module(conn, &mut settlement, &module).await?;
    settle::learner(conn, &mut settlement).await
}

fn accepted(fact: &Facts) -> bool {
    fact.verdict == Some(Verdict::Accepted)
}

/// Attempts that counted, of the first so many.
fn attempts_used(facts: &[Facts], until: usize) -> i64 {
    i64::try_from(facts.iter().take(until).filter(|fact| fact.uses_attempt).count()).unwrap_or(i64::MAX)
}

/// Keeps every accepted attempt as something that counts for the day on which it was handed in, however late its verdict came.
async fn put_passes(conn: &mut Conn, user_id: UserId, challenge_id: ChallengeId, facts: &[Facts], hints: i64) -> Result<()> {
    let clocks = history::settings(conn, user_id).await?;
    let first = facts.iter().position(accepted);
    let passes: Vec<NewActivity> = facts
        .iter()
        .enumerate()
        .filter(|(_, fact)| accepted(fact))
        .map(|(index, fact)| {
            let clock = days::in_force(&clocks, fact.created_at);
            NewActivity {
                user_id,
                kind: ActivityKind::Challenge,
                source_id: fact.id.uuid(),
                item_id: challenge_id.uuid(),
                at: fact.created_at,
                time_zone: clock.zone.name().to_owned(),
                day_start_hour: i16::from(clock.start_hour),
                first_of_item: Some(index) == first,
                attempt: i32::try_from(1 + attempts_used(facts, index)).unwrap_or(i32::MAX),
                hints: if Some(index) == first { i32::try_from(hints).unwrap_or(i32::MAX) } else { 0 },
            }
        })
        .collect();
    store::put_activities(conn, user_id, ActivityKind::Challenge, challenge_id.uuid(), &passes).await
}

async fn module_of(conn: &mut Conn, id: ModuleId) -> Result<Module> {
    curriculum::module_by_id(conn, id).await?.ok_or_else(|| Error::broken("an item is in no module"))
}

/// Derives whether a lesson is completed and what it is worth: quiz passed, its challenge passed, dwell met. Answers whether that changed.
async fn settle_lesson(conn: &mut Conn, settlement: &mut Settlement, lesson: &Lesson, track_id: TrackId) -> Result<bool> {
    let user_id = settlement.user_id;
    let Some(progress) = store::lesson_progress(conn, user_id, lesson.id).await? else { return Ok(false) };
    let complete = lessons::missing(conn, user_id, lesson, &progress).await?.is_empty();
    if complete == progress.completed_at.is_some() {
        return Ok(false);
    }
    let completed_at = if complete { Some(lessons::completed_at(conn, settlement.now, user_id, lesson, &progress).await?) } else { None };
    store::set_lesson_completed(conn, user_id, lesson.id, completed_at).await?;
    let mut activities = Vec::new();
    if let Some(at) = completed_at {
        let clock = days::in_force(&history::settings(conn, user_id).await?, at);
        activities.push(NewActivity {
            user_id,
            kind: ActivityKind::Lesson,
            source_id: lesson.id.uuid(),
            item_id: lesson.id.uuid(),
            at,
            time_zone: clock.zone.name().to_owned(),
            day_start_hour: i16::from(clock.start_hour),
            first_of_item: true,
            attempt: 1,
            hints: 0,
        });
    }
    store::put_activities(conn, user_id, ActivityKind::Lesson, lesson.id.uuid(), &activities).await?;
    let target = Target {
        kind: XpKind::Lesson,
        source_id: lesson.id.to_string(),
        xp: if complete { awards::LESSON_XP } else { 0 },
        reason: if complete { "A lesson completed" } else { "A lesson is no longer completed" },
        version_id: Some(lesson.version_id),
        track_id: Some(track_id),
    };
    settlement.settle(conn, target).await?;
    Ok(true)
}

async fn settle_module(conn: &mut Conn, settlement: &mut Settlement, module: &Module) -> Result<()> {
    let outline = curriculum::track_outline(conn, module.track_id).await?;
    let Some(outline) = outline.modules().iter().find(|outline| outline.module.id == module.id) else { return Ok(()) };
    let mastered = gates::not_mastered_because(outline, &standing(conn, settlement.user_id).await?).is_none();
    let target = Target {
        kind: XpKind::Module,
        source_id: module.id.to_string(),
        xp: if mastered { i64::from(module.xp) } else { 0 },
        reason: if mastered { "A module mastered" } else { "A module is no longer mastered" },
        version_id: None,
        track_id: Some(module.track_id),
    };
    settlement.settle(conn, target).await
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
pub async fn challenge_lock(conn: &mut Conn, viewer: &Viewer, challenge: &Challenge) -> Result<gates::Locked> {
    let Some(outline) = curriculum::outline_around(conn, challenge.module_id).await? else { return Ok(None) };
    let allowance = allowance(&viewer.plan, &outline.track().slug)?;
    Ok(gates::challenge_locked(outline.modules(), &standing(conn, viewer.user_id).await?, allowance, challenge))
}

/// What a plan opens of a track.
pub fn allowance(plan_slug: &str, track_slug: &str) -> Result<Allowance> {
    let challenges = billing::challenges_included(billing::plan(plan_slug)?, track_slug);
    Ok(Allowance { challenges, upgrade: billing::without_challenge_limit()? })
}

/// Why a lesson is not open to a learner; None when it is.
pub async fn lesson_lock(conn: &mut Conn, user_id: UserId, lesson: &Lesson) -> Result<gates::Locked> {
    let Some(outline) = curriculum::outline_around(conn, lesson.module_id).await? else { return Ok(None) };
    Ok(gates::lesson_locked(outline.modules(), &standing(conn, user_id).await?, lesson.id))
}

/// A learner's streak as of now: the running one, the longest, the freezes held.
pub async fn streak_of(conn: &mut Conn, now: DateTime<Utc>, user_id: UserId) -> Result<Streak> {
    Ok(history::History::load(conn, now, user_id).await?.streak())
}

/// Entries of a learner's ledger past one, the newest first.
pub async fn entries(conn: &mut Conn, user_id: UserId, slice: Slice<XpEntryId>) -> Result<Vec<XpEntry>> {
    store::entries(conn, user_id, slice).await
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
    item: Uuid,
    message: &str,
) -> Result<Option<ProblemReportId>> {
    if store::reports_since(conn, user_id, now - chrono::TimeDelta::days(1)).await? >= REPORTS_A_DAY_MAX {
        return Ok(None);
    }
    let id = ProblemReportId::generate();
    store::insert_report(conn, now, id, user_id, item, message).await?;
    Ok(Some(id))
}

/// Gives a learner's ledger to an heir, without words of people, and deletes what is still to be told to the learner; the rest goes with their account.
pub async fn erase(conn: &mut Conn, user_id: UserId, heir: UserId) -> Result<()> {
    store::hand_over_entries(conn, user_id, heir).await?;
    store::delete_outbox(conn, &learner_events::topic_name(user_id)).await
}
