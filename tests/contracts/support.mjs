// What the checks of clients share. The test that runs a script starts the servers, names them in SERVERS (a JSON object: name to
// host and port) and does what `stage` asks for: it reads a line and answers with one.

import assert from "node:assert/strict";
import { createServer, connect } from "node:net";
import { createInterface } from "node:readline";

/// How long a case may take before it has failed.
const DEADLINE_MS = 20_000;

const servers = JSON.parse(process.env.SERVERS ?? "{}");

export const http = (name) => `http://${servers[name]}/graphql`;
export const ws = (name) => `ws://${servers[name]}/graphql`;

const asked = [];
createInterface({ input: process.stdin }).on("line", (line) => asked.shift()(line));

/// Has the test do something: `alive <server> <count>` waits until so many streams run there, `left <server>` until it has no sockets,
/// `drain <server>` stops it as a deployment does, `expire` lets every access token end.
export function stage(...words) {
  const answer = new Promise((resolve) => asked.push(resolve));
  console.log(`stage ${words.join(" ")}`);
  return answer;
}

/// Runs the cases one after the other: an object of name to function. With CASES, those whose name contains it.
export async function run(cases) {
  const chosen = Object.entries(cases).filter(([name]) => name.includes(process.env.CASES ?? ""));
  let passed = 0;
  for (const [name, body] of chosen) {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(reject, DEADLINE_MS, new Error("it does not come to an end"))));
    try {
      await Promise.race([body(), late]);
      passed += 1;
      console.log(`ok  ${name}`);
    } catch (error) {
      console.log(`FAILED  ${name}: ${error?.stack ?? JSON.stringify(error)}`);
    }
    clearTimeout(timer);
  }
  console.log(`${passed} of ${chosen.length} cases ok`);
  process.exit(passed === chosen.length ? 0 : 1);
}

/// An operation of either client: its results in turn, without what they cost, and how it ended.
export function follow(client, payload) {
  const results = [];
  let arrived = () => {};
  let ended;
  const end = new Promise((resolve) => (ended = resolve));
  const finish = (how) => {
    ended(how);
    arrived();
  };
  const leave = client.subscribe(payload, {
    next({ extensions, ...result }) {
      results.push(result);
      arrived();
    },
    error: (error) => finish({ error }),
    complete: () => finish("complete"),
  });
  return {
    /// "complete", or `{ error }`.
    end,
    leave,
    /// The next result; fails when the operation ends first.
    async next() {
      for (;;) {
        if (results.length > 0) return results.shift();
        const over = await Promise.race([end, new Promise((resolve) => (arrived = () => resolve(undefined)))]);
        if (over !== undefined && results.length === 0) {
          assert.fail(`ended instead of a result: ${over === "complete" ? over : describe(over.error)}`);
        }
      }
    },
    /// Every result that is left; fails when it does not complete.
    async rest() {
      const over = await end;
      assert.equal(over, "complete", describe(over.error));
      return results.splice(0);
    },
  };
}

export function describe(error) {
  return error?.code === undefined ? (error?.stack ?? JSON.stringify(error)) : `closed with ${error.code} ${error.reason}`;
}

/// A place on the way to a server where connections can be cut without a word.
export async function passage(name) {
  const [host, port] = servers[name].split(":");
  const open = new Set();
  const passing = { connections: 0 };
  const server = createServer((near) => {
    passing.connections += 1;
    const far = connect(Number(port), host);
    const pair = [near, far];
    open.add(pair);
    for (const [from, to] of [pair, [far, near]]) {
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => {
        to.destroy();
        open.delete(pair);
      });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: own } = server.address();
  return Object.assign(passing, {
    http: `http://127.0.0.1:${own}/graphql`,
    ws: `ws://127.0.0.1:${own}/graphql`,
    cut() {
      for (const [near, far] of open) {
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    },
    close: () => server.close(),
  });
}

/// Shares a promise's ends: `const { promise, resolve } = deferred()`.
export function deferred() {
  let resolve;
  const promise = new Promise((settle) => (resolve = settle));
  return { promise, resolve };
}
