//! The mutations on submissions and drafts: parse, ask, wrap, ring.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Union};

use super::{
    Cancelled, Program, Refusal, Solution, SourceFile, Submission,
    graphql::{DraftObject, SubmissionObject},
    inputs, live,
    types::{Kind, Runtime, stored_runtime},
};
use crate::{
    db::ids::{SubmissionId, TypedId},
    error::Result,
    graphql::{
        admin, app,
        user_error::{
            AlreadyFinished, ChallengeLocked, InputClosed, InputTooLarge, InvalidInput, NotGradable, PlanLimitReached, SolutionTooLarge,
            TooManyInFlight,
        },
        viewer,
    },
};

/// One file to send.
#[derive(InputObject)]
pub struct FileInput {
    /// Relative path, `/` between folders; for a challenge one of its `files`.
    path: String,
    /// The text. All files together have at most 64 KiB.
    content: String,
}

fn source(files: Vec<FileInput>) -> Vec<SourceFile> {
    files.into_iter().map(|file| SourceFile { path: file.path, content: file.content }).collect()
}

/// What `submitSolution` takes.
#[derive(InputObject)]
pub struct SubmitSolutionInput {
    /// The challenge to solve.
    challenge_slug: String,
    /// At most 20 files, all of them from the challenge's `files`.
    files: Vec<FileInput>,
    /// Made by the client, new for each submission: sent again with the same content it answers the same submission.
    client_request_id: String,
}

/// What `runChecks` takes.
#[derive(InputObject)]
pub struct RunChecksInput {
    /// The challenge whose visible checks are run.
    challenge_slug: String,
    /// At most 20 files, all of them from the challenge's `files`.
    files: Vec<FileInput>,
    /// Made by the client, new for each run: sent again with the same content it answers the same run.
    client_request_id: String,
}

/// What `runCode` takes.
#[derive(InputObject)]
pub struct RunCodeInput {
    /// The image that runs it.
    runtime: Runtime,
    /// At most 20 files, 64 KiB together.
    files: Vec<FileInput>,
    /// The file to run; null means `main.py`.
    entry: Option<String>,
    /// Command-line arguments, at most 50.
    #[graphql(default)]
    args: Vec<String>,
    /// What the program reads from standard input, at most 64 KiB.
    #[graphql(default)]
    stdin: String,
    /// Keeps standard input open after `stdin`, for `sendInput`. Without it the program meets the end of its input there.
    #[graphql(default)]
    stdin_open: bool,
    /// Made by the client, new for each run: sent again with the same content it answers the same run.
    client_request_id: String,
}

/// What `sendInput` takes.
#[derive(InputObject)]
pub struct SendInputInput {
    /// A playground run that was started with `stdinOpen`.
    submission_id: ID,
    /// What is typed, as it is: a line ends with the line break that you send. All of a run together at most 64 KiB.
    #[graphql(default)]
    text: String,
    /// Whether the input ends here; the program then meets the end of its input.
    #[graphql(default)]
    end_of_input: bool,
    /// Made by the client, new for each piece: sent again with the same content it is not typed twice. Null types it each time.
    client_request_id: Option<String>,
}

/// What `cancelSubmission` takes.
#[derive(InputObject)]
pub struct CancelSubmissionInput {
    /// The submission to end.
    submission_id: ID,
}

/// What `rejudgeSubmission` takes.
#[derive(InputObject)]
pub struct RejudgeSubmissionInput {
    /// A finished attempt.
    submission_id: ID,
}

/// What `saveDraft` takes.
#[derive(InputObject)]
pub struct SaveDraftInput {
    /// The challenge it is a draft for.
    challenge_slug: String,
    /// Replaces the whole draft.
    files: Vec<FileInput>,
}

/// What `resetDraft` takes.
#[derive(InputObject)]
pub struct ResetDraftInput {
    /// The challenge whose draft is thrown away.
    challenge_slug: String,
}

macro_rules! submission_success {
    ($($(#[doc = $doc:literal])* $name:ident)*) => {$(
        $(#[doc = $doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The submission; follow it with `submissionEvents`.
            submission: SubmissionObject,
        }
        impl From<Submission> for $name {
            fn from(row: Submission) -> Self { Self { submission: row.into() } }
        }
    )*};
}

submission_success! {
    /// The attempt is queued.
    SubmitSolutionSuccess
    /// The run of the visible checks is queued.
    RunChecksSuccess
    /// The playground run is queued.
    RunCodeSuccess
    /// It is on its way to the program, after everything that was sent before.
    SendInputSuccess
    /// The submission has ended, or its worker was asked to kill it: `submissionEvents` tells when it is dead.
    CancelSubmissionSuccess
    /// The run that judges the attempt again is queued.
    RejudgeSubmissionSuccess
}

macro_rules! run_payload {
    ($(#[doc = $doc:literal])* $name:ident, $success:ident) => {
        $(#[doc = $doc])*
        #[derive(Union)]
        pub enum $name {
            Success($success),
            SolutionTooLarge(SolutionTooLarge),
            InvalidInput(InvalidInput),
            NotGradable(NotGradable),
            ChallengeLocked(ChallengeLocked),
            TooManyInFlight(TooManyInFlight),
            PlanLimitReached(PlanLimitReached),
        }

        impl From<Result<Submission, Refusal>> for $name {
            fn from(result: Result<Submission, Refusal>) -> Self {
                match result {
                    Ok(row) => Self::Success(row.into()),
                    Err(Refusal::TooLarge(message)) => Self::SolutionTooLarge(SolutionTooLarge::new(message).at(&["input", "files"])),
                    Err(Refusal::Invalid { field, message }) => Self::InvalidInput(InvalidInput::new(message).at(&["input", field])),
                    Err(Refusal::Nothing) => Self::NotGradable(NotGradable::new("There is nothing to judge: every file is empty.").at(&["input", "files"])),
                    Err(Refusal::Locked(message)) => Self::ChallengeLocked(ChallengeLocked::new(message).at(&["input", "challengeSlug"])),
                    Err(Refusal::TooManyInFlight(message)) => Self::TooManyInFlight(TooManyInFlight::new(message)),
                    Err(Refusal::PlanLimit(message)) => Self::PlanLimitReached(PlanLimitReached::new(message)),
                }
            }
        }
    };
}

run_payload! {
    /// The queued attempt, or why it was refused.
    SubmitSolutionPayload, SubmitSolutionSuccess
}
run_payload! {
    /// The queued run, or why it was refused.
    RunChecksPayload, RunChecksSuccess
}
run_payload! {
    /// The queued run, or why it was refused.
    RunCodePayload, RunCodeSuccess
}

/// The run that is given the input, or why it was refused.
#[derive(Union)]
pub enum SendInputPayload {
    Success(SendInputSuccess),
    AlreadyFinished(AlreadyFinished),
    InputClosed(InputClosed),
    InputTooLarge(InputTooLarge),
    InvalidInput(InvalidInput),
}

impl From<Result<Submission, inputs::Refusal>> for SendInputPayload {
    fn from(result: Result<Submission, inputs::Refusal>) -> Self {
        match result {
            Ok(row) => Self::Success(row.into()),
            Err(inputs::Refusal::AlreadyFinished) => {
                Self::AlreadyFinished(AlreadyFinished::new("The run has ended already; nothing reads what is typed."))
            }
            Err(inputs::Refusal::Closed(message)) => Self::InputClosed(InputClosed::new(message)),
            Err(inputs::Refusal::TooLarge(message)) => Self::InputTooLarge(InputTooLarge::new(message).at(&["input", "text"])),
            Err(inputs::Refusal::Invalid { field, message }) => Self::InvalidInput(InvalidInput::new(message).at(&["input", field])),
        }
    }
}

/// The cancelled submission, or why it was refused.
#[derive(Union)]
pub enum CancelSubmissionPayload {
    Success(CancelSubmissionSuccess),
    AlreadyFinished(AlreadyFinished),
}

/// The queued run, or why it was refused.
#[derive(Union)]
pub enum RejudgeSubmissionPayload {
    Success(RejudgeSubmissionSuccess),
}

/// The draft is kept.
#[derive(SimpleObject)]
pub struct SaveDraftSuccess {
    /// As it is stored now.
    draft: DraftObject,
}

/// The draft is gone.
#[derive(SimpleObject)]
pub struct ResetDraftSuccess {
    /// The starter files.
    draft: DraftObject,
}

/// The kept draft, or why it was refused.
#[derive(Union)]
pub enum SaveDraftPayload {
    Success(SaveDraftSuccess),
    SolutionTooLarge(SolutionTooLarge),
    InvalidInput(InvalidInput),
}

/// The starter files.
#[derive(Union)]
pub enum ResetDraftPayload {
    Success(ResetDraftSuccess),
}

#[derive(Default)]
pub struct SubmissionsMutation;

#[Object]
impl SubmissionsMutation {
    /// Queues an attempt at a challenge and answers at once; watch it with `submissionEvents`. One attempt of a challenge at a time.
    async fn submit_solution(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to judge, and which challenge it is for.")] input: SubmitSolutionInput,
    ) -> Result<SubmitSolutionPayload> {
        let SubmitSolutionInput { challenge_slug, files, client_request_id } = input;
        Ok(submit(ctx, Kind::Submission, Solution { challenge_slug, files: source(files), client_request_id }).await?.into())
    }

    /// Queues a run of the visible checks: no attempt is used and no XP is given.
    async fn run_checks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to check, and which challenge it is for.")] input: RunChecksInput,
    ) -> Result<RunChecksPayload> {
        let RunChecksInput { challenge_slug, files, client_request_id } = input;
        Ok(submit(ctx, Kind::Checks, Solution { challenge_slug, files: source(files), client_request_id }).await?.into())
    }

    /// Queues a run of free code, the playground: arguments and standard input are yours, the walls are those of a submission.
    async fn run_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The program and what it is given.")] input: RunCodeInput,
    ) -> Result<RunCodePayload> {
        let program = Program {
            runtime: input.runtime,
            files: source(input.files),
            entry: input.entry,
            args: input.args,
            stdin: input.stdin,
            stdin_open: input.stdin_open,
            client_request_id: input.client_request_id,
        };
        let app = app(ctx)?;
        let offered: Vec<Runtime> = app.config.sandbox.runtimes.iter().copied().map(stored_runtime).collect();
        let queued = super::run_code(&app.db, viewer(ctx)?, app.clock.now(), program, &offered).await?;
        app.queue_bell.ring();
        Ok(queued.into())
    }

    /// Types into a playground run that was started with `stdinOpen`, while it waits or runs. Pieces reach the program in the order in which
    /// they were sent, each once. A program that is neither given nor prints anything for a minute ends with TIME_LIMIT. Audience: self.
    async fn send_input(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is typed, and into which run.")] input: SendInputInput,
    ) -> Result<SendInputPayload> {
        let app = app(ctx)?;
        let SendInputInput { submission_id, text, end_of_input, client_request_id } = input;
        let id = SubmissionId::parse(&submission_id)?;
        let typed = inputs::Typed { text, ends: end_of_input, client_request_id };
        let sent = inputs::send(&app.db, viewer(ctx)?, app.clock.now(), id, typed).await?;
        app.events.ring(&live::input_name(id));
        Ok(sent.into())
    }

    /// Ends a submission: at once while it waits, by killing its processes while it runs. Its stream then ends with the verdict CANCELLED.
    async fn cancel_submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission to end.")] input: CancelSubmissionInput,
    ) -> Result<CancelSubmissionPayload> {
        let app = app(ctx)?;
        let (id, now) = (SubmissionId::parse(&input.submission_id)?, app.clock.now());
        Ok(match super::cancel(&app.db, viewer(ctx)?, now, id).await? {
            Cancelled::AlreadyFinished => CancelSubmissionPayload::AlreadyFinished(AlreadyFinished::new(
                "The submission has ended already; there is nothing to cancel.",
            )),
            Cancelled::Asked(row) => {
                app.events.ring(&live::control_name(id));
                CancelSubmissionPayload::Success(row.into())
            }
            Cancelled::AtOnce(row) => {
                live::announce_end(&app.events, &row, now).await?;
                CancelSubmissionPayload::Success(row.into())
            }
        })
    }

    /// Judges a finished attempt again against the challenge as it is now; its verdict and XP follow. Audience: admins.
    async fn rejudge_submission(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which attempt to judge again.")] input: RejudgeSubmissionInput,
    ) -> Result<RejudgeSubmissionPayload> {
        let admin = admin(ctx)?;
        let app = app(ctx)?;
        let row = super::rejudge(&app.db, admin, app.clock.now(), SubmissionId::parse(&input.submission_id)?).await?;
        app.queue_bell.ring();
        Ok(RejudgeSubmissionPayload::Success(row.into()))
    }

    /// Keeps unfinished files of a challenge, so that they are there on the next device. The last save wins.
    async fn save_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The files to keep.")] input: SaveDraftInput,
    ) -> Result<SaveDraftPayload> {
        let app = app(ctx)?;
        let saved = super::save_draft(&app.db, viewer(ctx)?, app.clock.now(), &input.challenge_slug, source(input.files)).await?;
        Ok(match saved {
            Ok(draft) => SaveDraftPayload::Success(SaveDraftSuccess { draft: draft.into() }),
            Err(Refusal::TooLarge(message)) => SaveDraftPayload::SolutionTooLarge(SolutionTooLarge::new(message).at(&["input", "files"])),
            Err(Refusal::Invalid { message, .. }) => SaveDraftPayload::InvalidInput(InvalidInput::new(message).at(&["input", "files"])),
            Err(_) => SaveDraftPayload::InvalidInput(InvalidInput::new("A draft has at least one file.").at(&["input", "files"])),
        })
    }

    /// Throws the draft of a challenge away and answers the starter files.
    async fn reset_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose draft to throw away: the challenge.")] input: ResetDraftInput,
    ) -> Result<ResetDraftPayload> {
        let app = app(ctx)?;
        let draft = super::reset_draft(&app.db, viewer(ctx)?, &input.challenge_slug).await?;
        Ok(ResetDraftPayload::Success(ResetDraftSuccess { draft: draft.into() }))
    }
}

async fn submit(ctx: &Context<'_>, kind: Kind, solution: Solution) -> Result<Result<Submission, Refusal>> {
    let app = app(ctx)?;
    let queued = super::submit(&app.db, viewer(ctx)?, app.clock.now(), kind, solution).await?;
    app.queue_bell.ring();
    Ok(queued)
}
