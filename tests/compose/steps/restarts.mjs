// A new version is rolled out: each server and each worker is made anew, one after the other, under subscribers.

import assert from "node:assert/strict";
import { CURRICULUM } from "../documents.mjs";
import { addresses, compose, container, healthy, metric } from "../engine.mjs";
import { PASSED_XP, books, enrol, once } from "../learner.mjs";
import { Page, show, tally } from "../streams.mjs";

const LEARNERS = 25;
const ROLLED = ["api-1", "api-2", "worker-1", "worker-2"];
// Of each learner; an account without a confirmed address may have ten in an hour.
const RUNS_MAX = 8;
const REQUESTS = 40;

export async function nodesAreRolledUnderSubscribers() {
  const learners = await enrol(LEARNERS, "rolled");
  const before = { events: tally.events, followed: tally.followed };
  tally.broken.clear();
  tally.resets.clear();
  books.obstacles.clear();
  let rolling = true;
  const pages = learners.map((learner) => new Page(learner));
  // A run at a time each, so that something happens to everybody until the last node is back.
  const busy = async (learner, page) => {
    const passed = page.follow(await learner.attempt());
    for (let runs = 1; rolling && runs < RUNS_MAX; runs += 1) {
      await page.follow(await learner.program(20, 0.2));
    }
    await passed;
  };
  const working = Promise.all(learners.map((learner, index) => busy(learner, pages[index])));
  const hearing = Promise.all(learners.map((learner, index) => pages[index].followViewer(({ xp }) => xp === PASSED_XP)));
  const took = [];
  for (const service of ROLLED) {
    const [began, old] = [Date.now(), await container(service)];
    await compose("up", "-d", "--no-deps", "--force-recreate", service);
    await healthy(service);
    assert.notEqual(await container(service), old);
    took.push(`${service} ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
  rolling = false;
  await Promise.all([working, hearing]);
  await Promise.all(pages.map((page) => page.close()));
  const answered = await bothServersAnswer();
  return [
    `${2 * LEARNERS} subscriptions at a time, ${tally.followed - before.followed + LEARNERS} in all, ${tally.events - before.events} events, no hole`,
    `broken: ${show(tally.broken)}; resets: ${show(tally.resets)}; requests sent again: ${show(books.obstacles)}`,
    took.join(", "),
    answered,
  ].join("; ");
}

// A server that comes back may find its old address taken by something else, which the proxy must not take for it.
export async function addressesMove() {
  const before = await inOneNetwork();
  await compose("stop", ...Object.keys(before));
  // The engine gives the lowest address that is free: whoever had the higher one goes first.
  const order = Object.keys(before).sort((one, other) => lastByte(before[other]) - lastByte(before[one]));
  for (const service of order) {
    await compose("up", "-d", "--no-deps", service);
    await healthy(service);
  }
  const after = await inOneNetwork();
  assert.equal(after.scheduler, before["api-1"], "no address moved");
  for (let number = 0; number < REQUESTS; number += 1) {
    assert.notEqual(await once(CURRICULUM, {}), null, "a request reached something else than an API server");
  }
  return `the scheduler took the address of api-1; ${REQUESTS} of ${REQUESTS} requests reached an API server; ${await bothServersAnswer()}`;
}

async function inOneNetwork() {
  const found = ["api-1", "scheduler"].map(async (service) => [service, [...(await addresses(service)).values()][0]]);
  return Object.fromEntries(await Promise.all(found));
}

function lastByte(text) {
  return Number(text.split(".").at(-1));
}

// The proxy knows both again.
async function bothServersAnswer() {
  const counts = await Promise.all(["api-1", "api-2"].map((service) => metric(service, "graphql_operations_total")));
  for (const [index, number] of counts.entries()) {
    assert.ok(number > 0, `the proxy sends nothing to api-${index + 1} any more`);
  }
  return `operations since: ${counts.join(" and ")}`;
}
