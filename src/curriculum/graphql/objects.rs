//! The curriculum's objects: getters over rows; what is below a row is batched.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::batches::{
    ChallengeBodyOf, ChallengeOfLesson, ChallengesOfModule, LessonBodyOf, LessonById, LessonsOfModule, ModuleById, ModulesOfTrack,
    QuizBodyOf, QuizOfLesson, TrackById, VersionNumber,
};
use crate::{
    curriculum::{self as domain, ChallengeBody, Difficulty, QuestionKind, Runtime, Visibility, grading, markdown},
    db::ids::ContentVersionId,
    error::{Error, Result},
    graphql::{loaders::loaders, viewer_or_none},
    progress::graphql::{self as progress, ChallengeProgressObject, HintObject, LessonProgressObject, LockObject},
};

macro_rules! objects {
    ($($name:ident)*) => {$(
        impl From<domain::$name> for $name {
            fn from(row: domain::$name) -> Self { Self(row) }
        }
    )*};
}
objects! { Track Module Lesson Quiz Challenge }

/// A way through a subject, made of modules that open one after another.
pub struct Track(pub domain::Track);

/// A way through a subject, made of modules that open one after another.
#[Object]
impl Track {
    /// Opaque; the same for as long as the track exists.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The track's short name, for addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The track's name.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it teaches, in a sentence or two.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// Its modules, in the order they are taken.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 11, child_complexity)")]
    async fn modules(&self, ctx: &Context<'_>) -> Result<Vec<Module>> {
        let rows = loaders(ctx)?.load_one(ModulesOfTrack(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Module).collect())
    }
}

/// A part of a track: lessons and challenges that open one after another.
pub struct Module(pub domain::Module);

/// A part of a track: lessons and challenges that open one after another.
#[Object]
impl Module {
    /// Opaque; the same for as long as the module exists.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The module's short name, for addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The module's name.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it teaches, in a sentence or two.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// The number it is known by. Its place in the track is its place in `Track.modules`.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// The XP for mastering it.
    async fn xp(&self) -> i32 {
        self.0.xp
    }

    /// Its lessons, in their order.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 3, child_complexity)")]
    async fn lessons(&self, ctx: &Context<'_>) -> Result<Vec<Lesson>> {
        let rows = loaders(ctx)?.load_one(LessonsOfModule(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Lesson).collect())
    }

    /// Its challenges, in their order: items of their own, and those that belong to one of its lessons.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 5, child_complexity)")]
    async fn challenges(&self, ctx: &Context<'_>) -> Result<Vec<Challenge>> {
        let rows = loaders(ctx)?.load_one(ChallengesOfModule(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Challenge).collect())
    }

    /// The track it is a part of.
    async fn track(&self, ctx: &Context<'_>) -> Result<Track> {
        let row = loaders(ctx)?.load_one(TrackById(self.0.track_id)).await?;
        row.map(Track).ok_or_else(|| Error::broken("a module has no track"))
    }

    /// Why it is not open to the viewer, and what opens it; null when it is open, and for anonymous viewers. Audience: self.
    async fn locked_because(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        progress::module_lock(ctx, self.0.id).await.transpose().map(|lock| lock.map(LockObject::into_message))
    }

    /// The same for programs: the reason, and the item or plan that opens it; null when it is open, and for anonymous viewers. Audience: self.
    async fn lock(&self, ctx: &Context<'_>) -> Option<Result<LockObject>> {
        progress::module_lock(ctx, self.0.id).await.transpose()
    }
}

/// Something to read, with a quiz and a challenge to prove it was understood.
pub struct Lesson(pub domain::Lesson);

/// Something to read, with a quiz and a challenge to prove it was understood.
#[Object]
impl Lesson {
    /// Opaque; the same for as long as the lesson exists.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The lesson's short name, for addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The lesson's name.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it teaches, in a sentence or two.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// How long it takes to read, about.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// The text, in Markdown.
    async fn body(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.text(ctx).await?.markdown.clone())
    }

    /// The text, as HTML that is safe to show: no scripts, no images, links to http and https only.
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(markdown::to_html(&self.text(ctx).await?.markdown))
    }

    /// The number of the text's version, from 1.
    async fn version(&self, ctx: &Context<'_>) -> Result<i32> {
        version(ctx, self.0.version_id).await
    }

    /// Its quiz; null when it has none.
    async fn quiz(&self, ctx: &Context<'_>) -> Option<Result<Quiz>> {
        async { Ok(loaders(ctx)?.load_one(QuizOfLesson(self.0.id)).await?.map(Quiz)) }.await.transpose()
    }

    /// The challenge that belongs to it; null when it has none.
    async fn challenge(&self, ctx: &Context<'_>) -> Option<Result<Challenge>> {
        async { Ok(loaders(ctx)?.load_one(ChallengeOfLesson(self.0.id)).await?.map(Challenge)) }.await.transpose()
    }

    /// The module it is a part of.
    async fn module(&self, ctx: &Context<'_>) -> Result<Module> {
        module(ctx, self.0.module_id).await
    }

    /// Why it is not open to the viewer, and what opens it; null when it is open, and for anonymous viewers. Audience: self.
    async fn locked_because(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        progress::lesson_lock(ctx, &self.0).await.transpose().map(|lock| lock.map(LockObject::into_message))
    }

    /// The same for programs: the reason, and the item or plan that opens it; null when it is open, and for anonymous viewers. Audience: self.
    async fn lock(&self, ctx: &Context<'_>) -> Option<Result<LockObject>> {
        progress::lesson_lock(ctx, &self.0).await.transpose()
    }

    /// How far the viewer is with it; null before it was started, and for anonymous viewers. Audience: self.
    async fn progress(&self, ctx: &Context<'_>) -> Option<Result<LessonProgressObject>> {
        progress::lesson_progress(ctx, &self.0).await.transpose()
    }
}

impl Lesson {
    async fn text(&self, ctx: &Context<'_>) -> Result<Arc<domain::LessonBody>> {
        let body = loaders(ctx)?.load_one(LessonBodyOf(self.0.version_id)).await?;
        body.ok_or_else(|| Error::broken("a lesson has no text"))
    }
}

/// The questions of a lesson, graded by the server. Which options are right is told after answering.
pub struct Quiz(pub domain::Quiz);

/// The questions of a lesson, graded by the server. Which options are right is told after answering.
#[Object]
impl Quiz {
    /// Opaque; the same for as long as the quiz exists.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The questions. When you are logged in, the options of each come in an order of your own.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 6, child_complexity)")]
    async fn questions(&self, ctx: &Context<'_>) -> Result<Vec<Question>> {
        let body = loaders(ctx)?.load_one(QuizBodyOf(self.0.version_id)).await?;
        let body = body.ok_or_else(|| Error::broken("a quiz has no questions"))?;
        let attempt = progress::quiz_next_attempt(ctx, self.0.id).await?;
        let options_for = viewer_or_none(ctx).map(|viewer| viewer.user_id).zip(attempt);
        Ok(body
            .questions
            .iter()
            .map(|question| {
                let options = match options_for {
                    Some((learner, attempt)) => grading::shuffled(&question.options, learner, attempt),
                    None => question.options.iter().collect(),
                };
                Question {
                    id: question.id.clone(),
                    kind: question.kind,
                    prompt: question.prompt.clone(),
                    options: options.into_iter().map(|option| QuizOption { id: option.id.clone(), text: option.text.clone() }).collect(),
                }
            })
            .collect())
    }

    /// The number of the questions' version, from 1.
    async fn version(&self, ctx: &Context<'_>) -> Result<i32> {
        version(ctx, self.0.version_id).await
    }

    /// The lesson it belongs to.
    async fn lesson(&self, ctx: &Context<'_>) -> Result<Lesson> {
        let row = loaders(ctx)?.load_one(LessonById(self.0.lesson_id)).await?;
        row.map(Lesson).ok_or_else(|| Error::broken("a quiz has no lesson"))
    }

    /// The viewer's best score, 0 to 100, which is the one that counts; null before the first answer, and for anonymous viewers. Audience: self.
    async fn best_score(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        progress::quiz_best_score(ctx, self.0.id).await.transpose()
    }
}

/// A question of a quiz.
#[derive(SimpleObject)]
#[graphql(name = "QuizQuestion")]
pub struct Question {
    /// Names the question within its quiz.
    id: String,
    /// How many options are right.
    kind: QuestionKind,
    /// The question, in Markdown.
    prompt: String,
    /// The options to choose from.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 5, child_complexity)")]
    options: Vec<QuizOption>,
}

/// An option of a question.
#[derive(SimpleObject)]
pub struct QuizOption {
    /// Names the option within its question.
    id: String,
    /// The option, in Markdown.
    text: String,
}

/// A task to solve with code, judged by checks in a sandbox.
pub struct Challenge(pub domain::Challenge);

/// A task to solve with code, judged by checks in a sandbox.
#[Object]
impl Challenge {
    /// Opaque; the same for as long as the challenge exists.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The challenge's short name, for addresses.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The challenge's name.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it asks for, in a sentence or two.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// What it asks for, in full, in Markdown.
    async fn statement(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.content(ctx).await?.statement.clone())
    }

    /// The statement as HTML that is safe to show: no scripts, no images, links to http and https only.
    async fn html(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(markdown::to_html(&self.content(ctx).await?.statement))
    }

    /// How much it asks for.
    async fn difficulty(&self) -> Difficulty {
        self.0.difficulty
    }

    /// The points of all its tasks; the XP for passing it at the first attempt without hints.
    async fn points(&self) -> i32 {
        self.0.points
    }

    /// How long it takes, about.
    async fn minutes(&self) -> i32 {
        self.0.minutes
    }

    /// The sandbox that it runs in.
    async fn runtime(&self) -> Runtime {
        self.0.runtime
    }

    /// Whether it hands you AI-written work with planted defects, to be found, demonstrated and repaired.
    async fn red_team(&self) -> bool {
        self.0.red_team
    }

    /// The paths that may be handed in.
    #[graphql(complexity = "5")]
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        Ok(self.content(ctx).await?.files.clone())
    }

    /// The file that is run as a program.
    async fn entry(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.content(ctx).await?.entry.clone())
    }

    /// What you begin with.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 5, child_complexity)")]
    async fn starter(&self, ctx: &Context<'_>) -> Result<Vec<SourceFile>> {
        let body = self.content(ctx).await?;
        Ok(body.starter.iter().map(|file| SourceFile { path: file.path.clone(), content: file.content.clone() }).collect())
    }

    /// Its tasks, each with its checks, in the order of a submission's results.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 6, child_complexity)")]
    async fn tasks(&self, ctx: &Context<'_>) -> Result<Vec<Task>> {
        Ok(self.content(ctx).await?.tasks.iter().map(Task::from).collect())
    }

    /// The lesson it belongs to; null for an item of its own.
    async fn lesson(&self, ctx: &Context<'_>) -> Option<Result<Lesson>> {
        let id = self.0.lesson_id?;
        async { Ok(loaders(ctx)?.load_one(LessonById(id)).await?.map(Lesson)) }.await.transpose()
    }

    /// The module it is a part of.
    async fn module(&self, ctx: &Context<'_>) -> Result<Module> {
        module(ctx, self.0.module_id).await
    }

    /// The number of the version that a submission made now is graded against, from 1.
    async fn version(&self, ctx: &Context<'_>) -> Result<i32> {
        version(ctx, self.0.version_id).await
    }

    /// Why it is not open to the viewer, and what opens it; null when it is open, and for anonymous viewers. Audience: self.
    async fn locked_because(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        progress::challenge_lock(ctx, &self.0).await.transpose().map(|lock| lock.map(LockObject::into_message))
    }

    /// The same for programs: the reason, and the item or plan that opens it; null when it is open, and for anonymous viewers. Audience: self.
    async fn lock(&self, ctx: &Context<'_>) -> Option<Result<LockObject>> {
        progress::challenge_lock(ctx, &self.0).await.transpose()
    }

    /// How far the viewer is with it; null for anonymous viewers. Audience: self.
    async fn progress(&self, ctx: &Context<'_>) -> Option<Result<ChallengeProgressObject>> {
        progress::challenge_progress(ctx, &self.0).await.transpose()
    }

    /// The hints that the viewer has opened with `revealHint`, at most three. Audience: self.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 3, child_complexity)")]
    async fn hints(&self, ctx: &Context<'_>) -> Result<Vec<HintObject>> {
        progress::challenge_hints(ctx, &self.0).await
    }
}

impl Challenge {
    async fn content(&self, ctx: &Context<'_>) -> Result<Arc<ChallengeBody>> {
        let body = loaders(ctx)?.load_one(ChallengeBodyOf(self.0.version_id)).await?;
        body.ok_or_else(|| Error::broken("a challenge has no content"))
    }
}

/// A file of source code.
#[derive(SimpleObject)]
pub struct SourceFile {
    /// Relative, with forward slashes.
    pub path: String,
    /// The whole text.
    pub content: String,
}

/// A part of a challenge, worth points of its own.
#[derive(SimpleObject)]
pub struct Task {
    /// Names the task within its challenge.
    id: String,
    /// What it asks for.
    title: String,
    /// The points of all its checks.
    points: i32,
    /// Its checks. Of a hidden one no more than this is ever shown.
    #[graphql(complexity = "crate::graphql::connection::list_cost(1, 4, child_complexity)")]
    checks: Vec<CheckSpec>,
}

impl From<&domain::Task> for Task {
    fn from(task: &domain::Task) -> Self {
        let checks = task.checks.iter().map(|check| CheckSpec {
            id: check.id.clone(),
            title: check.title.clone(),
            points: check.points,
            visibility: check.visibility,
        });
        Self { id: task.id.clone(), title: task.title.clone(), points: task.points, checks: checks.collect() }
    }
}

/// What a check looks at, and what it is worth.
#[derive(SimpleObject)]
pub struct CheckSpec {
    /// Names the check within its challenge.
    id: String,
    /// What it looks at.
    title: String,
    /// What it is worth.
    points: i32,
    /// What is shown of its result.
    visibility: Visibility,
}

async fn module(ctx: &Context<'_>, id: crate::db::ids::ModuleId) -> Result<Module> {
    let row = loaders(ctx)?.load_one(ModuleById(id)).await?;
    row.map(Module).ok_or_else(|| Error::broken("an item has no module"))
}

async fn version(ctx: &Context<'_>, id: ContentVersionId) -> Result<i32> {
    let number = loaders(ctx)?.load_one(VersionNumber(id)).await?;
    number.ok_or_else(|| Error::broken("an item has no version"))
}
