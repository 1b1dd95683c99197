// The operations that the trial sends. What is submitted answers as `sent`.

export const REGISTER = `mutation Register($input: RegisterInput!) {
  register(input: $input) { __typename ... on UserError { code message } }
}`;

export const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) { __typename ... on LoginSuccess { accessToken } ... on UserError { code message } }
}`;

export const ANSWER_QUIZ = `mutation AnswerQuiz($input: AnswerQuizInput!) {
  answerQuiz(input: $input) { __typename ... on AnswerQuizSuccess { passed } ... on UserError { code message } }
}`;

export const SUBMIT_SOLUTION = `mutation SubmitSolution($input: SubmitSolutionInput!) {
  sent: submitSolution(input: $input) {
    __typename
    ... on SubmitSolutionSuccess { submission { id } }
    ... on UserError { code message }
  }
}`;

export const RUN_CODE = `mutation RunCode($input: RunCodeInput!) {
  sent: runCode(input: $input) {
    __typename
    ... on RunCodeSuccess { submission { id } }
    ... on UserError { code message }
  }
}`;

export const SUBMISSION = `query Submission($id: ID!) {
  submission(id: $id) { status verdict }
}`;

export const XP = `query Xp {
  viewer { xp }
}`;

export const CURRICULUM = `query Curriculum {
  tracks(first: 20) { nodes { slug modules { lessons { slug challenge { slug } } } } }
}`;

export const SUBMISSION_EVENTS = `subscription SubmissionEvents($submissionId: ID!, $after: Cursor) {
  submissionEvents(submissionId: $submissionId, after: $after) {
    __typename
    ... on Event { cursor seq at }
    ... on SubmissionSnapshot { submission { id status output { stdout stderr truncated } } }
    ... on OutputChunk { stream text offset truncated }
    ... on SubmissionFinished { submission { id verdict score maxScore output { stdout stderr truncated } } }
    ... on StreamReset { cause }
  }
}`;

export const VIEWER_EVENTS = `subscription ViewerEvents($after: Cursor) {
  viewerEvents(after: $after) {
    __typename
    ... on Event { cursor seq }
    ... on ViewerSnapshot { viewer { xp } }
    ... on XpAwarded { entry { id amount } total }
    ... on StreamReset { cause }
  }
}`;
