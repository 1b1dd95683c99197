//! The expected refusals of mutations: members of payload unions, all with `code`, `message` and `path`.

use async_graphql::{Interface, SimpleObject};

macro_rules! refusals {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(SimpleObject, Clone, Debug)]
            pub struct $name {
                /// Stable and documented; for programs.
                pub code: String,
                /// For people, in English.
                pub message: String,
                /// The input field it is about, from `input` on; empty when it is about the whole.
                #[graphql(complexity = "2")]
                pub path: Vec<String>,
            }
            impl $name {
                pub fn new(message: impl Into<String>) -> Self {
                    Self { code: $code.to_owned(), message: message.into(), path: Vec::new() }
                }
                #[must_use]
                pub fn at(mut self, path: &[&str]) -> Self {
                    self.path = path.iter().map(|part| (*part).to_owned()).collect();
                    self
                }
            }
        )*
        /// An expected refusal: nothing was changed, and the message says what to do instead.
        #[derive(Interface, Clone, Debug)]
        #[graphql(field(name = "code", ty = "&String", desc = "Stable and documented; for programs."),
                  field(name = "message", ty = "&String", desc = "For people, in English."),
                  field(name = "path", ty = "&Vec<String>", desc = "The input field it is about, from `input` on; empty when it is about the whole."))]
        pub enum UserError { $($name($name),)* }
    };
}

refusals! {
    /// An account with this e-mail address exists already.
    EmailTaken = "EMAIL_TAKEN";
    /// The password is too short, too long or among the most used ones.
    WeakPassword = "WEAK_PASSWORD";
    /// E-mail address and password do not belong together.
    InvalidCredentials = "INVALID_CREDENTIALS";
    /// A field of the input breaks a rule that the message names.
    InvalidInput = "INVALID_INPUT";
    /// The refresh token is unknown, expired or was used before; log in again.
    InvalidRefreshToken = "INVALID_REFRESH_TOKEN";
    /// The account is suspended.
    AccountSuspended = "ACCOUNT_SUSPENDED";
    /// The account is the only admin left, and the platform keeps one.
    LastAdmin = "LAST_ADMIN";
    /// Files are larger or more than the limits allow.
    SolutionTooLarge = "SOLUTION_TOO_LARGE";
    /// The item is not open yet; the message says what opens it.
    ChallengeLocked = "CHALLENGE_LOCKED";
    /// The lesson is not open yet; the message says what opens it.
    LessonLocked = "LESSON_LOCKED";
    /// Too many runs of this learner are waiting or running.
    TooManyInFlight = "TOO_MANY_IN_FLIGHT";
    /// The plan's limit is reached; the message says when it opens again.
    PlanLimitReached = "PLAN_LIMIT_REACHED";
    /// There is nothing to judge: no file, or only empty ones.
    NotGradable = "NOT_GRADABLE";
    /// The quiz may be answered again a little later.
    QuizRetakeTooSoon = "QUIZ_RETAKE_TOO_SOON";
    /// The next hint opens after another graded attempt, or there is none left.
    HintLocked = "HINT_LOCKED";
    /// The run takes no more input: it was started with all of it, or the end was sent.
    InputClosed = "INPUT_CLOSED";
    /// A run takes only so much input.
    InputTooLarge = "INPUT_TOO_LARGE";
    /// A rejudge of this challenge is under way.
    RejudgeInProgress = "REJUDGE_IN_PROGRESS";
    /// The rejudge is not where it would have to be for this; the message says why.
    RejudgeNotReady = "REJUDGE_NOT_READY";
    /// It was changed too often in the last 24 hours.
    TooManyChanges = "TOO_MANY_CHANGES";
    /// The squad has as many members as there may be.
    SquadFull = "SQUAD_FULL";
    /// The viewer is in as many squads as there may be.
    TooManySquads = "TOO_MANY_SQUADS";
    /// The submission has ended already.
    AlreadyFinished = "ALREADY_FINISHED";
    /// The certificate was revoked before.
    AlreadyRevoked = "ALREADY_REVOKED";
    /// No group has this invitation code, or not any more.
    InvalidInvitation = "INVALID_INVITATION";
    /// The group has as many members as a group may have.
    GroupFull = "GROUP_FULL";
    /// The account leads, or is in, as many groups as it may.
    TooManyGroups = "TOO_MANY_GROUPS";
    /// An export was asked for less than an hour ago.
    ExportTooSoon = "EXPORT_TOO_SOON";
}
