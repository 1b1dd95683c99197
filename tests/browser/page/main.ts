// The least that a front end does: log in, submit, show the run and the XP as they come.

import { gql, type OperationVariables } from "@apollo/client";
import { connect, emptyRun, foldRun, type RunEvent, type RunState, type Tokens, type TokenStore } from "../../../graphql/client/src/index";
import LOGIN from "../../../graphql/accounts/Login.graphql";
import VIEWER from "../../../graphql/accounts/Viewer.graphql";
import VIEWER_EVENTS from "../../../graphql/progress/ViewerEvents.graphql";
import SUBMISSION_EVENTS from "../../../graphql/submissions/SubmissionEvents.graphql";
import SUBMIT_SOLUTION from "../../../graphql/submissions/SubmitSolution.graphql";

type Result<Name extends string, Value> = Record<Name, Value & { __typename: string; message?: string }>;
interface ViewerEvent {
  __typename: string;
  seq: number;
  viewer?: { xp: number };
  total?: number;
}

const { api, challenge, path } = Object.fromEntries(new URLSearchParams(location.search)) as Record<"api" | "challenge" | "path", string>;
// What the check reads.
const heard = { run: [] as RunEvent[], viewer: [] as ViewerEvent[], errors: [] as string[] };
const operations = { viewers: (count: number) => Promise.all(Array.from({ length: count }, readViewer)) };
Object.assign(window, { heard, operations });

const store: TokenStore = {
  read: () => JSON.parse(sessionStorage.getItem("tokens") ?? "null") as Tokens | null,
  write: (tokens) => sessionStorage.setItem("tokens", JSON.stringify(tokens)),
};
const { client, session } = connect({
  url: api,
  store,
  onSessionEnd: () => show("who", "Nobody"),
  onSocketStateChange: (state) => show("socket", state),
});

onSubmit("login", async (fields) => {
  const login = await mutate<Result<"login", Tokens & { viewer: { displayName: string } }>>(LOGIN, { input: fields });
  session.begin(login.login);
  show("who", login.login.viewer.displayName);
  follow<{ viewerEvents: ViewerEvent }>(VIEWER_EVENTS, {}, ({ viewerEvents: event }) => {
    heard.viewer.push(event);
    const xp = event.viewer?.xp ?? event.total;
    if (xp !== undefined) {
      show("xp", String(xp));
    }
  });
});

onSubmit("solve", async ({ content }) => {
  const input = { challengeSlug: challenge, files: [{ path, content }], clientRequestId: crypto.randomUUID() };
  const { submitSolution } = await mutate<Result<"submitSolution", { submission: { id: string } }>>(SUBMIT_SOLUTION, { input });
  let run = emptyRun;
  follow<{ submissionEvents: RunEvent }>(SUBMISSION_EVENTS, { submissionId: submitSolution.submission.id }, ({ submissionEvents: event }) => {
    heard.run.push(event);
    render((run = foldRun(run, event)));
  });
});

function follow<Data>(query: string, variables: OperationVariables, next: (data: Data) => void): void {
  client.subscribe<Data>({ query: gql(query), variables, fetchPolicy: "no-cache" }).subscribe({
    next: ({ data, error }) => (error ? heard.errors.push(String(error)) : next(data as Data)),
    error: (error) => heard.errors.push(String(error)),
  });
}

async function mutate<Data extends Record<string, { __typename: string; message?: string }>>(mutation: string, variables: OperationVariables): Promise<Data> {
  const { data } = await client.mutate<Data>({ mutation: gql(mutation), variables });
  const [payload] = Object.values(data!);
  if (!payload!.__typename.endsWith("Success")) {
    show("status", payload!.message ?? payload!.__typename);
    throw new Error(payload!.message);
  }
  return data!;
}

async function readViewer(): Promise<string> {
  const { data } = await client.query<{ viewer: { displayName: string } | null }>({ query: gql(VIEWER), fetchPolicy: "no-cache" });
  return data?.viewer?.displayName ?? "nobody";
}

function render({ submission, output, checks, queuePosition, isFinished }: RunState): void {
  const place = queuePosition === null ? "" : `, place ${queuePosition} in the queue`;
  show("status", isFinished ? `Verdict: ${submission?.verdict}` : `Running${place}`);
  show("output", output.stdout + output.stderr);
  const items = checks.map((check) => Object.assign(document.createElement("li"), { textContent: (check as { title?: string }).title ?? check.id }));
  items.forEach((item, number) => (item.dataset.status = checks[number]!.status));
  document.getElementById("checks")!.replaceChildren(...items);
}

function onSubmit(id: string, act: (fields: Record<string, string>) => Promise<void>): void {
  const form = document.getElementById(id) as HTMLFormElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(Object.fromEntries(new FormData(form)) as Record<string, string>).catch((error: unknown) => heard.errors.push(String(error)));
  });
}

function show(id: string, text: string): void {
  document.getElementById(id)!.textContent = text;
}
