//! The curriculum in the schema: readable by everyone, without correct options, explanations or the source of checks.

mod batches;
mod objects;

use async_graphql::{Context, Object};
pub use objects::{Challenge, CheckSpec, Lesson, Module, Question, Quiz, QuizOption, SourceFile, Task, Track};
use uuid::Uuid;

use self::batches::{ChallengeById, LessonById, ModuleById, QuizById, TrackById};
use crate::{
    connection, curriculum as domain,
    db::ids::{ChallengeId, LessonId, ModuleId, QuizId, TrackId, TypedId},
    error::{Error, Result},
    graphql::{
        app,
        connection::{Given, Page, PageArgs, page_cost},
        loaders::loaders,
        node::Node,
    },
};

connection! {
    /// A page of tracks.
    TrackConnection of TrackEdge to Track
}

#[derive(Default)]
pub struct CurriculumQuery;

#[Object]
impl CurriculumQuery {
    /// All tracks, in their order.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn tracks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither is given.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<TrackConnection> {
        let args = PageArgs::new(Given { first, after: after.as_deref(), last, before: before.as_deref() })?;
        let rows = domain::tracks(&mut *app(ctx)?.db.conn().await?, args.slice()).await?;
        Ok(Page::cut(&args, rows, |row| (row.position, row.id))?.into())
    }

    /// The track with this slug. Null, with the error NOT_FOUND, when there is none.
    async fn track(&self, ctx: &Context<'_>, #[graphql(desc = "For example `python`.")] slug: String) -> Option<Result<Track>> {
        let row = async { domain::track_by_slug(&mut *app(ctx)?.db.conn().await?, &slug).await };
        Some(row.await.and_then(|row| row.map(Track).ok_or_else(|| Error::not_found("track"))))
    }

    /// The lesson with this slug. Null, with the error NOT_FOUND, when there is none.
    async fn lesson(&self, ctx: &Context<'_>, #[graphql(desc = "Unique over all tracks.")] slug: String) -> Option<Result<Lesson>> {
        let row = async { domain::lesson_by_slug(&mut *app(ctx)?.db.conn().await?, &slug).await };
        Some(row.await.and_then(|row| row.map(Lesson).ok_or_else(|| Error::not_found("lesson"))))
    }

    /// The challenge with this slug. Null, with the error NOT_FOUND, when there is none.
    async fn challenge(&self, ctx: &Context<'_>, #[graphql(desc = "Unique over all tracks.")] slug: String) -> Option<Result<Challenge>> {
        let row = async { domain::challenge_by_slug(&mut *app(ctx)?.db.conn().await?, &slug).await };
        Some(row.await.and_then(|row| row.map(Challenge).ok_or_else(|| Error::not_found("challenge"))))
    }
}

/// For `node(id)`: also what has been retired, since old submissions still point at it.
pub async fn node(ctx: &Context<'_>, prefix: &str, uuid: Uuid) -> Result<Option<Node>> {
    let loaders = loaders(ctx)?;
    Ok(match prefix {
        TrackId::PREFIX => loaders.load_one(TrackById(TrackId::from_uuid(uuid))).await?.map(|row| Node::Track(Track(row))),
        ModuleId::PREFIX => loaders.load_one(ModuleById(ModuleId::from_uuid(uuid))).await?.map(|row| Node::Module(Module(row))),
        LessonId::PREFIX => loaders.load_one(LessonById(LessonId::from_uuid(uuid))).await?.map(|row| Node::Lesson(Lesson(row))),
        QuizId::PREFIX => loaders.load_one(QuizById(QuizId::from_uuid(uuid))).await?.map(|row| Node::Quiz(Quiz(row))),
        ChallengeId::PREFIX => {
            loaders.load_one(ChallengeById(ChallengeId::from_uuid(uuid))).await?.map(|row| Node::Challenge(Challenge(row)))
        }
        _ => None,
    })
}

/// A challenge for another domain's object, batched with the others of the request; None when there is no such challenge.
pub async fn challenge(ctx: &Context<'_>, id: ChallengeId) -> Result<Option<Challenge>> {
    Ok(loaders(ctx)?.load_one(ChallengeById(id)).await?.map(Challenge))
}

/// A lesson for another domain's object, batched with the others of the request; None when there is no such lesson.
pub async fn lesson(ctx: &Context<'_>, id: LessonId) -> Result<Option<Lesson>> {
    Ok(loaders(ctx)?.load_one(LessonById(id)).await?.map(Lesson))
}

/// A version's number for another domain's object, batched with the others of the request.
pub async fn version_number(ctx: &Context<'_>, id: crate::db::ids::ContentVersionId) -> Result<Option<i32>> {
    loaders(ctx)?.load_one(batches::VersionNumber(id)).await
}
