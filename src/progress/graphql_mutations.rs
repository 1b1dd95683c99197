//! The mutations on lessons, quizzes, hints and problem reports: parse, ask, wrap, ring.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};

use super::{
    graphql::{HintObject, LessonProgressObject},
    hints,
    lessons::{self, Answered, LessonStanding, Locked, QuizRefusal},
};
use crate::{
    curriculum::{
        self,
        grading::{Answer, GradedQuestion, PASSING_SCORE},
        graphql::Lesson,
    },
    db::ids,
    error::{Error, Result},
    graphql::{
        app,
        user_error::{HintLocked, InvalidInput, LessonLocked, PlanLimitReached, QuizRetakeTooSoon},
        viewer,
    },
};

macro_rules! lesson_input {
    ($($(#[doc = $doc:literal])* $name:ident)*) => {$(
        $(#[doc = $doc])*
        #[derive(InputObject)]
        pub struct $name {
            /// The lesson.
            lesson_slug: String,
        }
    )*};
}

lesson_input! {
    /// What `startLesson` takes.
    StartLessonInput
    /// What `heartbeatLesson` takes.
    HeartbeatLessonInput
    /// What `completeLesson` takes.
    CompleteLessonInput
}

/// What the viewer chose for one question.
#[derive(InputObject)]
pub struct QuizAnswerInput {
    /// The question.
    question_id: String,
    /// The chosen options; exactly one where `kind` is SINGLE.
    option_ids: Vec<String>,
}

/// What `answerQuiz` takes.
#[derive(InputObject)]
pub struct AnswerQuizInput {
    /// The lesson whose quiz is answered.
    lesson_slug: String,
    /// One answer for each question.
    answers: Vec<QuizAnswerInput>,
}

/// What `revealHint` takes.
#[derive(InputObject)]
pub struct RevealHintInput {
    /// The challenge.
    challenge_slug: String,
}

/// What `reportProblem` takes.
#[derive(InputObject)]
pub struct ReportProblemInput {
    /// The lesson or challenge that is wrong.
    item_id: ID,
    /// What is wrong with it, 1 to 2 000 characters.
    message: String,
}

macro_rules! lesson_success {
    ($($(#[doc = $doc:literal])* $name:ident)*) => {$(
        $(#[doc = $doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The lesson.
            lesson: Lesson,
            /// How far the viewer is with it.
            progress: LessonProgressObject,
        }
    )*};
}

lesson_success! {
    /// The lesson is started; send `heartbeatLesson` every 15 to 30 s while it is on the screen.
    StartLessonSuccess
    /// The time since the last heartbeat is credited, at most 30 s.
    HeartbeatLessonSuccess
    /// The server has looked again; `progress.completedAt` says whether it is completed.
    CompleteLessonSuccess
}

/// The started lesson, or why it was refused.
#[derive(Union)]
pub enum StartLessonPayload {
    Success(StartLessonSuccess),
    LessonLocked(LessonLocked),
}

/// The lesson with the new dwell.
#[derive(Union)]
pub enum HeartbeatLessonPayload {
    Success(HeartbeatLessonSuccess),
}

/// The lesson as the server sees it.
#[derive(Union)]
pub enum CompleteLessonPayload {
    Success(CompleteLessonSuccess),
}

/// One question, graded.
#[derive(SimpleObject)]
pub struct QuestionResult {
    /// The question.
    question_id: String,
    /// Exactly its correct options were chosen.
    right: bool,
    /// The options that are correct.
    #[graphql(complexity = "5")]
    correct_option_ids: Vec<String>,
    /// Why.
    explanation: String,
}

impl From<GradedQuestion> for QuestionResult {
    fn from(question: GradedQuestion) -> Self {
        Self {
            question_id: question.question_id,
            right: question.right,
            correct_option_ids: question.correct_option_ids,
            explanation: question.explanation,
        }
    }
}

/// The quiz is graded. Audience: self.
#[derive(SimpleObject)]
pub struct AnswerQuizSuccess {
    /// Names the attempt.
    attempt_id: ID,
    /// Which attempt it is, from 1.
    attempt: i32,
    /// 0 to 100: the share of questions that are right.
    score: i32,
    /// The best score so far, which is the one that counts.
    best_score: i32,
    /// The best score is 70 or more.
    passed: bool,
    /// Every question with its correct options and explanation.
    #[graphql(complexity = "crate::graphql::connection::list_cost(0, 10, child_complexity)")]
    questions: Vec<QuestionResult>,
    /// When it was answered.
    answered_at: DateTime<Utc>,
}

impl From<Answered> for AnswerQuizSuccess {
    fn from(answered: Answered) -> Self {
        let Answered { attempt, graded, best_score } = answered;
        Self {
            attempt_id: attempt.id.into(),
            attempt: attempt.number,
            score: graded.score,
            best_score,
            passed: best_score >= PASSING_SCORE,
            questions: graded.questions.into_iter().map(Into::into).collect(),
            answered_at: attempt.created_at,
        }
    }
}

/// The graded quiz, or why it was refused.
#[derive(Union)]
pub enum AnswerQuizPayload {
    Success(AnswerQuizSuccess),
    LessonLocked(LessonLocked),
    QuizRetakeTooSoon(QuizRetakeTooSoon),
    InvalidInput(InvalidInput),
}

/// The hint is open.
#[derive(SimpleObject)]
pub struct RevealHintSuccess {
    /// The hint that was opened now.
    hint: HintObject,
}

/// The opened hint, or why it stays closed.
#[derive(Union)]
pub enum RevealHintPayload {
    Success(RevealHintSuccess),
    HintLocked(HintLocked),
}

/// The report is kept for the authors.
#[derive(SimpleObject)]
pub struct ReportProblemSuccess {
    /// Names the report.
    report_id: ID,
}

/// The kept report, or why it was refused.
#[derive(Union)]
pub enum ReportProblemPayload {
    Success(ReportProblemSuccess),
    InvalidInput(InvalidInput),
    PlanLimitReached(PlanLimitReached),
}

#[derive(Default)]
pub struct ProgressMutation;

#[Object]
impl ProgressMutation {
    /// Starts a lesson; its time begins to count.
    async fn start_lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lesson to start.")] input: StartLessonInput,
    ) -> Result<StartLessonPayload> {
        let app = app(ctx)?;
        Ok(match lessons::start(&app.db, app.clock.now(), viewer(ctx)?.user_id, &input.lesson_slug).await? {
            Err(Locked(reason)) => StartLessonPayload::LessonLocked(LessonLocked::new(reason).at(&["input", "lessonSlug"])),
            Ok(standing) => {
                let (lesson, progress) = shown(ctx, &input.lesson_slug, standing).await?;
                StartLessonPayload::Success(StartLessonSuccess { lesson, progress })
            }
        })
    }

    /// Says that the lesson is still on the screen: the time since the last heartbeat is credited, at most 30 s.
    async fn heartbeat_lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lesson is on the screen.")] input: HeartbeatLessonInput,
    ) -> Result<HeartbeatLessonPayload> {
        let (lesson, progress) = look_again(ctx, &input.lesson_slug).await?;
        Ok(HeartbeatLessonPayload::Success(HeartbeatLessonSuccess { lesson, progress }))
    }

    /// Asks the server to look whether the lesson is completed: quiz 70 or more, its challenge passed, enough time spent.
    async fn complete_lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lesson to look at.")] input: CompleteLessonInput,
    ) -> Result<CompleteLessonPayload> {
        let (lesson, progress) = look_again(ctx, &input.lesson_slug).await?;
        Ok(CompleteLessonPayload::Success(CompleteLessonSuccess { lesson, progress }))
    }

    /// Has a quiz graded by the server. It may be answered again after 60 s; the best score counts.
    async fn answer_quiz(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answers, and which quiz they are to.")] input: AnswerQuizInput,
    ) -> Result<AnswerQuizPayload> {
        let app = app(ctx)?;
        let answers = input.answers.into_iter().map(|answer| Answer { question_id: answer.question_id, option_ids: answer.option_ids });
        let (now, user_id) = (app.clock.now(), viewer(ctx)?.user_id);
        let answered = lessons::answer_quiz(&app.db, now, user_id, &input.lesson_slug, answers.collect()).await?;
        app.outbox_bell.ring();
        Ok(match answered {
            Ok(answered) => AnswerQuizPayload::Success(answered.into()),
            Err(QuizRefusal::Locked(reason)) => AnswerQuizPayload::LessonLocked(LessonLocked::new(reason).at(&["input", "lessonSlug"])),
            Err(QuizRefusal::TooSoon { seconds_left }) => {
                let message = format!("The quiz may be answered again in {seconds_left} s.");
                AnswerQuizPayload::QuizRetakeTooSoon(QuizRetakeTooSoon::new(message))
            }
            Err(QuizRefusal::Mistake(mistake)) => {
                AnswerQuizPayload::InvalidInput(InvalidInput::new(mistake.to_string()).at(&["input", "answers"]))
            }
        })
    }

    /// Opens the next of a challenge's three hints. The second and third lower the XP of a pass.
    async fn reveal_hint(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which challenge to open a hint of.")] input: RevealHintInput,
    ) -> Result<RevealHintPayload> {
        let app = app(ctx)?;
        Ok(match hints::reveal(&app.db, app.clock.now(), viewer(ctx)?, &input.challenge_slug).await? {
            Ok(hint) => RevealHintPayload::Success(RevealHintSuccess { hint: hint.into() }),
            Err(reason) => RevealHintPayload::HintLocked(HintLocked::new(reason)),
        })
    }

    /// Tells the authors that a lesson or challenge is wrong.
    async fn report_problem(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is wrong, and where.")] input: ReportProblemInput,
    ) -> Result<ReportProblemPayload> {
        let (app, viewer) = (app(ctx)?, viewer(ctx)?);
        let message = input.message.trim();
        if message.is_empty() || message.chars().count() > super::REPORT_CHARACTERS_MAX || message.contains('\0') {
            let problem = InvalidInput::new(format!("A report has 1 to {} characters.", super::REPORT_CHARACTERS_MAX));
            return Ok(ReportProblemPayload::InvalidInput(problem.at(&["input", "message"])));
        }
        let mut conn = app.db.conn().await?;
        let item = item_exists(&mut conn, &input.item_id).await?.ok_or_else(|| Error::not_found("item"))?;
        Ok(match super::report_problem(&mut conn, app.clock.now(), viewer.user_id, item, message).await? {
            Some(id) => ReportProblemPayload::Success(ReportProblemSuccess { report_id: id.into() }),
            None => ReportProblemPayload::PlanLimitReached(PlanLimitReached::new(
                "You have sent many reports today; thank you. Send the next tomorrow.",
            )),
        })
    }
}

async fn item_exists(conn: &mut crate::db::Conn, id: &str) -> Result<Option<uuid::Uuid>> {
    use ids::TypedId;
    if let Ok(lesson) = ids::LessonId::parse(id) {
        return Ok(curriculum::lesson_by_id(conn, lesson).await?.map(|lesson| lesson.id.uuid()));
    }
    let challenge = ids::ChallengeId::parse(id).map_err(|_| Error::not_found("item"))?;
    Ok(curriculum::challenge_by_id(conn, challenge).await?.map(|challenge| challenge.id.uuid()))
}

async fn look_again(ctx: &Context<'_>, slug: &str) -> Result<(Lesson, LessonProgressObject)> {
    let app = app(ctx)?;
    let standing = lessons::heartbeat(&app.db, app.clock.now(), viewer(ctx)?.user_id, slug).await?;
    app.outbox_bell.ring();
    shown(ctx, slug, standing).await
}

async fn shown(ctx: &Context<'_>, slug: &str, standing: LessonStanding) -> Result<(Lesson, LessonProgressObject)> {
    let mut conn = app(ctx)?.db.conn().await?;
    let lesson = curriculum::lesson_by_slug(&mut conn, slug).await?.ok_or_else(|| Error::not_found("lesson"))?;
    let minutes = lesson.minutes;
    Ok((lesson.into(), LessonProgressObject::new(standing, minutes)))
}
