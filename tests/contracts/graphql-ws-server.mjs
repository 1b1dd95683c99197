// What the graphql-ws project asks of servers, in our words: the cases of its own server that concern the protocol, over bare sockets.
// Run by a test, which names the servers; see support.mjs.

import assert from "node:assert/strict";
import WebSocket from "ws";
import { run, stage, ws } from "./support.mjs";

const QUIET = "subscription { quiet { seq } }";
const PROTOCOL = "graphql-transport-ws";

/// A bare socket: messages one after the other, and the close when it comes.
class Socket {
  static async open(url, protocols = [PROTOCOL]) {
    const socket = new Socket();
    socket.inner = new WebSocket(url, protocols);
    socket.inner.on("message", (data) => socket.take(JSON.parse(data)));
    socket.closed = new Promise((resolve) =>
      socket.inner.on("close", (code, reason) => {
        const close = { code, reason: String(reason) };
        resolve(close);
        socket.take(close);
      }),
    );
    await new Promise((resolve, reject) => socket.inner.on("open", resolve).on("error", reject));
    return socket;
  }

  static async init(url, payload) {
    const socket = await Socket.open(url);
    socket.send({ type: "connection_init", payload });
    assert.deepEqual(await socket.next(), { type: "connection_ack" });
    return socket;
  }

  queue = [];
  waiting = [];

  /// What an answer cost is not looked at here.
  take(message) {
    if (message.type === "next") delete message.payload.extensions;
    const waits = this.waiting.shift();
    if (waits) waits(message);
    else this.queue.push(message);
  }

  send(message) {
    this.inner.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  subscribe(id, query, rest = {}) {
    this.send({ type: "subscribe", id, payload: { query, ...rest } });
  }

  /// The next message, or the close instead.
  next() {
    return this.queue.length > 0 ? Promise.resolve(this.queue.shift()) : new Promise((resolve) => this.waiting.push(resolve));
  }

  /// Fails when anything but the answer to this ping comes.
  async silent() {
    this.send({ type: "ping", payload: { silent: true } });
    assert.deepEqual(await this.next(), { type: "pong", payload: { silent: true } });
  }

  leave() {
    this.inner.close(1000);
    return this.closed;
  }
}

async function closesWith(code, messages, socket) {
  socket ??= await Socket.open(ws("main"));
  for (const message of messages) socket.send(message);
  const close = await socket.closed;
  assert.equal(close.code, code, JSON.stringify(close));
  return close;
}

const init = { type: "connection_init" };

await run({
  async "allows connections with the protocol's name only"() {
    for (const protocols of [[], ["graphql-ws"], ["xyz"]]) {
      const opened = await Socket.open(ws("main"), protocols).catch((error) => error);
      // This client refuses a server that takes none of its protocols; one without any hears it from the server.
      if (opened instanceof Error) assert.match(opened.message, /no subprotocol/);
      else assert.deepEqual(await opened.closed, { code: 4406, reason: "Subprotocol not acceptable" });
    }
    for (const protocols of [[PROTOCOL], [PROTOCOL, "graphql-ws"], ["this", PROTOCOL]]) {
      const socket = await Socket.open(ws("main"), protocols);
      assert.equal(socket.inner.protocol, PROTOCOL);
      await socket.leave();
    }
  },

  async "acknowledges a connection with and without a payload"() {
    for (const payload of [undefined, null, {}, { one: "two" }]) await (await Socket.init(ws("main"), payload)).leave();
  },

  async "closes what has not initialised in time, and not what has"() {
    const late = await Socket.open(ws("brief"));
    assert.deepEqual(await late.closed, { code: 4408, reason: "Connection initialisation timeout" });
    const early = await Socket.init(ws("brief"));
    const other = await Socket.open(ws("brief"));
    // When this one is closed, the time of the one before it is over too.
    assert.equal((await other.closed).code, 4408);
    await early.silent();
    await early.leave();
  },

  async "does not accept another init while one is pending or after the acknowledgement"() {
    await closesWith(4429, [init, init, init]);
    await closesWith(4429, [init], await Socket.init(ws("main")));
  },

  async "refuses a connection with 4403"() {
    const refused = await closesWith(4403, [{ ...init, payload: { authorization: "Bearer nonsense" } }]);
    assert.equal(refused.reason, "Forbidden");
  },

  async "answers a ping with its payload, and reacts to no pong"() {
    const socket = await Socket.open(ws("main"));
    socket.send({ type: "pong" });
    socket.send({ type: "pong", payload: { i: "have", no: "use" } });
    socket.send({ type: "ping" });
    assert.deepEqual(await socket.next(), { type: "pong" });
    socket.send({ type: "ping", payload: { iComeBack: "some", nested: { list: [1] } } });
    assert.deepEqual(await socket.next(), { type: "pong", payload: { iComeBack: "some", nested: { list: [1] } } });
    await socket.leave();
  },

  async "closes on an operation before the init or the acknowledgement"() {
    const subscribe = { type: "subscribe", id: "1", payload: { query: "{ hello }" } };
    assert.equal((await closesWith(4401, [subscribe])).reason, "Unauthorized");
  },

  async "closes on messages that are none"() {
    for (const message of [
      "hello",
      "",
      "null",
      '{"type":"connection_init"',
      { type: "subscribe" },
      { type: "subscribe", id: "1" },
      { type: "subscribe", id: 1, payload: { query: "{ hello }" } },
      { type: "subscribe", id: "", payload: { query: "{ hello }" } },
      { type: "subscribe", id: "1", payload: { query: 4 } },
      { type: "subscribe", id: "1", payload: { query: "{ hello }", variables: "none" } },
      { type: "subscribe", id: "1", payload: { query: "{ hello }", operationName: {} } },
      { type: "subscribe", id: "1", payload: { query: "{ hello }", extensions: 1 } },
      { type: "complete" },
      { type: "complete", id: 1 },
      { type: "start", id: "1", payload: { query: "{ hello }" } },
      { type: "unknown" },
      { id: "1" },
    ]) {
      const { reason } = await closesWith(4400, [message], await Socket.init(ws("main")));
      assert.ok(reason.length > 0 && Buffer.byteLength(reason) <= 123, reason);
    }
  },

  async "limits the size of a reason"() {
    const { reason } = await closesWith(4400, [{ type: "ü".repeat(5_000) }], await Socket.init(ws("main")));
    assert.ok(Buffer.byteLength(reason) > 120 && Buffer.byteLength(reason) <= 123 && !reason.includes("\ufffd"), reason);
  },

  async "executes queries and mutations: the result, then complete"() {
    const socket = await Socket.init(ws("main"));
    socket.subscribe("1", "query Name($n: Int!) { double(number: $n) }", { operationName: "Name", variables: { n: 2 }, extensions: {} });
    assert.deepEqual(await socket.next(), { id: "1", type: "next", payload: { data: { double: 4 } } });
    assert.deepEqual(await socket.next(), { id: "1", type: "complete" });
    socket.subscribe("2", "mutation { touch }");
    assert.deepEqual(await socket.next(), { id: "2", type: "next", payload: { data: { touch: true } } });
    assert.deepEqual(await socket.next(), { id: "2", type: "complete" });
    await socket.leave();
  },

  async "reports what is wrong with an operation in one error, and no complete"() {
    const socket = await Socket.init(ws("main"));
    for (const query of ["{", "{ notExists }", "subscription { notExists }", "", "subscription { count(to: 1) { seq } quiet { seq } }"]) {
      socket.subscribe("1", query);
      const { id, type, payload } = await socket.next();
      assert.deepEqual([id, type, Array.isArray(payload)], ["1", "error", true]);
      assert.equal(typeof payload[0].message, "string");
      await socket.silent();
    }
    await socket.leave();
  },

  async "streams a subscription in order and completes it"() {
    const socket = await Socket.init(ws("main"));
    socket.subscribe("1", "subscription { count(to: 50) { seq } }");
    for (let seq = 1; seq <= 50; seq += 1) {
      assert.deepEqual(await socket.next(), { id: "1", type: "next", payload: { data: { count: { seq } } } });
    }
    assert.deepEqual(await socket.next(), { id: "1", type: "complete" });
    socket.subscribe("2", "subscription { count(to: 0) { seq } }");
    assert.deepEqual(await socket.next(), { id: "2", type: "complete" }, "one that has nothing to say completes at once");
    await socket.leave();
  },

  async "operations of distinct ids run beside each other"() {
    const socket = await Socket.init(ws("main"));
    for (const id of ["1", "2", "3"]) {
      socket.subscribe(id, QUIET);
      assert.equal((await socket.next()).id, id);
    }
    await stage("alive", "main", 3);
    socket.send({ type: "complete", id: "2" });
    await stage("alive", "main", 2);
    socket.subscribe("2", "{ hello }");
    assert.deepEqual(await socket.next(), { id: "2", type: "next", payload: { data: { hello: "hello" } } });
    assert.deepEqual(await socket.next(), { id: "2", type: "complete" });
    await socket.leave();
    await stage("alive", "main", 0);
  },

  async "closes on an id that is in use, whatever it stands for"() {
    for (const query of [QUIET, "{ hangs }"]) {
      const socket = await Socket.init(ws("main"));
      socket.subscribe("one", query);
      await stage("alive", "main", 1);
      socket.subscribe("one", "{ hello }");
      let message = await socket.next();
      if (message.type === "next") message = await socket.next();
      assert.deepEqual(message, { code: 4409, reason: "Subscriber for one already exists" });
      await stage("alive", "main", 0);
    }
  },

  async "completes a long query before its result, and a long subscription before it emits"() {
    const socket = await Socket.init(ws("main"));
    for (const query of ["{ hangs }", "subscription { steps(to: 1000) { seq } }"]) {
      socket.subscribe("1", query);
      await stage("alive", "main", 1);
      socket.send({ type: "complete", id: "1" });
      await stage("alive", "main", 0);
      await socket.silent();
    }
    await socket.leave();
  },

  async "a complete right behind its subscribe leaves nothing running and nothing to hear"() {
    const socket = await Socket.init(ws("main"));
    for (let n = 0; n < 20; n += 1) {
      socket.subscribe("1", "{ hangs }");
      socket.send({ type: "complete", id: "1" });
    }
    await stage("alive", "main", 0);
    await socket.silent();
    await socket.leave();
  },

  async "does not answer a client's complete, and emits nothing behind it"() {
    const socket = await Socket.init(ws("main"));
    socket.subscribe("1", QUIET);
    assert.equal((await socket.next()).type, "next");
    socket.send({ type: "complete", id: "1" });
    await stage("alive", "main", 0);
    socket.send({ type: "complete", id: "1" });
    socket.send({ type: "complete", id: "never" });
    await socket.silent();
    await socket.leave();
  },

  async "errors of execution are results, and causes stay inside"() {
    const socket = await Socket.init(ws("main"));
    for (const [query, code] of [
      ["{ hello fails }", "FORBIDDEN"],
      ["{ hello faults }", "INTERNAL"],
      ["{ panics }", "INTERNAL"],
      ["subscription { refused }", "NOT_FOUND"],
    ]) {
      socket.subscribe("1", query);
      const { type, payload } = await socket.next();
      assert.deepEqual([type, payload.errors[0].extensions.code], ["next", code]);
      assert.ok(!JSON.stringify(payload).includes("secret"));
      assert.deepEqual(await socket.next(), { id: "1", type: "complete" });
    }
    await socket.leave();
  },

  async "disposes of everything when the client leaves, in whatever way"() {
    for (const [way, ...words] of [["close", 1000], ["close"], ["close", 4321, "mine"], ["terminate"]]) {
      const socket = await Socket.init(ws("main"));
      socket.subscribe("1", QUIET);
      socket.subscribe("2", "{ hangs }");
      socket.subscribe("3", "subscription { steps(to: 1000) { seq } }");
      await stage("alive", "main", 3);
      socket.inner[way](...words);
      await stage("alive", "main", 0);
      await stage("left", "main");
    }
  },

  async "answers a close frame with its code"() {
    for (const [code, reason] of [[1000, "Normal Closure"], [4321, "mine"]]) {
      const socket = await Socket.init(ws("main"));
      socket.inner.close(code, reason);
      assert.deepEqual(await socket.closed, { code, reason });
    }
    const bare = await Socket.init(ws("main"));
    bare.inner.close();
    assert.deepEqual(await bare.closed, { code: 1005, reason: "" });
  },
});
