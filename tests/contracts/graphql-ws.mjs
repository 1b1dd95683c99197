// The stock client of graphql-ws against running servers: what it is answered, and which closes it takes as final. Run by a test, which
// names the servers; see support.mjs.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { deferred, follow, http, passage, run, stage, ws } from "./support.mjs";

const QUIET = "subscription { quiet { seq } }";
const STEPS = "subscription ($to: Int!, $after: String) { steps(to: $to, after: $after) { cursor seq } }";

/// The client with these options and a log of what it tells. It tries again at once.
function client(url, options = {}) {
  const log = { connecting: 0, connected: 0, closes: [], pings: 0, pongs: 0 };
  const made = createClient({
    url,
    webSocketImpl: WebSocket,
    retryWait: () => Promise.resolve(),
    onNonLazyError: () => {},
    ...options,
    on: {
      connecting: () => (log.connecting += 1),
      connected: () => (log.connected += 1),
      closed: ({ code, reason, wasClean }) => log.closes.push({ code, reason, wasClean }),
      ping: (received) => (log.pings += received ? 1 : 0),
      pong: (received) => (log.pongs += received ? 1 : 0),
      ...options.on,
    },
  });
  return Object.assign(made, { log });
}

const closed = (of) => new Promise((resolve) => of.on("closed", resolve));

/// What the client takes as final: it gives up although it was told to try again whatever happens.
async function isFinal(url, code, options, subscriptions = 1) {
  const stubborn = client(url, { shouldRetry: () => true, retryAttempts: 100, ...options });
  const ends = await Promise.all(Array.from({ length: subscriptions }, () => follow(stubborn, { query: QUIET }).end));
  for (const { error } of ends) assert.equal(error.code, code, JSON.stringify(error));
  assert.equal(stubborn.log.connecting, 1);
}

async function operate(on, query, variables) {
  const response = await fetch(http(on), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

const step = () => operate("main", "mutation { step }").then(({ step: taken }) => taken);

/// Goes on behind the last event, as our front ends do: the client sends its payload again, and `after` is read then.
function resuming(of, to, after) {
  const variables = { to, after };
  const following = follow(of, { query: STEPS, variables });
  return Object.assign(following, {
    async seq() {
      const { data } = await following.next();
      variables.after = data.steps.cursor;
      return data.steps.seq;
    },
  });
}

await run({
  async "a lazy client connects with its first operation and leaves cleanly behind the last"() {
    const lazy = client(ws("main"));
    assert.equal(lazy.log.connecting, 0);
    const leaving = closed(lazy);
    assert.deepEqual(await follow(lazy, { query: "{ hello }" }).rest(), [{ data: { hello: "hello" } }]);
    const { code, wasClean } = await leaving;
    assert.deepEqual([code, wasClean], [1000, true], "the server answers the client's close frame");
    assert.deepEqual(await follow(lazy, { query: "{ hello }" }).rest(), [{ data: { hello: "hello" } }]);
    assert.equal(lazy.log.connecting, 2);
  },

  async "an eager client connects at once, stays, and leaves when disposed of"() {
    const connected = deferred();
    const eager = client(ws("main"), { lazy: false, on: { connected: connected.resolve } });
    await connected.promise;
    for (let n = 0; n < 3; n += 1) await follow(eager, { query: "{ hello }" }).rest();
    assert.equal(eager.log.connecting, 1);
    const leaving = closed(eager);
    eager.dispose();
    const { code, wasClean } = await leaving;
    assert.deepEqual([code, wasClean], [1000, true]);
  },

  async "queries, mutations and subscriptions, each to its end"() {
    const one = client(ws("main"), { lazy: false });
    const double = "query Double($n: Int!) { double(number: $n) } query Other { hello }";
    const doubled = await follow(one, { query: double, operationName: "Double", variables: { n: 4 } }).rest();
    assert.deepEqual(doubled, [{ data: { double: 8 } }]);
    assert.deepEqual(await follow(one, { query: "mutation { touch }" }).rest(), [{ data: { touch: true } }]);
    const counted = await follow(one, { query: "subscription { count(to: 100) { seq } }" }).rest();
    assert.deepEqual(counted.map(({ data }) => data.count.seq), Array.from({ length: 100 }, (_, at) => at + 1));
    const iterated = [];
    for await (const { data } of one.iterate({ query: "subscription { count(to: 3) { seq } }" })) iterated.push(data.count.seq);
    assert.deepEqual(iterated, [1, 2, 3]);
    one.dispose();
  },

  async "many operations share one socket"() {
    const one = client(ws("main"));
    const quiet = follow(one, { query: QUIET });
    const counts = await Promise.all(
      Array.from({ length: 40 }, (_, at) => follow(one, { query: `subscription { count(to: ${at}) { seq } }` }).rest()),
    );
    assert.deepEqual(counts.map((events) => events.length), Array.from({ length: 40 }, (_, at) => at));
    await quiet.next();
    assert.equal(one.log.connecting, 1);
    quiet.leave();
    assert.equal(await quiet.end, "complete");
  },

  async "what the client leaves ends at the server, and the others go on"() {
    const one = client(ws("main"));
    const [left, kept] = [follow(one, { query: QUIET }), follow(one, { query: QUIET })];
    await Promise.all([left.next(), kept.next()]);
    await stage("alive", "main", 2);
    left.leave();
    await stage("alive", "main", 1);
    assert.deepEqual(await follow(one, { query: "{ hello }" }).rest(), [{ data: { hello: "hello" } }]);
    kept.leave();
    await stage("alive", "main", 0);
    assert.equal(one.log.connecting, 1);
  },

  async "what is left before it answers ends as well"() {
    const one = client(ws("main"), { lazy: false });
    const hanging = follow(one, { query: "{ hangs }" });
    await stage("alive", "main", 1);
    hanging.leave();
    assert.equal(await hanging.end, "complete");
    await stage("alive", "main", 0);
    one.dispose();
  },

  async "errors before execution end the operation and not the socket"() {
    const one = client(ws("main"), { lazy: false });
    for (const [payload, code] of [
      [{ query: "{" }, "GRAPHQL_PARSE_FAILED"],
      [{ query: "{ nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
      [{ query: "query ($n: Int!) { double(number: $n) }" }, "BAD_USER_INPUT"],
      [{ query: "query A { hello }", operationName: "B" }, "BAD_USER_INPUT"],
      [{ query: "" }, "BAD_USER_INPUT"],
      [{ query: "subscription { count(to: 1) { seq } quiet { seq } }" }, "GRAPHQL_VALIDATION_FAILED"],
    ]) {
      const { error } = await follow(one, payload).end;
      assert.equal(error?.[0]?.extensions?.code, code, JSON.stringify(error));
      assert.equal(typeof error[0].message, "string");
    }
    assert.deepEqual(await follow(one, { query: "{ hello }" }).rest(), [{ data: { hello: "hello" } }]);
    assert.equal(one.log.connecting, 1);
    one.dispose();
  },

  async "errors of execution are results"() {
    const one = client(ws("main"));
    const [partial] = await follow(one, { query: "{ hello fails }" }).rest();
    assert.deepEqual([partial.data, partial.errors[0].path], [{ hello: "hello", fails: null }, ["fails"]]);
    const [refused] = await follow(one, { query: "subscription { refused }" }).rest();
    assert.equal(refused.errors[0].extensions.code, "NOT_FOUND");
    const broken = await follow(one, { query: "subscription { breaks }" }).rest();
    assert.deepEqual(broken.map(({ errors }) => errors?.[0].extensions.code), [undefined, "INTERNAL"]);
    const { error } = await follow(one, { query: "subscription { falters }" }).end;
    assert.equal(error[0].extensions.code, "UNAVAILABLE");
  },

  async "its pings are answered"() {
    const answered = deferred();
    let pongs = 0;
    const one = client(ws("main"), {
      lazy: false,
      keepAlive: 1,
      on: { pong: (received) => received && (pongs += 1) === 5 && answered.resolve() },
    });
    await answered.promise;
    assert.deepEqual(one.log.closes, []);
    one.dispose();
  },

  async "it answers the server's pings and stays"() {
    const pinged = deferred();
    let pings = 0;
    const one = client(ws("pinging"), { on: { ping: (received) => received && (pings += 1) === 5 && pinged.resolve() } });
    const quiet = follow(one, { query: QUIET });
    await quiet.next();
    await pinged.promise;
    assert.deepEqual(one.log.closes, []);
    quiet.leave();
  },

  async "1013: one that answers no pings is closed, and comes again"() {
    const silent = client(ws("pinging"), { disablePong: true });
    const quiet = follow(silent, { query: QUIET });
    for (let n = 0; n < 3; n += 1) assert.equal((await quiet.next()).data.quiet.seq, 1);
    assert.deepEqual(silent.log.closes.slice(0, 2).map(({ code, reason }) => [code, reason]), [
      [1013, "Pings were not answered"],
      [1013, "Pings were not answered"],
    ]);
    quiet.leave();
  },

  async "1013: one too many waits for a place"() {
    const [first, second] = [client(ws("single")), client(ws("single"), { retryAttempts: Number.POSITIVE_INFINITY })];
    const holding = follow(first, { query: QUIET });
    await holding.next();
    const refused = closed(second);
    const waiting = follow(second, { query: QUIET });
    const { code, reason } = await refused;
    assert.equal(code, 1013);
    assert.match(reason, /too many/);
    holding.leave();
    assert.equal((await waiting.next()).data.quiet.seq, 1);
    waiting.leave();
  },

  async "1012: at the end of a server its clients go on at another"() {
    const urls = [ws("leaving"), ws("main")];
    const moving = client(() => urls.shift());
    const quiet = follow(moving, { query: QUIET });
    await quiet.next();
    await stage("drain", "leaving");
    await quiet.next();
    assert.deepEqual(moving.log.closes, [{ code: 1012, reason: "Service restart", wasClean: true }]);
    quiet.leave();
  },

  async "4400 is final"() {
    for (const message of ["nonsense", Buffer.from("{}"), '{"type":"start","id":"1"}', '{"type":"complete","id":""}']) {
      await isFinal(ws("main"), 4400, { on: { opened: (socket) => socket.send(message) } });
    }
    // And one that the client itself has nothing against: an id that is too long.
    await isFinal(ws("main"), 4400, { generateID: () => "x".repeat(129) });
  },

  async "4400: a message that is too large, or far too large, is not sent again and again"() {
    for (const bytes of [256 * 1024, 16 * 1024 * 1024]) {
      const one = client(ws("main"), { retryAttempts: 3 });
      const { error } = await follow(one, { query: "{ hello }", variables: { x: "x".repeat(bytes) } }).end;
      assert.deepEqual([error.code, error.reason], [4400, "The message is larger than 256 KiB"]);
    }
  },

  async "4401 is final: it subscribed before it was let in"() {
    const early = JSON.stringify({ type: "subscribe", id: "1", payload: { query: "{ hello }" } });
    await isFinal(ws("main"), 4401, { on: { opened: (socket) => socket.send(early) } });
  },

  async "4409 is final: it used an id twice"() {
    await isFinal(ws("main"), 4409, { generateID: () => "same" }, 2);
  },

  async "4429 is final: it initialised twice"() {
    await isFinal(ws("main"), 4429, { on: { opened: (socket) => socket.send('{"type":"connection_init"}') } });
  },

  async "4408: one that was slow to initialise comes again"() {
    const params = [new Promise(() => {}), {}];
    const slow = client(ws("brief"), { connectionParams: () => params.shift() });
    assert.deepEqual(await follow(slow, { query: "{ hello }" }).rest(), [{ data: { hello: "hello" } }]);
    assert.equal(slow.log.closes[0].code, 4408);
  },

  async "4403: one with a bad token may try again with another"() {
    const tokens = ["Bearer nonsense", "Basic abc", `Bearer ${JSON.parse(process.env.ADA).accessToken}`];
    const one = client(ws("accounts"), { connectionParams: () => ({ authorization: tokens.shift() }) });
    assert.deepEqual(await follow(one, { query: "{ hello }" }).rest(), [{ data: { hello: "hello" } }]);
    assert.deepEqual(one.log.closes.slice(0, 2).map(({ code }) => code), [4403, 4403]);
    const hopeless = client(ws("accounts"), { connectionParams: { Authorization: "Bearer nonsense" }, retryAttempts: 2 });
    const { error } = await follow(hopeless, { query: "{ hello }" }).end;
    assert.deepEqual([error.code, error.reason, hopeless.log.connecting], [4403, "Forbidden", 3]);
  },

  async "4403: when its token ends it refreshes and goes on behind its last event"() {
    const refresh = await readFile(new URL("../../graphql/accounts/RefreshSession.graphql", import.meta.url), "utf8");
    let held = JSON.parse(process.env.ADA);
    let refreshed = 0;
    const one = client(ws("accounts"), {
      async connectionParams() {
        if (held === null) throw new Error("the session has ended");
        if (one.log.closes.at(-1)?.code === 4403) {
          const { refreshSession } = await operate("platform", refresh, { input: { refreshToken: held.refreshToken } });
          assert.equal(refreshSession.__typename, "RefreshSessionSuccess");
          held = refreshSession;
          refreshed += 1;
        }
        return { authorization: `Bearer ${held.accessToken}` };
      },
    });
    const following = resuming(one, 1_000, null);
    await operate("accounts", "mutation { step }");
    assert.equal(await following.seq(), 1);
    const ended = closed(one);
    await stage("expire");
    await ended;
    await operate("accounts", "mutation { step }");
    assert.equal(await following.seq(), 2);
    assert.deepEqual([refreshed, one.log.closes[0].code, one.log.closes[0].wasClean], [1, 4403, true]);
    // And gives up when nothing is left to refresh with.
    held = null;
    await stage("expire");
    const { error } = await following.end;
    assert.match(String(error.message), /the session has ended/);
  },

  async "over cut connections each event comes once and in order"() {
    const way = await passage("main");
    const one = client(way.ws);
    const first = (await step()) + 1;
    const following = resuming(one, first + 5, String(first - 1));
    for (let seq = first; seq < first + 5; seq += 1) {
      await step();
      assert.equal(await following.seq(), seq);
      if (seq % 2 === 0) way.cut();
      else one.terminate();
    }
    // What happens while nobody is connected is not missed either.
    way.cut();
    await step();
    assert.equal(await following.seq(), first + 5);
    assert.equal(await following.end, "complete");
    assert.ok(one.log.connected > 4, `${one.log.connected} connections`);
    assert.ok(one.log.closes.some(({ code }) => code === 1006));
    await stage("alive", "main", 0);
    way.close();
  },

  async "a client that vanishes leaves nothing behind"() {
    const way = await passage("main");
    const one = client(way.ws, { retryAttempts: 0 });
    const following = [follow(one, { query: QUIET }), follow(one, { query: "{ hangs }" })];
    await stage("alive", "main", 2);
    way.cut();
    for (const { end } of following) assert.equal((await end).error.code, 1006);
    await stage("alive", "main", 0);
    await stage("left", "main");
    way.close();
  },
});
