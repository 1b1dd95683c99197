// The operations that the checks in this folder send.

export const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess { viewer { displayName } accessToken }
    ... on UserError { code message }
  }
}`;

export const SUBMIT_SOLUTION = `mutation SubmitSolution($input: SubmitSolutionInput!) {
  submitSolution(input: $input) {
    __typename
    ... on SubmitSolutionSuccess { submission { id status } }
    ... on UserError { code message }
  }
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
