//! Submissions in the schema: the object, its parts, and the queries.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{ComplexObject, Context, ID, Object, SimpleObject, dataloader::Loader};
use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::{
    Draft, Io, Runtime, SourceFile, Submission, SubmissionCheck, Visibility,
    graphql_words::{CheckStatus, GraphStatus, Kind, Verdict},
    live::{self, Progress, Snapshot},
    types::Status,
};
use crate::{
    app::App,
    connection,
    curriculum::{
        self,
        graphql::{Challenge, SourceFile as GraphFile},
    },
    db::ids::{ChallengeId, SubmissionId, TypedId, UserId},
    error::{Error, Result},
    events::Cursor as EventCursor,
    graphql::{
        connection::{Given, Page, PageArgs, page_cost},
        loaders::{Batch, loaders},
        scalars::Cursor,
        viewer, viewer_or_none,
    },
};

/// What the code printed: the whole of it once the run has ended, what there is so far while it runs.
#[derive(SimpleObject, Default)]
pub struct Output {
    /// Standard output, UTF-8; bytes that are not are replaced.
    pub stdout: String,
    /// Standard error, the same way.
    pub stderr: String,
    /// A line had more than 64 KiB or the run printed more than 1 MiB, and the rest was cut off.
    pub truncated: bool,
}

/// What one check found. For a hidden check the message, both values and all figures are null.
#[derive(SimpleObject, Clone)]
#[graphql(name = "Check")]
pub struct Check {
    /// Names the check within its challenge.
    pub id: String,
    /// What it looks for.
    pub title: String,
    /// How far it is, or how it ended.
    pub status: CheckStatus,
    /// Points it gave.
    pub points: i32,
    /// Points it can give.
    pub max_points: i32,
    /// Who sees what of it.
    pub visibility: Visibility,
    /// What to think about when it failed; null when it passed.
    pub message: Option<String>,
    /// The value it wanted; null when it compared none.
    pub expected: Option<String>,
    /// The value it got; null when it compared none.
    pub actual: Option<String>,
    /// CPU time of the learner's code in it, in milliseconds; null until it ended.
    pub cpu_ms: Option<i64>,
    /// Time it took, in milliseconds; null until it ended.
    pub wall_ms: Option<i64>,
    /// Most memory of the learner's code above a warm interpreter's, in KiB; null until it ended.
    pub peak_memory_kib: Option<i64>,
}

impl From<SubmissionCheck> for Check {
    fn from(row: SubmissionCheck) -> Self {
        Self {
            id: row.check_id,
            title: row.title,
            status: row.status.into(),
            points: row.points,
            max_points: row.max_points,
            visibility: row.visibility,
            message: row.message,
            expected: row.expected,
            actual: row.actual,
            cpu_ms: row.cpu_ms,
            wall_ms: row.wall_ms,
            peak_memory_kib: row.peak_memory_kib,
        }
    }
}

/// A run of a learner's code and what came of it. Audience: its learner, the instructors of the learner's groups, and admins.
#[derive(Clone)]
pub struct SubmissionObject {
    pub row: Submission,
    /// Read once, so that output, checks and cursor of one answer are of one moment.
    progress: Arc<OnceCell<Arc<Progress>>>,
    cursor: Option<EventCursor>,
}

impl From<Submission> for SubmissionObject {
    fn from(row: Submission) -> Self {
        Self { row, progress: Arc::default(), cursor: None }
    }
}

impl From<Snapshot> for SubmissionObject {
    fn from(snapshot: Snapshot) -> Self {
        Self { row: snapshot.row, progress: Arc::new(OnceCell::new_with(snapshot.progress)), cursor: Some(snapshot.cursor) }
    }
}

impl SubmissionObject {
    /// What a subscriber would have seen so far of a running submission.
    async fn so_far(&self, app: &App) -> Result<Arc<Progress>> {
        self.progress.get_or_try_init(async || live::progress(&app.events, &self.row).await.map(Arc::new)).await.cloned()
    }

    async fn io(&self, ctx: &Context<'_>) -> Result<Io> {
        let io = loaders(ctx)?.load_one(IoKey(self.row.id)).await?;
        io.ok_or_else(|| Error::not_found("submission"))
    }

    async fn checks_so_far(&self, ctx: &Context<'_>) -> Result<Vec<SubmissionCheck>> {
        if self.row.status == Status::Finished {
            return Ok(loaders(ctx)?.load_one(ChecksKey(self.row.id)).await?.unwrap_or_default());
        }
        let Some(version_id) = self.row.content_version_id else { return Ok(Vec::new()) };
        let app = crate::graphql::app(ctx)?;
        let mut conn = app.db.conn().await?;
        let body = curriculum::challenge_body(&mut conn, version_id).await?;
        drop(conn);
        let mut all = live::pending_checks(self.row.id, &body, self.row.kind);
        if self.row.status == Status::Running {
            let so_far = self.so_far(app).await?;
            for check in &mut all {
                if let Some(known) = so_far.checks.iter().find(|known| known.check_id == check.check_id) {
                    *check = known.clone();
                }
            }
        }
        Ok(all)
    }
}

/// A run of a learner's code and what came of it. Audience: its learner, the instructors of the learner's groups, and admins.
#[Object(name = "Submission")]
impl SubmissionObject {
    /// Names the submission everywhere.
    pub async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Why the code is run.
    async fn kind(&self) -> Kind {
        self.row.kind.into()
    }

    /// How far it is.
    async fn status(&self) -> GraphStatus {
        self.row.status.into()
    }

    /// How it ended; null until then.
    async fn verdict(&self) -> Option<Verdict> {
        self.row.verdict.map(Into::into)
    }

    /// Points of the checks that passed; null until it ended, and for a playground run.
    async fn score(&self) -> Option<i32> {
        self.row.score
    }

    /// Points of all its checks; null until it ended, and for a playground run.
    async fn max_score(&self) -> Option<i32> {
        self.row.max_score
    }

    /// What it is a solution to; null for a playground run.
    async fn challenge(&self, ctx: &Context<'_>) -> Option<Result<Challenge>> {
        let id = self.row.challenge_id?;
        Some(challenge_object(ctx, id).await)
    }

    /// The image that runs it.
    async fn runtime(&self) -> Runtime {
        self.row.runtime
    }

    /// What was sent, at most 20 files.
    #[graphql(complexity = "crate::graphql::connection::list_cost(20, 20, child_complexity)")]
    async fn files(&self, ctx: &Context<'_>) -> Result<Vec<GraphFile>> {
        Ok(self.io(ctx).await?.files.0.into_iter().map(file).collect())
    }

    /// What the code printed, hidden checks left out. Costs 400: it may have 1 MiB.
    #[graphql(complexity = "400 + child_complexity")]
    async fn output(&self, ctx: &Context<'_>) -> Result<Output> {
        match self.row.status {
            Status::Queued => Ok(Output::default()),
            Status::Running => {
                let so_far = self.so_far(crate::graphql::app(ctx)?).await?;
                Ok(Output { stdout: so_far.stdout.clone(), stderr: so_far.stderr.clone(), truncated: so_far.truncated })
            }
            Status::Finished => {
                let io = self.io(ctx).await?;
                Ok(Output { stdout: io.stdout, stderr: io.stderr, truncated: self.row.output_truncated })
            }
        }
    }

    /// Every check in its order, those that have not begun as PENDING. Empty for a playground run.
    #[graphql(complexity = "crate::graphql::connection::list_cost(20, 20, child_complexity)")]
    async fn checks(&self, ctx: &Context<'_>) -> Result<Vec<Check>> {
        Ok(self.checks_so_far(ctx).await?.into_iter().map(Into::into).collect())
    }

    /// Whether it is a playground run that was started with standard input kept open, for `sendInput`.
    async fn stdin_open(&self) -> bool {
        self.row.stdin_open
    }

    /// The exit code of a playground run that ended by itself; null otherwise.
    async fn exit_code(&self) -> Option<i32> {
        self.row.exit_code
    }

    /// In plain words, what stopped the run, such as the line of a syntax error; null when there is nothing to add.
    async fn detail(&self) -> Option<&str> {
        self.row.detail.as_deref()
    }

    /// Which attempt at its challenge this is, from 1; null for what is no attempt.
    async fn attempt(&self) -> Option<i32> {
        self.row.attempt
    }

    /// Whether it counts as an attempt, which lowers the XP of later ones. False until it ended.
    async fn uses_attempt(&self) -> bool {
        self.row.uses_attempt
    }

    /// The immutable version of the challenge it is graded against; null for a playground run.
    async fn content_version(&self) -> Option<ID> {
        self.row.content_version_id.map(Into::into)
    }

    /// How many runs go before it, itself included: 1 is next. Null once it runs.
    async fn queue_position(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        self.place(ctx).await.map(|place| place.map(|place| place.position))
    }

    /// Milliseconds until it will probably start, from the pace of the last runs. Null once it runs.
    async fn eta_ms(&self, ctx: &Context<'_>) -> Option<Result<i64>> {
        self.place(ctx).await.map(|place| place.map(|place| place.eta_ms))
    }

    /// Where its event stream stands: give it to `submissionEvents(after:)` to get everything newer than this answer.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<Cursor> {
        let app = crate::graphql::app(ctx)?;
        let seq = match (&self.cursor, self.row.status) {
            (Some(cursor), _) => cursor.seq,
            (None, Status::Queued) => 0,
            (None, Status::Running) => self.so_far(app).await?.seq,
            (None, Status::Finished) => self.row.final_seq.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(0),
        };
        let cursor = EventCursor { topic_name: live::topic_name(self.row.id), epoch: live::epoch(&self.row), seq };
        Ok(Cursor(cursor.encode()))
    }

    /// CPU time of the learner's code, in milliseconds, that of hidden checks left out; null until it ended.
    async fn cpu_ms(&self) -> Option<i64> {
        self.row.cpu_ms
    }

    /// Time that the learner's code took, in milliseconds, that of hidden checks left out; null until it ended.
    async fn wall_ms(&self) -> Option<i64> {
        self.row.wall_ms
    }

    /// Most memory of the learner's code above a warm interpreter's, in KiB; null until it ended.
    async fn peak_memory_kib(&self) -> Option<i64> {
        self.row.peak_memory_kib
    }

    /// When it was sent.
    async fn created_at(&self) -> DateTime<Utc> {
        self.row.created_at
    }

    /// When a worker last started it; null while it waits.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.row.started_at
    }

    /// When it ended; null until then.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.row.finished_at
    }
}

impl SubmissionObject {
    async fn place(&self, ctx: &Context<'_>) -> Option<Result<super::QueuePlace>> {
        if self.row.status != Status::Queued {
            return None;
        }
        let found = async { loaders(ctx)?.load_one(PlaceKey(self.row.id)).await };
        found.await.transpose()
    }
}

async fn challenge_object(ctx: &Context<'_>, id: ChallengeId) -> Result<Challenge> {
    curriculum::graphql::challenge(ctx, id).await?.ok_or_else(|| Error::not_found("challenge"))
}

fn file(file: SourceFile) -> GraphFile {
    GraphFile { path: file.path, content: file.content }
}

/// A learner's working copy of a challenge's files. Audience: its learner.
#[derive(SimpleObject)]
#[graphql(name = "Draft", complex)]
pub struct DraftObject {
    #[graphql(skip)]
    challenge_id: ChallengeId,
    /// The files, at most 20.
    #[graphql(complexity = "crate::graphql::connection::list_cost(20, 20, child_complexity)")]
    files: Vec<GraphFile>,
    /// When it was last saved; null for the starter files.
    updated_at: Option<DateTime<Utc>>,
}

#[ComplexObject]
impl DraftObject {
    /// What it is a draft for.
    async fn challenge(&self, ctx: &Context<'_>) -> Result<Challenge> {
        challenge_object(ctx, self.challenge_id).await
    }
}

impl From<Draft> for DraftObject {
    fn from(draft: Draft) -> Self {
        Self { challenge_id: draft.challenge_id, files: draft.files.into_iter().map(file).collect(), updated_at: draft.updated_at }
    }
}

connection! {
    /// A page of submissions, newest first.
    SubmissionConnection of SubmissionEdge to SubmissionObject
}

#[derive(Default)]
pub struct SubmissionsQuery;

#[Object]
impl SubmissionsQuery {
    /// A submission by its id; null when there is none or it is somebody else's. Audience: its learner, the
    /// instructors of the learner's groups, and admins.
    async fn submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id that the mutation answered.")] id: ID,
    ) -> Option<Result<SubmissionObject>> {
        match read(ctx, &id).await {
            Err(Error::Refused { code: crate::error::Code::NotFound, .. }) => None,
            other => Some(other),
        }
    }
}

async fn read(ctx: &Context<'_>, id: &str) -> Result<SubmissionObject> {
    let viewer = viewer(ctx)?;
    let id = SubmissionId::parse(id)?;
    let mut conn = crate::graphql::app(ctx)?.db.conn().await?;
    Ok(super::read(&mut conn, viewer, id).await?.into())
}

/// For `node(id)`: None for anonymous viewers and strangers.
pub async fn node(ctx: &Context<'_>, id: SubmissionId) -> Result<Option<SubmissionObject>> {
    let Some(viewer) = viewer_or_none(ctx) else { return Ok(None) };
    let mut conn = crate::graphql::app(ctx)?.db.conn().await?;
    match super::read(&mut conn, viewer, id).await {
        Ok(row) => Ok(Some(row.into())),
        Err(Error::Refused { code: crate::error::Code::NotFound, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The submissions' part of the viewer.
pub struct ViewerSubmissions(pub UserId);

#[Object]
impl ViewerSubmissions {
    /// The viewer's submissions, newest first. Audience: self.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a connection")]
    #[graphql(complexity = "page_cost(first.or(last), child_complexity)")]
    async fn submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this challenge; null means all.")] challenge_slug: Option<String>,
        #[graphql(desc = "How many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what follows this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<SubmissionConnection> {
        let given = Given { first, after: after.as_deref(), last, before: before.as_deref() };
        page_of(ctx, self.0, challenge_slug, given).await
    }

    /// The viewer's drafts, the newest first. Audience: self.
    #[graphql(complexity = "crate::graphql::connection::list_cost(5, 20, child_complexity)")]
    async fn drafts(&self, ctx: &Context<'_>) -> Result<Vec<DraftObject>> {
        let mut conn = crate::graphql::app(ctx)?.db.conn().await?;
        Ok(super::drafts(&mut conn, self.0).await?.into_iter().map(Into::into).collect())
    }
}

/// Of the viewer, or of somebody whose submissions `auth::policy` lets the viewer see.
pub async fn page_of(ctx: &Context<'_>, user_id: UserId, challenge_slug: Option<String>, given: Given<'_>) -> Result<SubmissionConnection> {
    let page = PageArgs::<SubmissionId>::new(given)?;
    let mut conn = crate::graphql::app(ctx)?.db.conn().await?;
    let challenge_id = match challenge_slug {
        None => None,
        Some(slug) => {
            let challenge = curriculum::challenge_by_slug(&mut conn, &slug).await?;
            Some(challenge.ok_or_else(|| Error::not_found("challenge"))?.id)
        }
    };
    let rows = super::page(&mut conn, user_id, challenge_id, page.slice()).await?;
    Ok(Page::cut(&page, rows, |row| row.id)?.into())
}

/// Key of the loader of places in the queue.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct PlaceKey(SubmissionId);

/// Key of the loader of large columns.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct IoKey(SubmissionId);

/// Key of the loader of check results.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ChecksKey(SubmissionId);

impl Loader<PlaceKey> for Batch {
    type Value = super::QueuePlace;
    type Error = Error;

    async fn load(&self, keys: &[PlaceKey]) -> Result<HashMap<PlaceKey, super::QueuePlace>> {
        let ids: Vec<SubmissionId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.app.db.conn().await?;
        let places = super::queue_places(&mut conn, self.app.clock.now(), &ids).await?;
        Ok(places.into_iter().map(|(id, place)| (PlaceKey(id), place)).collect())
    }
}

impl Loader<IoKey> for Batch {
    type Value = Io;
    type Error = Error;

    async fn load(&self, keys: &[IoKey]) -> Result<HashMap<IoKey, Io>> {
        let ids: Vec<SubmissionId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.app.db.conn().await?;
        Ok(super::ios(&mut conn, &ids).await?.into_iter().map(|(id, io)| (IoKey(id), io)).collect())
    }
}

impl Loader<ChecksKey> for Batch {
    type Value = Vec<SubmissionCheck>;
    type Error = Error;

    async fn load(&self, keys: &[ChecksKey]) -> Result<HashMap<ChecksKey, Vec<SubmissionCheck>>> {
        let ids: Vec<SubmissionId> = keys.iter().map(|key| key.0).collect();
        let mut conn = self.app.db.conn().await?;
        let mut found: HashMap<ChecksKey, Vec<SubmissionCheck>> = HashMap::new();
        for check in super::checks(&mut conn, &ids).await? {
            found.entry(ChecksKey(check.submission_id)).or_default().push(check);
        }
        Ok(found)
    }
}
