// Follows submissions to their ends with stock @apollo/client while servers come and go: its own RetryLink over its own link
// for graphql-ws, and between them the few lines that make a subscription go on behind its last event.
//
//   URLS         the servers, with commas between them; each connection goes to the next (required)
//   stdin        a JSON object a line: {"submissionId", "token"}; its end says that no more will come
//   stdout       a line for each submission that has ended, then a summary
//
// Ends with a status other than 0 if an event is missing, comes twice or comes out of order.

import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { ApolloClient, ApolloLink, InMemoryCache } from "@apollo/client";
import { RetryLink } from "@apollo/client/link/retry";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import { tap } from "rxjs";
import WebSocket from "ws";
import { SUBMISSION_EVENTS } from "./documents.mjs";
import { EventLog } from "./event_log.mjs";
import { required, step } from "./support.mjs";

// Apollo's link asks the browser's class what an error is, and Node 20 has none.
globalThis.WebSocket ??= WebSocket;

const urls = required("URLS").split(",");
const document = parse(SUBMISSION_EVENTS);
const RETRY_WAIT_MS = 250;

let turn = 0;
const learners = new Map();

// One socket for a learner, as in an app.
function learner(token) {
  let known = learners.get(token);
  if (known === undefined) {
    known = { logs: new Set() };
    const socket = createClient({
      url: () => urls[turn++ % urls.length],
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: Number.POSITIVE_INFINITY,
      shouldRetry: () => true,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, RETRY_WAIT_MS)),
      // Every subscription of this socket begins again on the new one.
      on: { connected: () => known.logs.forEach((log) => log.open(log.lastCursor !== null)) },
    });
    const retry = new RetryLink({ attempts: { max: Number.POSITIVE_INFINITY }, delay: { initial: RETRY_WAIT_MS, max: RETRY_WAIT_MS } });
    const link = ApolloLink.from([retry, noting, resume, new GraphQLWsLink(socket)]);
    known.apollo = new ApolloClient({ cache: new InMemoryCache(), link });
    learners.set(token, known);
  }
  return known;
}

// All that resuming takes: both retries send the variables of this operation again.
const resume = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    tap(({ data }) => {
      operation.variables.after = data?.submissionEvents?.cursor ?? operation.variables.after;
    }),
  ),
);

// For the check alone: one that begins again on a socket that lives.
const noting = new ApolloLink((operation, forward) => {
  const { log } = operation.getContext();
  log.open(log.lastCursor !== null);
  return forward(operation);
});

function follow({ apollo, logs }, submissionId) {
  const log = new EventLog();
  logs.add(log);
  return new Promise((resolve, reject) => {
    const failed = (cause) => reject(new Error(`${submissionId}: ${log.summary()}`, { cause }));
    const events = apollo.subscribe({ query: document, variables: { submissionId }, fetchPolicy: "no-cache", context: { log } });
    events.subscribe({
      next({ data, error }) {
        try {
          assert.equal(error, undefined, "what passes is tried again below, and nothing else may fail");
          log.append(data.submissionEvents);
        } catch (broken) {
          failed(broken);
        }
      },
      error: failed,
      complete() {
        logs.delete(log);
        try {
          step(`${submissionId}: ${log.finish().verdict}`);
          resolve(log);
        } catch (broken) {
          failed(broken);
        }
      },
    });
  });
}

const ends = [];
for await (const line of createInterface({ input: process.stdin })) {
  const { submissionId, token } = JSON.parse(line);
  ends.push(follow(learner(token), submissionId));
}
const logs = await Promise.all(ends);
const total = (count) => logs.reduce((sum, log) => sum + count(log), 0);
step(`${logs.length} logs whole: ${total((log) => log.received)} events over ${total((log) => log.connections)} connections, ${total((log) => log.resets)} resets`);
process.exit();
