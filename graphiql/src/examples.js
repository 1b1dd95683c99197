// The tabs of a first visit. GraphiQL keeps what the visitor makes of them in localStorage.

const tracks = `# Everything that can be learned here.
query Tracks {
  tracks(first: 10) {
    nodes {
      slug
      title
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const submitSolution = `# Hands in files for a challenge. The answer comes
# before they are judged: follow that in the next tab.
mutation SubmitSolution($input: SubmitSolutionInput!) {
  submitSolution(input: $input) {
    __typename
    ... on SubmitSolutionSuccess {
      submission {
        id
        status
        queuePosition
        etaMs
      }
    }
    ... on UserError {
      code
      message
      path
    }
  }
}
`;

const submissionEvents = `# Everything that happens to a submission, from now or
# from a cursor on, until its verdict.
subscription SubmissionEvents($submissionId: ID!, $after: Cursor) {
  submissionEvents(submissionId: $submissionId, after: $after) {
    __typename
    ... on Event {
      seq
      cursor
      at
    }
    ... on SubmissionSnapshot {
      submission {
        status
        output {
          stdout
        }
      }
    }
    ... on QueuePositionChanged {
      position
      etaMs
    }
    ... on OutputChunk {
      stream
      text
    }
    ... on CheckFinished {
      check {
        title
        status
      }
    }
    ... on SubmissionFinished {
      submission {
        status
        verdict
        score
        maxScore
      }
    }
    ... on StreamReset {
      cause
    }
  }
}
`;

const json = (value) => JSON.stringify(value, null, 2);

export const exampleTabs = [
  { query: tracks },
  {
    query: submitSolution,
    variables: json({
      input: {
        challengeSlug: "challenge-slug",
        files: [{ path: "main.py", content: "def answer():\n    return 42\n" }],
        clientRequestId: "a-new-id-for-every-attempt",
      },
    }),
  },
  { query: submissionEvents, variables: json({ submissionId: "submission_...", after: null }) },
];
