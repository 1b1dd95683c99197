//! Report cards in the schema: a learner's own, and for those whom `auth::policy` lets see them.

use async_graphql::{Context, Enum, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    advice::{Item, Step},
    card::{Assessed, Card, TrackFigures},
    document::{self, Document},
    grade,
    month::Month,
    transcript,
};
use crate::{
    connection,
    curriculum::graphql::{Challenge, Lesson, challenge, lesson},
    db::ids::UserId,
    error::{Error, Result},
    graphql::{
        app,
        connection::{Given, Page, PageArgs, page_cost},
        viewer,
    },
};

pub use super::graphql_transcript::TranscriptObject;

/// The grade of a month.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "grade::Letter")]
pub enum ReportLetter {
    /// Skill of 90 and more.
    A,
    /// From 80.
    B,
    /// From 70.
    C,
    /// From 60.
    D,
    /// Below 60.
    F,
}

/// What a report card looks at.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "grade::Area")]
pub enum ReportArea {
    /// The mean of the best scores of the month's quizzes, in percent; strong from 75.
    Quizzes,
    /// Accepted attempts of all that counted, in percent; strong from 65.
    PassRate,
    /// Lessons completed; strong from 8.
    Lessons,
}

/// One concrete thing to take up. Audience: self, the instructors of the learner's groups, admins.
pub struct NextStep(Step);

/// One concrete thing to take up. Audience: self, the instructors of the learner's groups, admins.
#[Object]
impl NextStep {
    /// In plain words, with the title of the lesson or challenge.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// The lesson to take up; null when it is a challenge.
    async fn lesson(&self, ctx: &Context<'_>) -> Option<Result<Lesson>> {
        let Item::Lesson(id) = self.0.item else { return None };
        lesson(ctx, id).await.transpose()
    }

    /// The challenge to take up; null when it is a lesson.
    async fn challenge(&self, ctx: &Context<'_>) -> Option<Result<Challenge>> {
        let Item::Challenge(id) = self.0.item else { return None };
        challenge(ctx, id).await.transpose()
    }
}

/// A strength or a weakness. Audience: self, the instructors of the learner's groups, admins.
#[derive(SimpleObject)]
pub struct ReportFinding {
    /// What was looked at.
    area: ReportArea,
    /// What was found: percent, or lessons.
    value: i64,
    /// From where on it is a strength.
    strong_from: i64,
    /// What to take up; null for a strength, and when there is nothing left to take up.
    next_step: Option<NextStep>,
}

impl From<&Assessed> for ReportFinding {
    fn from(assessed: &Assessed) -> Self {
        Self {
            area: assessed.area.into(),
            value: assessed.value,
            strong_from: assessed.strong_from,
            next_step: assessed.next_step.clone().map(NextStep),
        }
    }
}

/// What was done in a month, on one track or on all.
#[derive(SimpleObject)]
pub struct ReportFigures {
    /// Quizzes answered.
    quizzes: i64,
    /// Mean of the best score of each, in percent, rounded down; 0 without a quiz.
    quiz_average: i64,
    /// Attempts at challenges that counted.
    attempts: i64,
    /// Accepted attempts of those, in percent, rounded down; 0 without an attempt.
    pass_rate: i64,
    /// Lessons completed.
    lessons_completed: i64,
    /// Challenges passed for the first time.
    challenges_passed: i64,
}

impl From<&grade::Figures> for ReportFigures {
    fn from(figures: &grade::Figures) -> Self {
        Self {
            quizzes: figures.quizzes,
            quiz_average: figures.quiz_average(),
            attempts: figures.attempts,
            pass_rate: figures.pass_rate(),
            lessons_completed: figures.lessons_completed,
            challenges_passed: figures.challenges_passed,
        }
    }
}

/// What was done on one track.
#[derive(SimpleObject)]
pub struct TrackReport {
    /// The track.
    slug: String,
    /// Its name.
    title: String,
    /// What was done on it.
    figures: ReportFigures,
    /// The skill that this alone amounts to, 0 to 100.
    skill: i64,
}

impl From<&TrackFigures> for TrackReport {
    fn from(track: &TrackFigures) -> Self {
        let TrackFigures { slug, title, figures, skill } = track;
        Self { slug: slug.clone(), title: title.clone(), figures: figures.into(), skill: *skill }
    }
}

/// How a month compares with the one before.
#[derive(SimpleObject)]
pub struct ReportChange {
    /// The month before, such as `2026-10`.
    month: String,
    /// Its skill.
    skill_before: i64,
    /// Its letter.
    letter_before: ReportLetter,
    /// Its figures.
    figures_before: ReportFigures,
    /// Skill of this month less skill of the one before.
    skill: i64,
}

/// What a learner did in a calendar month of their time zone, and what it amounts to. Audience: self, the instructors of the
/// learner's groups, admins.
pub struct ReportCard(Card);

impl From<Card> for ReportCard {
    fn from(card: Card) -> Self {
        Self(card)
    }
}

/// What a learner did in a calendar month of their time zone, and what it amounts to. Audience: self, the instructors of the
/// learner's groups, admins.
#[Object]
impl ReportCard {
    /// The month, such as `2026-11`.
    async fn month(&self) -> String {
        self.0.month.to_string()
    }

    /// The IANA time zone in which the month began and ended.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// The learner's name when the card was drawn up.
    async fn learner_name(&self) -> &str {
        &self.0.body.learner
    }

    /// Whether the month is over and the card changes no more.
    async fn is_final(&self) -> bool {
        self.0.issued_at.is_some()
    }

    /// When the card was issued; null while the month lasts.
    async fn issued_at(&self) -> Option<DateTime<Utc>> {
        self.0.issued_at
    }

    /// 0 to 100: 0.45 x mean best quiz score + 0.35 x pass rate + 0.20 x min(100, 8 x lessons completed), rounded down.
    async fn skill(&self) -> i64 {
        self.0.body.skill
    }

    /// The grade that follows from the skill.
    async fn letter(&self) -> ReportLetter {
        self.0.body.letter.into()
    }

    /// What was done.
    async fn figures(&self) -> ReportFigures {
        (&self.0.body.figures).into()
    }

    /// Experience points of the month.
    async fn xp(&self) -> i64 {
        self.0.body.xp
    }

    /// Experience points of each day of the month, the first day first.
    #[graphql(complexity = "3")]
    async fn xp_by_day(&self) -> &[i64] {
        &self.0.body.xp_by_day
    }

    /// What went well.
    #[graphql(complexity = "3 * child_complexity")]
    async fn strengths(&self) -> Vec<ReportFinding> {
        self.0.body.areas.iter().filter(|assessed| assessed.strong).map(Into::into).collect()
    }

    /// What did not, each with what to take up next.
    #[graphql(complexity = "3 * child_complexity")]
    async fn weaknesses(&self) -> Vec<ReportFinding> {
        self.0.body.areas.iter().filter(|assessed| !assessed.strong).map(Into::into).collect()
    }

    /// How it compares with the month before; null in the learner's first month.
    async fn change(&self) -> Option<ReportChange> {
        let before = self.0.body.before.as_ref()?;
        Some(ReportChange {
            month: before.month.to_string(),
            skill_before: before.skill,
            letter_before: before.letter.into(),
            figures_before: (&before.figures).into(),
            skill: self.0.body.skill - before.skill,
        })
    }

    /// Track by track, in their order; those without anything done are left out.
    #[graphql(complexity = "4 * child_complexity")]
    async fn tracks(&self) -> Vec<TrackReport> {
        self.0.body.tracks.iter().map(Into::into).collect()
    }

    /// The address of the card as a PDF. It works for ten minutes, for as long as you may see the card, and needs no session: give it to
    /// nobody who may not.
    async fn pdf_url(&self, ctx: &Context<'_>) -> Result<String> {
        address(ctx, Document::ReportCard(self.0.user_id, self.0.month))
    }
}

/// The whole address of a document, for whoever may see it.
pub(super) fn address(ctx: &Context<'_>, document: Document) -> Result<String> {
    let (app, asker) = (app(ctx)?, viewer(ctx)?.user_id);
    Ok(format!("{}{}", app.config.http.public_url, document::path(&app.auth.tokens, app.clock.now(), document, asker)?))
}

connection! {
    /// A page of report cards, newest first.
    ReportCardConnection of ReportCardEdge to ReportCard
}

/// Of the viewer, or of somebody whose cards `auth::policy` lets the viewer see. None for a month without a card.
pub async fn card_of(ctx: &Context<'_>, user_id: UserId, month: &str) -> Result<Option<ReportCard>> {
    let app = app(ctx)?;
    let month = Month::parse(month).ok_or_else(|| Error::bad_input("A month is written like 2026-11."))?;
    Ok(super::card_of(&mut *app.db.conn().await?, app.clock.now(), user_id, month).await?.map(Into::into))
}

/// The same of all issued cards.
pub async fn cards_of(ctx: &Context<'_>, user_id: UserId, given: Given<'_>) -> Result<ReportCardConnection> {
    let page = PageArgs::<Month>::new(given)?;
    let rows = super::cards(&mut *app(ctx)?.db.conn().await?, user_id, page.slice()).await?;
    Ok(Page::cut(&page, rows, |card| card.month)?.into())
}

/// The same of the transcript.
pub async fn transcript_of(ctx: &Context<'_>, user_id: UserId) -> Result<TranscriptObject> {
    let app = app(ctx)?;
    Ok(transcript::of(&mut *app.db.conn().await?, app.clock.now(), user_id).await?.into())
}

/// The reports' part of the viewer.
pub struct ViewerReports(pub UserId);

#[Object]
impl ViewerReports {
    /// The report card of a month: as it was issued when the month is over, as it stands while it lasts. Null for a month that has not
    /// begun and for one before the account was made. Audience: self.
    #[graphql(complexity = "20 + child_complexity")]
    async fn report_card(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The month, such as `2026-11`.")] month: String,
    ) -> Option<Result<ReportCard>> {
        card_of(ctx, self.0, &month).await.transpose()
    }

    /// The issued report cards, newest first: one for each month in which the viewer did something. Audience: self.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn report_cards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ReportCardConnection> {
        cards_of(ctx, self.0, Given { first, after: after.as_deref(), last, before: before.as_deref() }).await
    }

    /// Everything that the viewer has done. Audience: self.
    #[graphql(complexity = "20 + child_complexity")]
    async fn transcript(&self, ctx: &Context<'_>) -> Result<TranscriptObject> {
        transcript_of(ctx, self.0).await
    }
}
