// How a front end uses the generated types: without a cast, and told apart by `__typename`. Compiled by gates/types.mjs.
import type { SubmissionEventsSubscription, SubmitSolutionMutation, SubmitSolutionMutationVariables } from "./operations";
import type { Submission } from "./schema";

export const variables: SubmitSolutionMutationVariables = {
  input: { challengeSlug: "a", files: [{ path: "a.py", content: "" }], clientRequestId: "1" },
};

export function taken({ submitSolution }: SubmitSolutionMutation): string {
  if (submitSolution.__typename === "SubmitSolutionSuccess") {
    return submitSolution.submission.id;
  }
  const path: ReadonlyArray<string> = submitSolution.path;
  return `${submitSolution.code} at ${path.join(".")}: ${submitSolution.message}`;
}

export function shown({ submissionEvents: event }: SubmissionEventsSubscription): string | number | null {
  switch (event.__typename) {
    case "OutputChunk":
      return event.text;
    case "CheckFinished":
      return event.check.title;
    case "SubmissionFinished":
      return event.submission.score;
    default:
      return event.seq;
  }
}

export function finished(submission: Submission): string | null | undefined {
  return submission.finishedAt;
}
