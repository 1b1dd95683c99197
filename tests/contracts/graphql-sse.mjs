// The stock client of graphql-sse, in its mode of distinct connections, against running servers. Run by a test, which names the
// servers; see support.mjs.

import assert from "node:assert/strict";
import { createClient } from "graphql-sse";
import { follow, http, passage, run, stage } from "./support.mjs";

const QUIET = "subscription { quiet { seq } }";
const STEPS = "subscription ($to: Int!, $after: String) { steps(to: $to, after: $after) { cursor seq } }";

/// The client with these options, which counts its connections and tries again at once.
function client(url, options = {}) {
  const log = { connecting: 0, retrying: 0 };
  const connecting = (retrying) => {
    log.connecting += 1;
    log.retrying += retrying ? 1 : 0;
  };
  return Object.assign(createClient({ url, retry: () => Promise.resolve(), ...options, on: { connecting } }), { log });
}

async function step(on) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(http(on), { method: "POST", headers, body: JSON.stringify({ query: "mutation { step }" }) });
  return (await response.json()).data.step;
}

const bearer = ({ accessToken }) => ({ authorization: `Bearer ${accessToken}` });

/// Reads the bytes of a stream as they come: `until(text)` gives everything up to and with this text.
async function bare(url, body, headers = {}) {
  const abort = new AbortController();
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...headers },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let received = "";
  return {
    response,
    leave: () => abort.abort(),
    async until(text) {
      while (!received.includes(text)) {
        const { value, done } = await reader.read();
        assert.ok(!done, `the stream ended: ${received}`);
        received += value;
      }
      const end = received.indexOf(text) + text.length;
      const taken = received.slice(0, end);
      received = received.slice(end);
      return taken;
    },
  };
}

/// Goes on behind the last event as a browser does by itself: with the id of the last one in a header.
function resuming(url, to, after, options = {}) {
  let last = after;
  const one = client(url, { headers: () => ({ "last-event-id": last, ...options.headers }), ...options.client });
  const following = follow(one, { query: STEPS, variables: { to } });
  return Object.assign(following, {
    log: one.log,
    async seq() {
      const { data } = await following.next();
      last = data.steps.cursor;
      return data.steps.seq;
    },
  });
}

await run({
  async "queries, mutations and subscriptions, each to its end and on a connection of its own"() {
    const one = client(http("main"));
    const double = "query Double($n: Int!) { double(number: $n) } query Other { hello }";
    const doubled = await follow(one, { query: double, operationName: "Double", variables: { n: 4 } }).rest();
    assert.deepEqual(doubled, [{ data: { double: 8 } }]);
    assert.deepEqual(await follow(one, { query: "mutation { touch }" }).rest(), [{ data: { touch: true } }]);
    const counted = await follow(one, { query: "subscription { count(to: 100) { seq } }" }).rest();
    assert.deepEqual(counted.map(({ data }) => data.count.seq), Array.from({ length: 100 }, (_, at) => at + 1));
    assert.deepEqual(await follow(one, { query: "subscription { count(to: 0) { seq } }" }).rest(), []);
    const iterated = [];
    for await (const { data } of one.iterate({ query: "subscription { count(to: 3) { seq } }" })) iterated.push(data.count.seq);
    assert.deepEqual(iterated, [1, 2, 3]);
    assert.deepEqual(one.log, { connecting: 5, retrying: 0 });
  },

  async "several at once"() {
    const one = client(http("main"));
    const quiet = Array.from({ length: 5 }, () => follow(one, { query: QUIET }));
    await Promise.all(quiet.map((following) => following.next()));
    await stage("alive", "main", 5);
    const { rest } = follow(one, { query: "{ hello }" });
    assert.deepEqual(await rest(), [{ data: { hello: "hello" } }]);
    for (const { leave } of quiet) leave();
    await stage("alive", "main", 0);
  },

  async "what the client aborts ends at the server"() {
    const one = client(http("main"));
    const [left, kept] = [follow(one, { query: QUIET }), follow(one, { query: QUIET })];
    await Promise.all([left.next(), kept.next()]);
    left.leave();
    await stage("alive", "main", 1);
    assert.equal(await left.end, "complete");
    // Before its first result too.
    const hanging = follow(one, { query: "{ hangs }" });
    await stage("alive", "main", 2);
    hanging.leave();
    await stage("alive", "main", 1);
    one.dispose();
    await stage("alive", "main", 0);
  },

  async "errors before execution are one result, then complete"() {
    const one = client(http("main"));
    for (const [payload, code] of [
      [{ query: "{" }, "GRAPHQL_PARSE_FAILED"],
      [{ query: "{ nothing }" }, "GRAPHQL_VALIDATION_FAILED"],
      [{ query: "query ($n: Int!) { double(number: $n) }" }, "BAD_USER_INPUT"],
      [{ query: "query A { hello }", operationName: "B" }, "BAD_USER_INPUT"],
      [{ query: "subscription { count(to: 1) { seq } quiet { seq } }" }, "GRAPHQL_VALIDATION_FAILED"],
    ]) {
      const results = await follow(one, payload).rest();
      assert.deepEqual([results.length, results[0].errors[0].extensions.code, "data" in results[0]], [1, code, false]);
    }
    assert.equal(one.log.retrying, 0);
  },

  async "errors of execution are results"() {
    const one = client(http("main"));
    const [partial] = await follow(one, { query: "{ hello fails }" }).rest();
    assert.deepEqual([partial.data, partial.errors[0].path], [{ hello: "hello", fails: null }, ["fails"]]);
    const [refused] = await follow(one, { query: "subscription { refused }" }).rest();
    assert.equal(refused.errors[0].extensions.code, "NOT_FOUND");
    const broken = await follow(one, { query: "subscription { breaks }" }).rest();
    assert.deepEqual(broken.map(({ errors }) => errors?.[0].extensions.code), [undefined, "INTERNAL"]);
    const faltering = await follow(one, { query: "subscription { falters }" }).rest();
    assert.deepEqual(faltering.map(({ errors }) => errors?.[0].extensions.code), [undefined, "UNAVAILABLE"]);
  },

  async "what HTTP refuses is a status that the client shows"() {
    for (const [status, payload, options] of [
      [400, {}, {}],
      [400, { query: 1 }, {}],
      [400, { query: "{ hello }", variables: [] }, {}],
      [400, [{ query: "{ hello }" }], {}],
      [413, { query: "{ hello }", variables: { x: "x".repeat(256 * 1024) } }, {}],
      [404, { query: "{ hello }" }, { url: http("main").replace("/graphql", "/nowhere") }],
      [405, { query: "{ hello }" }, { singleConnection: true }],
    ]) {
      const { error } = await follow(client(http("main"), { retryAttempts: 0, ...options }), payload).end;
      assert.equal(error.response?.status, status, String(error));
    }
  },

  async "429: one too many waits for a place"() {
    const holding = follow(client(http("single")), { query: QUIET });
    await holding.next();
    const { error } = await follow(client(http("single"), { retryAttempts: 0 }), { query: QUIET }).end;
    assert.equal(error.response.status, 429);
    assert.equal((await error.response.json()).errors[0].extensions.code, "RATE_LIMITED");
    const patient = client(http("single"), { retryAttempts: Number.POSITIVE_INFINITY });
    const waiting = follow(patient, { query: QUIET });
    holding.leave();
    assert.equal((await waiting.next()).data.quiet.seq, 1);
    waiting.leave();
    await stage("alive", "single", 0);
  },

  async "a token that is none, and one that ends, are UNAUTHENTICATED"() {
    const [refused] = await follow(client(http("accounts"), { headers: bearer({ accessToken: "nonsense" }) }), { query: QUIET }).rest();
    assert.equal(refused.errors[0].extensions.code, "UNAUTHENTICATED");
    const following = follow(client(http("accounts"), { headers: bearer(JSON.parse(process.env.ADA)) }), { query: QUIET });
    await following.next();
    await stage("expire");
    const [last] = await following.rest();
    assert.equal(last.errors[0].extensions.code, "UNAUTHENTICATED");
    await stage("alive", "accounts", 0);
  },

  async "a quiet stream has comments, which the client passes over"() {
    const stream = await bare(http("beating"), { query: QUIET });
    assert.equal(await stream.until("\n\n"), 'event: next\ndata: {"data":{"quiet":{"seq":1}}}\n\n');
    for (let n = 0; n < 5; n += 1) assert.equal(await stream.until("\n\n"), ":\n\n");
    const following = resuming(http("beating"), 1, "0");
    const other = follow(client(http("beating")), { query: QUIET });
    await other.next();
    // Both streams have had theirs by now.
    for (let n = 0; n < 5; n += 1) await stream.until("\n\n");
    await step("beating");
    assert.equal(await following.seq(), 1);
    assert.equal(await following.end, "complete");
    other.leave();
    stream.leave();
    await stage("alive", "beating", 0);
  },

  async "events carry their cursors as ids"() {
    const stream = await bare(http("main"), { query: "subscription { count(to: 2) { cursor } }" });
    assert.equal(stream.response.headers.get("content-type"), "text/event-stream");
    assert.equal(stream.response.headers.get("cache-control"), "no-store");
    assert.equal(await stream.until("\n\n"), 'event: next\ndata: {"data":{"count":{"cursor":"1"}}}\nid: 1\n\n');
    assert.equal(await stream.until("\n\n"), 'event: next\ndata: {"data":{"count":{"cursor":"2"}}}\nid: 2\n\n');
    assert.equal(await stream.until("\n\n"), "event: complete\ndata:\n\n");
    // A variable that the client gave itself comes before the header.
    const query = "subscription ($after: String) { count(to: 3, after: $after) { cursor } }";
    const given = await bare(http("main"), { query, variables: { after: "2" } }, { "last-event-id": "0" });
    assert.match(await given.until("complete"), /^event: next\ndata: [^\n]*"3"[^\n]*\nid: 3\n\nevent: complete$/);
  },

  async "over cut connections each event comes once and in order"() {
    const way = await passage("main");
    const first = (await step("main")) + 1;
    const following = resuming(way.http, first + 5, String(first - 1));
    for (let seq = first; seq < first + 5; seq += 1) {
      await step("main");
      assert.equal(await following.seq(), seq);
      way.cut();
    }
    // What happens while nobody is connected is not missed either.
    await step("main");
    assert.equal(await following.seq(), first + 5);
    assert.equal(await following.end, "complete");
    assert.ok(following.log.retrying >= 5, `${following.log.retrying} times`);
    await stage("alive", "main", 0);
    way.close();
  },

  async "at the end of a server its clients go on at another"() {
    const urls = [http("leaving"), http("main")];
    const moving = client(() => urls.shift());
    const quiet = follow(moving, { query: QUIET });
    await quiet.next();
    await stage("drain", "leaving");
    await quiet.next();
    assert.deepEqual(moving.log, { connecting: 2, retrying: 1 });
    quiet.leave();
    await stage("alive", "main", 0);
  },

  async "a client that vanishes leaves nothing behind"() {
    const way = await passage("main");
    const one = client(way.http, { retryAttempts: 0 });
    const following = follow(one, { query: QUIET });
    await following.next();
    await stage("alive", "main", 1);
    way.cut();
    assert.equal((await following.end).error.name, "NetworkError");
    await stage("alive", "main", 0);
    way.close();
  },
});
