//! Progress in the schema: the learner's part of the viewer, of lessons and of challenges.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    XpEntry, XpKind, achievements,
    gates::{self, Lock, Opener, Standing},
    graphql_batches::{mine, outline},
    hints,
    lessons::{self, LessonStanding},
    levels,
    store::ChallengeProgress,
};
use crate::{
    curriculum::{
        self, Challenge, ItemOutline, Lesson, ModuleOutline,
        graphql::{Challenge as ChallengeObject, Lesson as LessonObject, Module as ModuleObject},
    },
    db::ids::{ModuleId, QuizId, UserId},
    error::{Error, Result},
    graphql::{app, viewer_or_none},
};

/// What XP was given for.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "XpKind", name = "XpKind")]
pub enum XpKindName {
    /// A completed lesson.
    Lesson,
    /// A passed challenge.
    Challenge,
    /// A mastered module.
    Module,
    /// An unlocked achievement.
    Achievement,
    /// A completed mission.
    Mission,
    /// Given or taken by an admin, with a reason.
    Correction,
}

/// One entry of the learner's ledger. Entries are never changed: a correction is another entry. Audience: self, and admins.
#[derive(SimpleObject)]
#[graphql(name = "XpEntry")]
pub struct XpEntryObject {
    /// Names the entry.
    id: ID,
    /// What it was given for.
    kind: XpKindName,
    /// What it was given for: an item's id, an achievement's slug, a mission's slug with its day or week, or the request of a correction.
    source_id: String,
    /// Points; negative when a judgement was taken back, or by a correction.
    amount: i32,
    /// In plain words.
    reason: String,
    /// The version of the content that counted; of what belongs to no single item, the version whose verdict or answer was the cause.
    /// Null for a correction.
    content_version: Option<ID>,
    /// When it was given.
    created_at: DateTime<Utc>,
}

impl From<XpEntry> for XpEntryObject {
    fn from(entry: XpEntry) -> Self {
        Self {
            id: entry.id.into(),
            kind: entry.kind.into(),
            source_id: entry.source_id,
            amount: entry.amount,
            reason: entry.reason,
            content_version: entry.content_version_id.map(Into::into),
            created_at: entry.created_at,
        }
    }
}

/// Something to be proud of, with a bonus of XP.
#[derive(SimpleObject)]
#[graphql(name = "Achievement")]
pub struct AchievementObject {
    /// Names the achievement.
    slug: String,
    /// Its name for people.
    title: String,
    /// What it takes.
    description: String,
    /// XP it gives once.
    bonus_xp: i64,
    /// When the viewer unlocked it; null until then.
    unlocked_at: Option<DateTime<Utc>>,
}

impl AchievementObject {
    pub fn new(rule: &achievements::Achievement, unlocked_at: Option<DateTime<Utc>>) -> Self {
        Self {
            slug: rule.slug.clone(),
            title: rule.title.clone(),
            description: rule.description.clone(),
            bonus_xp: rule.bonus_xp,
            unlocked_at,
        }
    }
}

/// How far the viewer is with a lesson. Audience: self.
#[derive(SimpleObject)]
#[graphql(name = "LessonProgress")]
pub struct LessonProgressObject {
    /// When it was started.
    started_at: DateTime<Utc>,
    /// Time spent with it, in milliseconds, as credited by heartbeats.
    dwell_ms: i64,
    /// Time it asks for, in milliseconds.
    dwell_needed_ms: i64,
    /// When it was completed; null until then.
    completed_at: Option<DateTime<Utc>>,
    /// What is missing for completion, in plain words; empty when it is completed.
    #[graphql(complexity = "3")]
    missing: Vec<String>,
}

impl LessonProgressObject {
    pub fn new(standing: LessonStanding, minutes: i32) -> Self {
        let LessonStanding { progress, missing } = standing;
        Self {
            started_at: progress.started_at,
            dwell_ms: progress.dwell_ms,
            dwell_needed_ms: lessons::dwell_needed_ms(minutes),
            completed_at: progress.completed_at,
            missing,
        }
    }
}

/// How far the viewer is with a challenge. Audience: self.
#[derive(SimpleObject, Default)]
#[graphql(name = "ChallengeProgress")]
pub struct ChallengeProgressObject {
    /// Attempts that counted.
    attempts_used: i32,
    /// Most points reached in one attempt.
    best_score: i32,
    /// When it was passed; null until then.
    passed_at: Option<DateTime<Utc>>,
}

impl From<ChallengeProgress> for ChallengeProgressObject {
    fn from(progress: ChallengeProgress) -> Self {
        Self { attempts_used: progress.attempts_used, best_score: progress.best_score, passed_at: progress.passed_at }
    }
}

/// An opened hint. Audience: self.
#[derive(SimpleObject)]
#[graphql(name = "Hint")]
pub struct HintObject {
    /// 1 a nudge, 2 the structure, 3 a partial solution.
    rung: i32,
    /// Markdown.
    body: String,
    /// When the viewer opened it.
    revealed_at: DateTime<Utc>,
}

impl From<hints::Hint> for HintObject {
    fn from(hint: hints::Hint) -> Self {
        Self { rung: hint.rung, body: hint.body, revealed_at: hint.revealed_at }
    }
}

/// How far a learner is on a track. Audience: self, the instructors of the learner's groups, admins.
#[derive(SimpleObject)]
pub struct TrackProgress {
    /// Lessons completed.
    lessons_completed: i32,
    /// Lessons there are.
    lessons_total: i32,
    /// Challenges passed.
    challenges_passed: i32,
    /// Challenges there are.
    challenges_total: i32,
    /// Modules mastered.
    modules_mastered: i32,
    /// Modules there are.
    modules_total: i32,
}

/// What keeps an item closed.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
pub enum LockReason {
    /// The lesson before it is not completed.
    LessonNotCompleted,
    /// The challenge before it is not passed.
    ChallengeNotPassed,
    /// The module before its own is not mastered.
    ModuleNotMastered,
    /// The best score in the quiz of its lesson is below 70.
    QuizNotPassed,
    /// The viewer's plan does not include it.
    PlanLimit,
}

/// Why an item is not open to the viewer, and what opens it. Audience: self.
pub struct LockObject(Lock);

/// Why an item is not open to the viewer, and what opens it. Audience: self.
#[Object(name = "Lock")]
impl LockObject {
    /// For programs.
    async fn reason(&self) -> LockReason {
        match self.0.opened_by {
            Opener::Lesson(_) => LockReason::LessonNotCompleted,
            Opener::Challenge(_) => LockReason::ChallengeNotPassed,
            Opener::Module(_) => LockReason::ModuleNotMastered,
            Opener::Quiz(_) => LockReason::QuizNotPassed,
            Opener::Plan(_) => LockReason::PlanLimit,
        }
    }

    /// For people: why, and what opens it.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// The lesson to complete, or whose quiz to pass; null for other reasons.
    async fn lesson(&self) -> Option<LessonObject> {
        match &self.0.opened_by {
            Opener::Lesson(lesson) | Opener::Quiz(lesson) => Some(lesson.clone().into()),
            _ => None,
        }
    }

    /// The challenge to pass; null for other reasons.
    async fn challenge(&self) -> Option<ChallengeObject> {
        if let Opener::Challenge(challenge) = &self.0.opened_by { Some(challenge.clone().into()) } else { None }
    }

    /// The module to master; null for other reasons.
    async fn module(&self) -> Option<ModuleObject> {
        if let Opener::Module(module) = &self.0.opened_by { Some(module.clone().into()) } else { None }
    }

    /// The plan that includes it; null for other reasons.
    async fn plan(&self) -> Option<&str> {
        if let Opener::Plan(plan) = &self.0.opened_by { Some(&plan.slug) } else { None }
    }
}

/// For `Challenge.lock`: None when it is open; for anonymous viewers always None.
pub async fn challenge_lock(ctx: &Context<'_>, challenge: &Challenge) -> Result<Option<LockObject>> {
    let (Some(mine), Some(viewer)) = (mine(ctx).await?, viewer_or_none(ctx)) else { return Ok(None) };
    let outline = outline(ctx, challenge.module_id).await?;
    let allowance = super::allowance(&viewer.plan, &outline.track().slug)?;
    Ok(gates::challenge_locked(outline.modules(), &mine.standing, allowance, challenge).map(LockObject))
}

/// For `Lesson.lock`: None when it is open; for anonymous viewers always None.
pub async fn lesson_lock(ctx: &Context<'_>, lesson: &Lesson) -> Result<Option<LockObject>> {
    let Some(mine) = mine(ctx).await? else { return Ok(None) };
    Ok(gates::lesson_locked(outline(ctx, lesson.module_id).await?.modules(), &mine.standing, lesson.id).map(LockObject))
}

/// For `Module.lock`: None when it is open; for anonymous viewers always None.
pub async fn module_lock(ctx: &Context<'_>, module_id: ModuleId) -> Result<Option<LockObject>> {
    let Some(mine) = mine(ctx).await? else { return Ok(None) };
    Ok(gates::module_locked(outline(ctx, module_id).await?.modules(), &mine.standing, module_id).map(LockObject))
}

impl LockObject {
    /// For `lockedBecause`.
    pub fn into_message(self) -> String {
        self.0.message
    }
}

/// For `Challenge.progress`: None for anonymous viewers.
pub async fn challenge_progress(ctx: &Context<'_>, challenge: &Challenge) -> Result<Option<ChallengeProgressObject>> {
    let mine = mine(ctx).await?;
    Ok(mine.map(|mine| mine.challenges.get(&challenge.id).cloned().map(Into::into).unwrap_or_default()))
}

/// For `Challenge.hints`: those the viewer has opened.
pub async fn challenge_hints(ctx: &Context<'_>, challenge: &Challenge) -> Result<Vec<HintObject>> {
    let Some(viewer) = viewer_or_none(ctx) else { return Ok(Vec::new()) };
    let mut conn = app(ctx)?.db.conn().await?;
    Ok(hints::opened(&mut conn, viewer.user_id, challenge.id).await?.into_iter().map(Into::into).collect())
}

/// For `Lesson.progress`: None for anonymous viewers and before the lesson was started.
pub async fn lesson_progress(ctx: &Context<'_>, lesson: &Lesson) -> Result<Option<LessonProgressObject>> {
    let Some(mine) = mine(ctx).await? else { return Ok(None) };
    let Some(progress) = mine.lessons.get(&lesson.id).cloned() else { return Ok(None) };
    let outline = outline(ctx, lesson.module_id).await?;
    let parts = outline.modules().iter().flat_map(|module| &module.items).find_map(|item| match item {
        ItemOutline::Lesson { lesson: other, quiz, challenge } if other.id == lesson.id => Some((quiz.as_ref(), challenge.as_ref())),
        _ => None,
    });
    let (quiz, challenge) = parts.unwrap_or_default();
    let quiz_score = quiz.map(|quiz| mine.standing.quiz_scores.get(&quiz.id).copied().unwrap_or(0));
    let challenge = challenge.map(|challenge| (challenge.title.as_str(), mine.standing.passed_challenges.contains(&challenge.id)));
    let missing = lessons::what_is_missing(lesson.minutes, lessons::dwell_ms(&progress, lesson.minutes), quiz_score, challenge);
    Ok(Some(LessonProgressObject::new(LessonStanding { progress, missing }, lesson.minutes)))
}

/// For `Quiz.bestScore`: None before the first answer and for anonymous viewers.
pub async fn quiz_best_score(ctx: &Context<'_>, id: QuizId) -> Result<Option<i32>> {
    Ok(mine(ctx).await?.and_then(|mine| mine.standing.quiz_scores.get(&id).copied()))
}

/// Which attempt the viewer's next answer to a quiz will be; None for anonymous viewers.
pub async fn quiz_next_attempt(ctx: &Context<'_>, id: QuizId) -> Result<Option<i32>> {
    Ok(mine(ctx).await?.map(|mine| mine.quiz_attempts.get(&id).copied().unwrap_or(0) + 1))
}

/// Progress' part of the viewer.
pub struct ViewerProgress(pub UserId);

#[Object]
impl ViewerProgress {
    /// Experience points: the sum of the ledger. Audience: self.
    async fn xp(&self, ctx: &Context<'_>) -> Result<i64> {
        let mut conn = app(ctx)?.db.conn().await?;
        super::xp(&mut conn, self.0).await
    }

    /// The level, 1 to 100, that follows from the XP. Audience: self.
    async fn level(&self, ctx: &Context<'_>) -> Result<i64> {
        let mut conn = app(ctx)?.db.conn().await?;
        Ok(levels::level(super::xp(&mut conn, self.0).await?))
    }

    /// How far the viewer is on a track; null when there is no such track. Audience: self.
    async fn progress(&self, ctx: &Context<'_>, #[graphql(desc = "The track.")] track_slug: String) -> Option<Result<TrackProgress>> {
        track_progress(ctx, self.0, &track_slug).await.transpose()
    }

    /// Every achievement, those that the viewer has not unlocked with `unlockedAt` null. Audience: self.
    #[graphql(complexity = "crate::graphql::connection::list_cost(5, 30, child_complexity)")]
    async fn achievements(&self, ctx: &Context<'_>) -> Result<Vec<AchievementObject>> {
        let mut conn = app(ctx)?.db.conn().await?;
        let unlocked = super::unlocked(&mut conn, self.0).await?;
        let at = |slug: &str| unlocked.iter().find(|(known, _)| known == slug).map(|(_, at)| *at);
        Ok(achievements::all()?.iter().map(|rule| AchievementObject::new(rule, at(&rule.slug))).collect())
    }
}

async fn track_progress(ctx: &Context<'_>, user_id: UserId, slug: &str) -> Result<Option<TrackProgress>> {
    let mut conn = app(ctx)?.db.conn().await?;
    let Some(track) = curriculum::track_by_slug(&mut conn, slug).await? else { return Ok(None) };
    let outline = curriculum::track_outline(&mut conn, track.id).await?;
    let standing = super::standing(&mut conn, user_id).await?;
    TrackProgress::of(outline.modules(), &standing).map(Some)
}

impl TrackProgress {
    /// Of anybody, from where they stand.
    pub fn of(outline: &[ModuleOutline], standing: &Standing) -> Result<Self> {
        let count = |number: usize| i32::try_from(number).map_err(|_| Error::broken("a track is too long to count"));
        let items = || outline.iter().flat_map(|module| &module.items);
        let lessons = || items().filter_map(|item| if let ItemOutline::Lesson { lesson, .. } = item { Some(lesson) } else { None });
        let challenges = || gates::challenges(outline);
        Ok(Self {
            lessons_completed: count(lessons().filter(|lesson| standing.completed_lessons.contains(&lesson.id)).count())?,
            lessons_total: count(lessons().count())?,
            challenges_passed: count(challenges().filter(|challenge| standing.passed_challenges.contains(&challenge.id)).count())?,
            challenges_total: count(challenges().count())?,
            modules_mastered: count(outline.iter().filter(|module| gates::not_mastered_because(module, standing).is_none()).count())?,
            modules_total: count(outline.len())?,
        })
    }
}
