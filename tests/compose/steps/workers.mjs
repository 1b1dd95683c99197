// A worker on a host of its own: what it reaches there, and how it is cut off in the middle of its runs and comes back.

import assert from "node:assert/strict";
import { FAR, WORK, addresses, container, inside, join, leave, logs, members, sql, until } from "../engine.mjs";
import { enrol } from "../learner.mjs";
import { Page } from "../streams.mjs";

// Longer than half a lease, shorter than what a program may take: it ends while its worker is cut off, and before its lease is over.
const LONG_RUN_LINES = 20;
// Of each learner; an account without a confirmed address may have ten in an hour.
const RUNS_MAX = 8;
const REFUSED = /a verdict came too late and was refused/g;

export async function aWorkerMovesToAnotherHost() {
  const old = (await addresses("worker-1")).get(WORK);
  await join(FAR, "worker-1");
  await leave(WORK, "worker-1");
  const left = Date.now();
  const learners = await enrol(3, "moved");
  const pages = learners.map((learner) => new Page(learner));
  const worked = await worksAgain(learners, pages);
  await Promise.all(pages.map((page) => page.close()));
  await until("the sessions of a host that is gone end", async () => {
    const [[number]] = await sql(`SELECT count(*) FROM pg_stat_activity WHERE client_addr = '${old}'`);
    return number === "0";
  });
  const ended = Date.now();
  const tries = (await reachesStoresAlone("worker-1", FAR)) + (await reachesStoresAlone("worker-2", WORK));
  return [
    `it ended a new run ${seconds(left, worked)} later, and Postgres its old sessions after ${seconds(left, ended)}`,
    `on each worker's network are Postgres and Redis and no way out; ${tries} tries to reach other services failed`,
  ].join("; ");
}

// Nothing is on its network but what it needs, and nothing else answers from there.
async function reachesStoresAlone(worker, home) {
  const closed = ["proxy", "api-1", "api-2", "scheduler"];
  const targets = [...closed, ...(await Promise.all(closed.map(addresses))).flatMap((found) => [...found.values()])];
  assert.deepEqual([...(await addresses(worker)).keys()], [home]);
  assert.deepEqual(await members(home), { names: ["postgres", "redis", worker], isInternal: true });
  await inside(worker, "getent", "hosts", "postgres", "redis");
  for (const target of targets) {
    const answer = await inside(worker, "curl", "-s", "-m", "1", `http://${target}:8000/health/live`).catch(() => null);
    assert.equal(answer, null, `${worker} reaches ${target}`);
  }
  return targets.length;
}

// Which worker held a submission last, under which generation, and how it stands.
async function row({ requestId }) {
  const [found] = await sql(`SELECT status, generation, worker_id FROM submissions WHERE client_request_id = '${requestId}'`);
  const [status, generation, worker] = found;
  return { status, generation: Number(generation), worker };
}

// A worker's name begins with the short id of its container.
async function heldBy(service) {
  const host = (await container(service)).slice(0, 12);
  return ({ worker, status }) => status !== "QUEUED" && worker.startsWith(host);
}

export async function aWorkerIsCutOffAndRejoins() {
  const learners = await enrol(8, "far");
  const pages = learners.map((learner) => new Page(learner));
  const [isFar, isNear] = await Promise.all(["worker-1", "worker-2"].map(heldBy));
  const runs = await Promise.all(learners.slice(0, 4).map((learner) => learner.program(LONG_RUN_LINES, 1)));
  const followed = runs.map((run, index) => pages[index].follow(run));
  const cut = await until("both workers are at work", async () => {
    const rows = await Promise.all(runs.map(row));
    const far = runs.filter((_, index) => isFar(rows[index]));
    return rows.some(isNear) && rows.every(({ status }) => status === "RUNNING") && far.length > 0 && far;
  });
  const before = await storesAt();
  await Promise.all(["postgres", "redis"].map((service) => leave(FAR, service)));
  const left = Date.now();
  const meanwhile = await Promise.all(learners.slice(4).map((learner) => learner.attempt()));
  followed.push(...meanwhile.map((attempt, index) => pages[4 + index].follow(attempt)));
  await until("the leases pass on", async () => (await Promise.all(cut.map(row))).every((now) => now.generation === 2 && isNear(now)));
  const passed = Date.now();
  await storesComeBack(before);
  const back = Date.now();
  const refused = await until("the late verdicts are refused", async () => {
    const found = [...(await logs("worker-1")).matchAll(REFUSED)].length;
    return found === cut.length && found;
  });
  const told = Date.now();
  const worked = await worksAgain(learners, pages);
  const ends = await Promise.all(followed);
  const anew = ends.slice(0, 4).filter(({ log }) => log.resets > 0);
  assert.equal(anew.length, cut.length, "whoever followed a run that was cut off saw it begin anew");
  await Promise.all(pages.map((page) => page.close()));
  return [
    `${cut.length} runs cut off, held by the other worker ${seconds(left, passed)} later`,
    `${meanwhile.length} others judged meanwhile`,
    `${refused} late verdicts refused ${seconds(back, told)} after it rejoined`,
    `it ended a new run ${seconds(back, worked)} after it`,
  ].join("; ");
}

async function storesAt() {
  const [postgres, redis] = await Promise.all(["postgres", "redis"].map(addresses));
  return { postgres: postgres.get(FAR), redis: redis.get(FAR) };
}

// Both at other addresses, and nobody at the old ones: no connection is ever told that its other end is gone. The engine gives the lowest
// address that is free, so others take the old ones in between.
async function storesComeBack(before) {
  const guests = ["proxy", "scheduler"];
  for (const service of [...guests, "redis", "postgres"]) {
    await join(FAR, service);
  }
  await Promise.all(guests.map((service) => leave(FAR, service)));
  const after = Object.values(await storesAt());
  assert.ok(Object.values(before).every((address) => !after.includes(address)), "an old address is in use");
}

// Short programs until the first worker has ended one, and told of it as it went.
async function worksAgain(learners, pages) {
  const isFar = await heldBy("worker-1");
  for (let number = 0; number < RUNS_MAX * learners.length; number += 1) {
    const index = number % learners.length;
    const run = await learners[index].program(1, 1);
    const { log } = await pages[index].follow(run);
    if (isFar(await row(run)) && log.resets === 0) {
      return Date.now();
    }
  }
  throw new Error("the worker takes no work any more");
}

function seconds(from, to) {
  return `${((to - from) / 1000).toFixed(1)} s`;
}
