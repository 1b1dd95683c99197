//! Rejudges of whole challenges in the schema. Everything here is for admins.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, Union, dataloader::Loader};
use chrono::{DateTime, Utc};

use super::{Counts, Found, Refusal, Rejudge, ResultFilter};
use crate::{
    app::App,
    connection,
    curriculum::graphql::{self as curriculum_graphql, Challenge},
    db::ids::{RejudgeId, SubmissionId, TypedId},
    error::{Error, Result},
    graphql::{
        admin, app,
        connection::{Given, Page, PageArgs, page_cost},
        loaders::{Batch, loaders},
        user_error::{RejudgeInProgress, RejudgeNotReady},
        viewer_or_none,
    },
    submissions::{graphql::SubmissionObject, graphql_words::Verdict, live, types},
};

/// How far a rejudge is.
#[derive(Enum, Copy, Clone, Eq, PartialEq)]
#[graphql(remote = "types::RejudgeStatus", name = "RejudgeStatus")]
pub enum GraphStatus {
    /// Attempts are being judged again; nothing has changed for anybody.
    Running,
    /// All have been; look at the results, then apply or discard them.
    Ready,
    /// The results are being applied, one learner after another.
    Applying,
    /// All results count.
    Applied,
    /// The results were thrown away; nothing has changed for anybody.
    Discarded,
}

/// All attempts at a challenge judged again, without effect until it is applied. Audience: admins.
pub struct RejudgeObject(Rejudge);

impl From<Rejudge> for RejudgeObject {
    fn from(row: Rejudge) -> Self {
        Self(row)
    }
}

impl RejudgeObject {
    async fn counts(&self, ctx: &Context<'_>) -> Result<Option<Counts>> {
        loaders(ctx)?.load_one(CountsOf(self.0.id)).await
    }
}

/// All attempts at a challenge judged again, without effect until it is applied. Audience: admins.
#[Object(name = "Rejudge")]
impl RejudgeObject {
    /// Names the rejudge everywhere.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whose attempts are judged again.
    async fn challenge(&self, ctx: &Context<'_>) -> Result<Challenge> {
        let found = curriculum_graphql::challenge(ctx, self.0.challenge_id).await?;
        found.ok_or_else(|| Error::not_found("challenge"))
    }

    /// The immutable version of the challenge that they are judged against: the newest one when it began.
    async fn content_version(&self) -> ID {
        self.0.content_version_id.into()
    }

    /// How far it is.
    async fn status(&self) -> GraphStatus {
        self.0.status.into()
    }

    /// Attempts there were when it began, cancelled ones left out.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Attempts that have been judged again.
    async fn judged(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.counts(ctx).await?.map_or(0, |counts| counts.judged))
    }

    /// Attempts whose run ended through no merit of the learner; they keep what they have.
    async fn unjudged(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.counts(ctx).await?.map_or(0, |counts| counts.unjudged))
    }

    /// Of those judged, how many have another verdict or another score than before.
    async fn changed(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.counts(ctx).await?.map_or(0, |counts| counts.changed))
    }

    /// Of the attempts whose run has ended, how many were accepted before.
    async fn passed_before(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.counts(ctx).await?.map_or(0, |counts| counts.passed_before))
    }

    /// Of the same attempts, how many are accepted once it is applied.
    async fn passed_after(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.counts(ctx).await?.map_or(0, |counts| counts.passed_after))
    }

    /// Attempts whose result has been applied.
    async fn applied(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(self.counts(ctx).await?.map_or(0, |counts| counts.applied))
    }

    /// What was found for each attempt, in the order of the attempts.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only attempts whose verdict or score differs.", default)] changed_only: bool,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither is given.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<RejudgeResultConnection> {
        let args = PageArgs::<SubmissionId>::new(Given { first, after: after.as_deref(), last, before: before.as_deref() })?;
        let filter = ResultFilter { rejudge_id: self.0.id, changed_only, slice: args.slice() };
        let rows = super::results(&mut *app(ctx)?.db.conn().await?, filter).await?;
        Ok(Page::cut(&args, rows, |row| row.submission.id)?.into())
    }

    /// When it began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the last result was applied, or all were thrown away; null until then.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }
}

/// One attempt before and after. Audience: admins.
pub struct RejudgeResult(Found);

impl From<Found> for RejudgeResult {
    fn from(found: Found) -> Self {
        Self(found)
    }
}

/// One attempt before and after. Audience: admins.
#[Object]
impl RejudgeResult {
    /// The learner's attempt; once applied, with its new verdict.
    async fn submission(&self) -> SubmissionObject {
        self.0.submission.clone().into()
    }

    /// The run that judges it again.
    async fn run(&self) -> SubmissionObject {
        self.0.run.clone().into()
    }

    /// The attempt's verdict when its run was queued.
    async fn verdict_before(&self) -> Verdict {
        self.0.result.verdict_before.into()
    }

    /// The run's verdict; null until it ended.
    async fn verdict_after(&self) -> Option<Verdict> {
        self.0.run.verdict.map(Into::into)
    }

    /// The attempt's score when its run was queued; null when nothing was graded.
    async fn score_before(&self) -> Option<i32> {
        self.0.result.score_before
    }

    /// The run's score; null until it ended.
    async fn score_after(&self) -> Option<i32> {
        self.0.run.score
    }

    /// When the result was applied; null until then.
    async fn applied_at(&self) -> Option<DateTime<Utc>> {
        self.0.result.applied_at
    }
}

connection! {
    /// A page of results.
    RejudgeResultConnection of RejudgeResultEdge to RejudgeResult
}

connection! {
    /// A page of rejudges, newest first.
    RejudgeConnection of RejudgeEdge to RejudgeObject
}

#[derive(Default)]
pub struct RejudgesQuery;

#[Object]
impl RejudgesQuery {
    /// A rejudge by its id; null when there is none. Audience: admins.
    async fn rejudge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id that the mutation answered.")] id: ID,
    ) -> Option<Result<RejudgeObject>> {
        let found = async {
            admin(ctx)?;
            let Ok(id) = RejudgeId::parse(&id) else { return Ok(None) };
            super::by_id(&mut *app(ctx)?.db.conn().await?, id).await
        };
        found.await.transpose().map(|found| found.map(Into::into))
    }

    /// All rejudges, newest first. Audience: admins.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn rejudges(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, 1 to 100; 20 when neither is given.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<RejudgeConnection>> {
        let found = async {
            admin(ctx)?;
            let args = PageArgs::<RejudgeId>::new(Given { first, after: after.as_deref(), last, before: before.as_deref() })?;
            let rows = super::page(&mut *app(ctx)?.db.conn().await?, args.slice()).await?;
            Ok(Page::cut(&args, rows, |row| row.id)?.into())
        };
        Some(found.await)
    }
}

/// For `node(id)`: None for everybody but admins.
pub async fn node(ctx: &Context<'_>, id: RejudgeId) -> Result<Option<RejudgeObject>> {
    if !viewer_or_none(ctx).is_some_and(crate::auth::Viewer::is_admin) {
        return Ok(None);
    }
    Ok(super::by_id(&mut *app(ctx)?.db.conn().await?, id).await?.map(Into::into))
}

/// What `startRejudge` takes.
#[derive(InputObject)]
pub struct StartRejudgeInput {
    /// The challenge whose attempts are judged again.
    challenge_slug: String,
}

/// What `applyRejudge` takes.
#[derive(InputObject)]
pub struct ApplyRejudgeInput {
    /// A rejudge that is READY.
    rejudge_id: ID,
}

/// What `discardRejudge` takes.
#[derive(InputObject)]
pub struct DiscardRejudgeInput {
    /// A rejudge that is RUNNING or READY.
    rejudge_id: ID,
}

macro_rules! payload {
    ($(#[doc = $doc:literal])* $success:ident, $(#[doc = $union_doc:literal])* $payload:ident, $refusal:ident) => {
        $(#[doc = $doc])*
        #[derive(SimpleObject)]
        pub struct $success {
            /// The rejudge as it stands now.
            rejudge: RejudgeObject,
        }

        $(#[doc = $union_doc])*
        #[derive(Union)]
        pub enum $payload {
            Success($success),
            $refusal($refusal),
        }

        impl From<std::result::Result<Rejudge, Refusal>> for $payload {
            fn from(result: std::result::Result<Rejudge, Refusal>) -> Self {
                match result {
                    Ok(row) => Self::Success($success { rejudge: row.into() }),
                    Err(Refusal::InProgress) => {
                        Self::$refusal($refusal::new("A rejudge of this challenge is under way; apply or discard it first."))
                    }
                    Err(Refusal::NotReady(message)) => Self::$refusal($refusal::new(message)),
                }
            }
        }
    };
}

payload! {
    /// It has begun.
    StartRejudgeSuccess,
    /// The rejudge, or why none was started.
    StartRejudgePayload, RejudgeInProgress
}
payload! {
    /// The results are being applied.
    ApplyRejudgeSuccess,
    /// The rejudge, or why its results cannot be applied.
    ApplyRejudgePayload, RejudgeNotReady
}
payload! {
    /// The results are gone.
    DiscardRejudgeSuccess,
    /// The rejudge, or why its results cannot be thrown away.
    DiscardRejudgePayload, RejudgeNotReady
}

#[derive(Default)]
pub struct RejudgesMutation;

#[Object]
impl RejudgesMutation {
    /// Begins to judge every attempt at a challenge again in the background, against the challenge as it is now, behind everything that learners
    /// wait for. Nobody's verdict or XP changes before `applyRejudge`. Audience: admins.
    async fn start_rejudge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which challenge.")] input: StartRejudgeInput,
    ) -> Result<StartRejudgePayload> {
        let (admin, app) = (admin(ctx)?, app(ctx)?);
        let started = super::start(&app.db, admin, app.clock.now(), &input.challenge_slug).await?;
        app.jobs_bell.ring();
        Ok(started.into())
    }

    /// Lets the results of a rejudge count: each learner's attempts take their new verdicts at once, and XP is derived anew. Asking twice
    /// changes nothing. Audience: admins.
    async fn apply_rejudge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rejudge.")] input: ApplyRejudgeInput,
    ) -> Result<ApplyRejudgePayload> {
        let (admin, app) = (admin(ctx)?, app(ctx)?);
        let applied = super::apply(&app.db, admin, app.clock.now(), RejudgeId::parse(&input.rejudge_id)?).await?;
        app.jobs_bell.ring();
        Ok(applied.into())
    }

    /// Throws the results of a rejudge away; runs that still wait are cancelled. Asking twice changes nothing. Audience: admins.
    async fn discard_rejudge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which rejudge.")] input: DiscardRejudgeInput,
    ) -> Result<DiscardRejudgePayload> {
        let (admin, app) = (admin(ctx)?, app(ctx)?);
        let discarded = super::discard(&app.db, admin, app.clock.now(), RejudgeId::parse(&input.rejudge_id)?).await?;
        Ok(match discarded {
            Err(refusal) => Err(refusal).into(),
            Ok((row, ended)) => {
                announce(app, &ended).await?;
                Ok(row).into()
            }
        })
    }
}

async fn announce(app: &App, ended: &[crate::submissions::Submission]) -> Result<()> {
    for run in ended {
        live::announce_end(&app.events, run, app.clock.now()).await?;
    }
    Ok(())
}

/// Key of the loader of what rejudges have found.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct CountsOf(RejudgeId);

impl Loader<CountsOf> for Batch {
    type Value = Counts;
    type Error = Error;

    async fn load(&self, keys: &[CountsOf]) -> Result<HashMap<CountsOf, Counts>> {
        let ids: Vec<RejudgeId> = keys.iter().map(|key| key.0).collect();
        let found = super::counts(&mut *self.app.db.conn().await?, &ids).await?;
        Ok(found.into_iter().map(|counts| (CountsOf(counts.rejudge_id), counts)).collect())
    }
}
