// Where the schema departs from a rule on purpose, and why. One that nothing needs any more is a finding.
//
// A name is a type or a field: `Check`, `Challenge.tasks`. A pattern is matched with the whole of it:
//   type WeakPassword implements UserError
//   Challenge.tasks: [Task!]!
//   Viewer.roles: [Role!]! of values      (scalars and enums)

/** Of `strict-id-in-types`: what is no entity has no identity of its own. */
const WITHOUT_ID = [
  [[/^type \w+ implements UserError$/], "a refusal is an answer, not a thing"],
  [[/^type \w+ implements Event$/], "its cursor names an event"],
  [[/^type \w+Success$/], "a payload is an answer, and what it is about is in it"],
  [[/^type \w+Connection$/, /^type \w+Edge$/, "PageInfo"], "the parts of a page, as Relay defines them"],
  [["Achievement", "Mission"], "its slug names it, and what it says differs from viewer to viewer"],
  [["Check", "CheckSpec", "QuizOption", "QuizQuestion", "Task"], "its id is unique beside its neighbours only; it belongs to what holds it"],
  [["Draft", "Hint", "Output", "QuestionResult", "RejudgeResult", "SourceFile"], "a part of a submission, a challenge, a quiz or a rejudge"],
  [["ChallengeProgress", "LessonProgress", "Lock", "TrackProgress"], "says how far somebody is with what has an id"],
  [["Dashboard", "DataExport", "LearningSettings", "Streak"], "there is one for each viewer"],
  [["GoalStanding", "NextStep", "Recommendation", "StreakDay"], "a part of what belongs to a viewer"],
  [["Leaderboard", "LeaderboardEntry", "SquadMember"], "a standing at one moment"],
  [["ReportCard", "Transcript"], "a sheet about a learner, named by its month or its moment"],
  [["ReportChange", "ReportFigures", "ReportFinding", "TrackReport"], "a part of a report card"],
  [["TranscriptChallenge", "TranscriptLesson", "TranscriptTrack"], "a part of a transcript"],
  [["CertificateVerification"], "an answer about a number, which may belong to nothing"],
];

/** Of `relay-edge-types`: lists that are no connections, and edges to what is no `Node`. */
const NO_CONNECTIONS = [
  [[/ of values$/], "values are read whole"],
  [[/^\w+Connection\.nodes: /], "the shorter form beside `edges`"],
  [["Leaderboard.edges", "Leaderboard.nodes", "Leaderboard.neighbours"], "a board is more than a connection: see below"],
  [["Query.nodes"], "as long as the list of ids that was given, and in its order"],
  [["Track.modules", "Module.lessons", "Module.challenges"], "the content fixes its length"],
  [["Challenge.starter", "Challenge.tasks", "Challenge.hints", "Task.checks"], "the content fixes its length"],
  [["Quiz.questions", "QuizQuestion.options", "AnswerQuizSuccess.questions", "Submission.checks"], "the content fixes its length"],
  [["Submission.files", "Draft.files"], "the limit on files bounds it"],
  [["Dashboard.missions", "Viewer.missions", "Dashboard.recentUnlocks", "Streak.days"], "its length is a number of the product"],
  [["Viewer.achievements", "Viewer.drafts"], "at most one for each achievement or challenge that there is"],
  [["Viewer.certificates", "GroupMember.certificates", "Transcript.certificates"], "at most one for each certificate that can be earned"],
  [["ReportCard.strengths", "ReportCard.weaknesses", "ReportCard.tracks"], "at most one for each part of the curriculum"],
  [["Transcript.tracks", "TranscriptTrack.lessons", "TranscriptTrack.challenges"], "at most one for each part of the curriculum"],
  [["Squad.members", "Viewer.squads", "Viewer.groups", "Viewer.ledGroups"], "a limit of the platform bounds it"],
  [["NotificationEdge", "RejudgeResultEdge", "ReportCardEdge", "XpEntryEdge"], "its node is read with its owner alone, never by an id"],
];

/** Of `relay-connection-types`. */
const NAMES_OF_CONNECTIONS = [[["Leaderboard"], "a board is more than its page: the own entry, the neighbours, how many there are"]];

const of = (rule, exceptions) => exceptions.flatMap(([places, reason]) => places.map((at) => ({ rule, at, reason })));

export const EXCEPTIONS = [
  ...of("strict-id-in-types", WITHOUT_ID),
  ...of("relay-edge-types", NO_CONNECTIONS),
  ...of("relay-connection-types", NAMES_OF_CONNECTIONS),
];
