//! The names that clients and outside checks rely on, with their arguments and types.

use std::collections::BTreeSet;

use super::{Member, types};

const FIELDS: &str = "
Query.viewer: Viewer
Query.node(id: ID!): Node
Query.nodes(ids: [ID!]!): [Node]!
Query.tracks(first: Int, after: String, last: Int, before: String): TrackConnection!
Query.track(slug: String!): Track
Query.lesson(slug: String!): Lesson
Query.challenge(slug: String!): Challenge
Query.submission(id: ID!): Submission
Query.verifyCertificate(code: String!): CertificateVerification!
Query.group(id: ID!): Group
Subscription.submissionEvents(submissionId: ID!, after: Cursor): SubmissionEvent!
Subscription.viewerEvents(after: Cursor): ViewerEvent!
UserError.code: String!
UserError.message: String!
UserError.path: [String!]!
Event.cursor: Cursor!
Event.seq: Int!
Event.at: DateTime!
Node.id: ID!
RegisterInput.email: String!
RegisterInput.password: String!
RegisterInput.displayName: String!
RegisterInput.timeZone: String!
LoginInput.email: String!
LoginInput.password: String!
RefreshSessionInput.refreshToken: String!
RegisterSuccess.viewer: Viewer!
RegisterSuccess.accessToken: String!
RegisterSuccess.refreshToken: String!
RegisterSuccess.expiresIn: Int!
LoginSuccess.viewer: Viewer!
LoginSuccess.accessToken: String!
LoginSuccess.refreshToken: String!
LoginSuccess.expiresIn: Int!
RefreshSessionSuccess.viewer: Viewer!
RefreshSessionSuccess.accessToken: String!
RefreshSessionSuccess.refreshToken: String!
RefreshSessionSuccess.expiresIn: Int!
SubmitSolutionInput.challengeSlug: String!
SubmitSolutionInput.files: [FileInput!]!
SubmitSolutionInput.clientRequestId: String!
RunChecksInput.challengeSlug: String!
RunChecksInput.files: [FileInput!]!
RunChecksInput.clientRequestId: String!
FileInput.path: String!
FileInput.content: String!
RunCodeInput.runtime: Runtime!
RunCodeInput.files: [FileInput!]!
RunCodeInput.entry: String
RunCodeInput.args: [String!]!
RunCodeInput.stdin: String!
RunCodeInput.clientRequestId: String!
SubmitSolutionSuccess.submission: Submission!
RunChecksSuccess.submission: Submission!
RunCodeSuccess.submission: Submission!
SubmissionSnapshot.submission: Submission!
QueuePositionChanged.position: Int!
QueuePositionChanged.etaMs: Int!
OutputChunk.stream: OutputStream!
OutputChunk.text: String!
OutputChunk.offset: Int!
OutputChunk.truncated: Boolean!
CheckStarted.check: Check!
CheckFinished.check: Check!
SubmissionFinished.submission: Submission!
StreamReset.cause: StreamResetCause!
ViewerSnapshot.viewer: Viewer!
XpAwarded.entry: XpEntry!
XpAwarded.total: Int!
LevelReached.level: Int!
AchievementUnlocked.achievement: Achievement!
MissionCompleted.mission: Mission!
StreakChanged.streak: Streak!
NotificationCreated.notification: Notification
LeaderboardSnapshot.leaderboard: Leaderboard!
RankChanged.entry: LeaderboardEntry!
Submission.id: ID!
Submission.kind: SubmissionKind!
Submission.status: SubmissionStatus!
Submission.verdict: Verdict
Submission.score: Int
Submission.maxScore: Int
Submission.challenge: Challenge
Submission.files: [SourceFile!]!
Submission.output: Output!
Submission.checks: [Check!]!
Submission.attempt: Int
Submission.contentVersion: ID
Submission.queuePosition: Int
Submission.etaMs: Int
Submission.eventCursor: Cursor!
Submission.createdAt: DateTime!
Submission.finishedAt: DateTime
SourceFile.path: String!
SourceFile.content: String!
Output.stdout: String!
Output.stderr: String!
Output.truncated: Boolean!
Check.id: String!
Check.title: String!
Check.status: CheckStatus!
Check.points: Int!
Check.maxPoints: Int!
Check.visibility: CheckVisibility!
Check.message: String
Check.expected: String
Check.actual: String
Check.cpuMs: Int
Check.wallMs: Int
Check.peakMemoryKib: Int
Viewer.id: ID!
Viewer.displayName: String!
Viewer.email: String!
Viewer.timeZone: String!
Viewer.roles: [Role!]!
Viewer.plan: String!
Viewer.xp: Int!
Viewer.level: Int!
Viewer.progress(trackSlug: String!): TrackProgress
Viewer.achievements: [Achievement!]!
Viewer.streak: Streak!
Viewer.missions: [Mission!]!
Viewer.dashboard: Dashboard!
Viewer.notifications(unreadOnly: Boolean!, first: Int, after: String, last: Int, before: String): NotificationConnection!
Viewer.submissions(challengeSlug: String, first: Int, after: String, last: Int, before: String): SubmissionConnection!
Viewer.drafts: [Draft!]!
Viewer.certificates: [Certificate!]!
Viewer.reportCard(month: String!): ReportCard
Viewer.reportCards(first: Int, after: String, last: Int, before: String): ReportCardConnection!
Viewer.transcript: Transcript!
Viewer.groups: [Group!]!
Viewer.ledGroups: [Group!]!
CertificateIssued.certificate: Certificate!
CertificateVerification.status: CertificateStatus!
CertificateVerification.certificate: Certificate
";

const MUTATIONS: &str = "register login refreshSession logout suspendUser setUserRole startLesson heartbeatLesson answerQuiz completeLesson \
    submitSolution runChecks runCode sendInput cancelSubmission rejudgeSubmission saveDraft resetDraft revealHint reportProblem \
    updateLearningSettings markNotificationsRead correctXp createSquad joinSquad leaveSquad \
    requestDataExport deleteAccount revokeCertificate createGroup rotateGroupCode deleteGroup joinGroup leaveGroup removeGroupMember";

fn signature(owner: &str, field: &Member) -> String {
    let given: Vec<String> = field.arguments.iter().map(|given| format!("{}: {}", given.name, given.kind)).collect();
    let given = if given.is_empty() { String::new() } else { format!("({})", given.join(", ")) };
    format!("{owner}.{}{given}: {}", field.name, field.kind)
}

#[tokio::test]
async fn the_promised_fields_are_there() {
    let all = types().await;
    let signatures: BTreeSet<String> =
        all.values().flat_map(|kind| kind.fields.iter().chain(&kind.input_fields).map(|field| signature(&kind.name, field))).collect();
    let missing: Vec<String> = FIELDS
        .lines()
        .filter(|line| !line.is_empty() && !signatures.contains(*line))
        .map(|line| {
            let start = line.split(['(', ':']).next().unwrap_or(line);
            let has = signatures.iter().find(|signature| signature.split(['(', ':']).next() == Some(start));
            format!("{line}, but there is {has:?}")
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let mutations: BTreeSet<&str> = all["Mutation"].fields.iter().map(|field| field.name.as_str()).collect();
    let missing: Vec<&str> = MUTATIONS.split_whitespace().filter(|name| !mutations.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn the_promised_values_and_members_are_there() {
    let all = types().await;
    for (name, wanted) in [
        ("Runtime", "PYTHON DATA WEB CLOUD"),
        ("Role", "LEARNER INSTRUCTOR ADMIN"),
        ("CheckVisibility", "PUBLIC HIDDEN ON_FAIL"),
        ("SubmissionStatus", "QUEUED RUNNING FINISHED"),
        ("OutputStream", "STDOUT STDERR"),
        ("CertificateStatus", "VALID REVOKED UNKNOWN"),
        ("ReportLetter", "A B C D F"),
    ] {
        let values: BTreeSet<&str> = all[name].values.iter().map(|(value, _)| value.as_str()).collect();
        assert_eq!(values, wanted.split_whitespace().collect(), "{name}");
    }
    for (name, wanted) in [
        (
            "SubmissionEvent",
            "SubmissionSnapshot QueuePositionChanged SubmissionStarted OutputChunk CheckStarted CheckFinished SubmissionFinished StreamReset",
        ),
        ("ViewerEvent", "ViewerSnapshot XpAwarded LevelReached AchievementUnlocked CertificateIssued StreamReset"),
        ("SubmitSolutionPayload", "SubmitSolutionSuccess SolutionTooLarge ChallengeLocked TooManyInFlight PlanLimitReached NotGradable"),
        ("RegisterPayload", "RegisterSuccess EmailTaken WeakPassword"),
        ("LoginPayload", "LoginSuccess InvalidCredentials"),
    ] {
        let members: BTreeSet<&str> = all[name].members.iter().map(String::as_str).collect();
        let missing: Vec<&str> = wanted.split_whitespace().filter(|member| !members.contains(member)).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
    }
}
