// Hands in a solution and follows its judging with the clients that front ends use: once with `graphql-ws`
// alone and once with Apollo Client. Each run loses its socket midway and resumes from its last cursor.
//
//   BASE_URL     the server under test           (http://127.0.0.1:8000)
//   EMAIL        an account of that server       (required)
//   PASSWORD     its password                    (required)
//   CHALLENGE    slug of an open challenge       (required)
//   SOURCE_FILE  the file to hand in             (required)
//   FILE_PATH    its path inside the challenge   (main.py)
//   DROP_AFTER   events before the socket is cut (2)
//   EXPECT       the verdict that must come      (any)
//
// Ends with a status other than 0 if an event is missing, comes twice or comes out of order.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition } from "@apollo/client/utilities";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { LOGIN, SUBMISSION_EVENTS, SUBMIT_SOLUTION } from "./documents.mjs";
import { EventLog } from "./event_log.mjs";
import { fail, required, step } from "./support.mjs";

const httpUrl = new URL("/graphql", process.env.BASE_URL ?? "http://127.0.0.1:8000");
const socketUrl = new URL(httpUrl);
socketUrl.protocol = httpUrl.protocol === "https:" ? "wss:" : "ws:";
const challengeSlug = required("CHALLENGE");
const file = { path: process.env.FILE_PATH ?? "main.py", content: await readFile(required("SOURCE_FILE"), "utf8") };
const dropAfter = Number(process.env.DROP_AFTER ?? 2);
const TIMEOUT_MS = 120_000;

const watchdog = setTimeout(() => {
  fail(new Error(`no verdict within ${TIMEOUT_MS} ms`));
  process.exit();
}, TIMEOUT_MS);
try {
  const token = await logIn(required("EMAIL"), required("PASSWORD"));
  await check("graphql-ws", bareClient(token));
  await check("@apollo/client", apolloClient(token));
} catch (error) {
  fail(error);
} finally {
  // A check that failed leaves its socket open.
  clearTimeout(watchdog);
  process.exit();
}

async function check(name, client) {
  const input = { challengeSlug, files: [file], clientRequestId: randomUUID() };
  const submission = await submit(client, input);
  assert.equal((await submit(client, input)).id, submission.id, "the same request hands in nothing new");

  const log = new EventLog();
  let cuts = 0;
  let after = null;
  for (;;) {
    const end = await follow(client, { submissionId: submission.id, after }, log, cuts === 0);
    if (end === "complete") {
      break;
    }
    cuts += 1;
    after = log.lastCursor;
  }
  await client.dispose();

  const finished = log.finish();
  assert.equal(cuts, 1, `the judging ended before ${dropAfter} events: lower DROP_AFTER`);
  if (process.env.EXPECT) {
    assert.equal(finished.verdict, process.env.EXPECT);
  }
  step(`${name}: ${finished.verdict}, ${finished.score} of ${finished.maxScore}; ${log.summary()}; resumed after a cut`);
}

async function submit(client, input) {
  const { submitSolution } = await client.mutate(SUBMIT_SOLUTION, { input });
  assert.equal(submitSolution.__typename, "SubmitSolutionSuccess", JSON.stringify(submitSolution));
  return submitSolution.submission;
}

// Reads events until the server completes the stream ("complete") or the socket is gone ("cut").
function follow(client, variables, log, mayCut) {
  return new Promise((resolve, reject) => {
    const resumed = variables.after !== null;
    log.open(resumed);
    let cut = false;
    client.subscribe(SUBMISSION_EVENTS, variables, {
      next({ submissionEvents }) {
        try {
          log.append(submissionEvents);
        } catch (error) {
          reject(error);
        }
        if (mayCut && !cut && log.received >= dropAfter) {
          cut = true;
          client.cut();
        }
      },
      error: (error) => (cut ? resolve("cut") : reject(error)),
      complete: () => resolve("complete"),
    });
  });
}

// Clients try again on their own, but with the variables of the first try. Here the check resumes itself.
function socketClient(token) {
  let live = null;
  const client = createClient({
    url: socketUrl.href,
    webSocketImpl: WebSocket,
    shouldRetry: () => false,
    connectionParams: { authorization: `Bearer ${token}` },
    on: {
      connected: (socket) => {
        live = socket;
      },
    },
  });
  return { client, cut: () => live.terminate() };
}

function bareClient(token) {
  const { client, cut } = socketClient(token);
  return {
    cut,
    mutate: (query, variables) => post(query, variables, token),
    subscribe: (query, variables, sink) =>
      client.subscribe({ query, variables }, { ...sink, next: (result) => settle(result, sink) }),
    dispose: () => client.dispose(),
  };
}

function apolloClient(token) {
  const { client, cut } = socketClient(token);
  const apollo = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ query }) => getMainDefinition(query).operation === "subscription",
      new GraphQLWsLink(client),
      new HttpLink({ uri: httpUrl.href, headers: { authorization: `Bearer ${token}` } }),
    ),
  });
  const fetchPolicy = "no-cache";
  return {
    cut,
    mutate: async (query, variables) => (await apollo.mutate({ mutation: parse(query), variables, fetchPolicy })).data,
    subscribe: (query, variables, sink) =>
      apollo
        .subscribe({ query: parse(query), variables, fetchPolicy })
        .subscribe({ ...sink, next: (result) => settle(result, sink) }),
    dispose: async () => {
      apollo.stop();
      await client.dispose();
    },
  };
}

function settle({ data, errors, error }, sink) {
  const failure = error ?? (errors === undefined ? undefined : new Error(JSON.stringify(errors)));
  return failure === undefined ? sink.next(data) : sink.error(failure);
}

async function logIn(email, password) {
  const { login } = await post(LOGIN, { input: { email, password } });
  assert.equal(login.__typename, "LoginSuccess", JSON.stringify(login));
  step(`logged in as ${login.viewer.displayName}`);
  return login.accessToken;
}

async function post(query, variables, token) {
  const response = await fetch(httpUrl, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}
