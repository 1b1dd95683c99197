// Subscriptions of front ends: Apollo Client over graphql-ws with a link that resumes, and event streams as browsers read them.

import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, InMemoryCache } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import { Observable } from "rxjs";
import WebSocket from "ws";
import { EventLog } from "../browser/event_log.mjs";
import { SUBMISSION_EVENTS, VIEWER_EVENTS } from "./documents.mjs";
import { ORIGIN, books, count } from "./learner.mjs";

// Apollo's link looks at it when a socket fails, as it finds it in browsers.
globalThis.WebSocket ??= WebSocket;

const AGAIN_AFTER_MS = 250;
const PASSING = new Set(["UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"]);
// Why sockets broke, and how often streams began anew.
export const tally = { broken: new Map(), resets: new Map(), events: 0, followed: 0 };

// Subscribes again behind the last event received, whenever a stream breaks before its end.
const resume = new ApolloLink((operation, forward) => {
  return new Observable((observer) => {
    let inner;
    let timer;
    const again = (why) => {
      count(tally.broken, why);
      inner?.unsubscribe();
      timer = setTimeout(open, AGAIN_AFTER_MS * (0.5 + Math.random()));
    };
    const open = () => {
      operation.getContext().opened(operation.variables.after !== null);
      inner = forward(operation).subscribe({
        next(result) {
          if (result.errors !== undefined) {
            return mayPass(result.errors) ? again("an error in an event") : observer.error(new Error(JSON.stringify(result.errors)));
          }
          const [event] = Object.values(result.data);
          operation.variables = { ...operation.variables, after: event.cursor };
          observer.next(result);
        },
        error: (error) => (mayPass(error.errors) ? again(reason(error)) : observer.error(error)),
        complete: () => observer.complete(),
      });
    };
    open();
    return () => {
      clearTimeout(timer);
      inner?.unsubscribe();
    };
  });
});

// A socket that closed has no errors of GraphQL.
function mayPass(errors) {
  return errors === undefined || errors.every(({ extensions }) => PASSING.has(extensions?.code));
}

function reason(error) {
  if (CombinedGraphQLErrors.is(error)) {
    return error.errors[0].extensions.code;
  }
  return error.message.match(/closed with event (\d+)/)?.[1] ?? "not connected";
}

// A learner's page: one socket for all its subscriptions.
export class Page {
  #socket;
  #client;

  constructor({ token }) {
    this.#socket = createClient({
      url: `${ORIGIN.replace("http", "ws")}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
      shouldRetry: () => false,
      retryAttempts: 0,
    });
    this.#client = new ApolloClient({ cache: new InMemoryCache(), link: resume.concat(new GraphQLWsLink(this.#socket)) });
  }

  // Resolves with the submission as it was told at its end, after every event was found in its place.
  async follow({ id, verdict }) {
    const log = new EventLog();
    await this.#read(SUBMISSION_EVENTS, { submissionId: id, after: null }, (resumed) => log.open(resumed), ({ submissionEvents }) => {
      log.append(submissionEvents);
      noteReset(submissionEvents);
    });
    const finished = log.finish();
    assert.equal(finished.verdict, verdict, id);
    tally.followed += 1;
    return { finished, log };
  }

  // Until `isEnough` says so, which is asked after each event.
  async followViewer(isEnough) {
    const log = new ViewerLog();
    await this.#read(VIEWER_EVENTS, { after: null }, (resumed) => log.open(resumed), ({ viewerEvents }) => {
      log.append(viewerEvents);
      noteReset(viewerEvents);
      return isEnough(log);
    });
    return log;
  }

  #read(document, variables, opened, take) {
    return new Promise((resolve, reject) => {
      const subscribed = this.#client
        .subscribe({ query: parse(document), variables, fetchPolicy: "no-cache", context: { opened } })
        .subscribe({
          next({ data, error }) {
            try {
              assert.equal(error, undefined);
              tally.events += 1;
              if (take(data) === true) {
                subscribed.unsubscribe();
                resolve();
              }
            } catch (failure) {
              subscribed.unsubscribe();
              reject(failure);
            }
          },
          error: reject,
          complete: resolve,
        });
    });
  }

  async close() {
    this.#client.stop();
    await this.#socket.dispose();
  }
}

function noteReset(event) {
  if (event.__typename === "StreamReset") {
    count(tally.resets, event.cause);
  }
}

// What a learner's own stream told: each number once and in order, each XP entry once, and totals that add up.
class ViewerLog {
  xp = null;
  entries = new Set();
  #seq = null;
  #previous = null;

  open(resumed) {
    this.#previous = resumed ? "resumed" : "opened";
  }

  append(event) {
    const isSnapshot = event.__typename === "ViewerSnapshot";
    const isDue = this.#previous === "opened" || this.#previous === "StreamReset";
    assert.equal(isSnapshot, isDue, `${event.__typename} after ${this.#previous}`);
    if (isSnapshot) {
      this.xp = event.viewer.xp;
    } else if (event.__typename !== "StreamReset") {
      assert.equal(event.seq, this.#seq + 1, `${event.__typename} has seq ${event.seq} after ${this.#seq}`);
    }
    if (event.__typename === "XpAwarded") {
      assert.ok(!this.entries.has(event.entry.id), "XP was told of twice");
      this.entries.add(event.entry.id);
      this.xp += event.entry.amount;
      assert.equal(event.total, this.xp, "the totals do not add up");
    }
    this.#seq = event.seq;
    this.#previous = event.__typename;
  }
}

// An event stream that is read for so many events, or to its end, and continued from the id of the last one, as browsers do.
// Answers the id to go on from; null after the end.
export async function readEventStream({ token }, submissionId, log, { lastEventId = null, events = Infinity }) {
  const leaving = new AbortController();
  const response = await fetch(`${ORIGIN}/graphql`, {
    method: "POST",
    headers: {
      accept: "text/event-stream",
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      ...(lastEventId !== null && { "last-event-id": lastEventId }),
    },
    body: JSON.stringify({ query: SUBMISSION_EVENTS, variables: { submissionId, after: null } }),
    signal: leaving.signal,
  });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  log.open(lastEventId !== null);
  let taken = 0;
  for await (const message of messages(response.body)) {
    if (message.event === "complete") {
      return null;
    }
    const { data, errors } = JSON.parse(message.data);
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.equal(message.id, data.submissionEvents.cursor, "the cursor is the event's id");
    log.append(data.submissionEvents);
    taken += 1;
    if (taken === events) {
      leaving.abort();
      return message.id;
    }
  }
  throw new Error("the event stream broke off without its end");
}

async function* messages(body) {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const fields = text.slice(0, end).split("\n").filter((line) => !line.startsWith(":"));
      text = text.slice(end + 2);
      const pairs = fields.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trimStart()]);
      if (pairs.length > 0) {
        yield Object.fromEntries(pairs);
      }
    }
  }
}

export function show(map) {
  return map.size === 0 ? "none" : [...map].map(([what, times]) => `${what} x${times}`).join(", ");
}
