// Redis is killed, started again and emptied; Postgres stops answering for a while.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { EventLog } from "../../browser/event_log.mjs";
import { XP } from "../documents.mjs";
import { container, docker, healthy, inside, sql, until } from "../engine.mjs";
import { books, enrol, once } from "../learner.mjs";
import { Page, readEventStream, show, tally } from "../streams.mjs";

const LEARNERS = 10;
// Who come while a store is away.
const LATE = 2;
const PAUSED_MS = 10_000;
// Requests at a time: more than the servers have connections.
const ASKING = 48;
const AGAIN_AFTER_MS = 250;

// Everybody sends a program and, while it runs or waits, an attempt, and follows both.
async function everybodySends(learners, pages) {
  const sending = learners.map(async (learner, index) => {
    const program = pages[index].follow(await learner.program(20, 0.25));
    const attempt = pages[index].follow(await learner.attempt());
    return Promise.all([program, attempt]);
  });
  return (await Promise.all(sending)).flat();
}

// Runs in their midst: they have said something, and have more to say.
async function running() {
  const [[number]] = await sql("SELECT count(*) FROM submissions WHERE status = 'RUNNING' AND started_at < now() - interval '1 second'");
  return Number(number);
}

export async function redisIsKilledAndEmptied() {
  const learners = await enrol(LEARNERS + LATE, "redis");
  const pages = learners.map((learner) => new Page(learner));
  tally.broken.clear();
  tally.resets.clear();
  // The middle of a run that has ended.
  const ended = await learners[0].program(10, 0.1);
  const log = new EventLog();
  const middle = await readEventStream(learners[0], ended.id, log, { events: 4 });
  await readEventStream(learners[0], ended.id, log, { lastEventId: middle });

  const followed = everybodySends(learners.slice(LATE), pages.slice(LATE));
  await until("something runs", running);
  await docker("kill", "-s", "KILL", await container("redis"));
  const away = await everybodySends(learners.slice(0, LATE), pages);
  await docker("start", await container("redis"));
  await healthy("redis");
  const ends = await followed;
  const resetsOfDown = show(tally.resets);
  tally.resets.clear();
  const emptied = everybodySends(learners, pages);
  await until("something runs", running);
  await inside("redis", "redis-cli", "FLUSHALL");
  ends.push(...away, ...(await emptied));
  const resetsOfEmptied = show(tally.resets);
  await Promise.all(pages.map((page) => page.close()));
  const told = await resumedWithoutLog(learners[0], ended, middle);
  return [
    `${ends.length} submissions followed, ${away.length} of them sent and ended while it was down, none lost, no hole`,
    `resets while it was down: ${resetsOfDown}, after it was emptied: ${resetsOfEmptied}`,
    `a cursor whose log is gone: ${told.join(", ")}`,
  ].join("; ");
}

// What cannot be continued begins with a reset and a snapshot.
async function resumedWithoutLog(learner, { id }, lastEventId) {
  await inside("redis", "redis-cli", "FLUSHALL");
  const told = [];
  const log = { open() {}, append: (event) => told.push(event) };
  await readEventStream(learner, id, log, { lastEventId });
  const [reset] = told;
  const names = told.map(({ __typename }) => __typename);
  assert.deepEqual(names, ["StreamReset", "SubmissionSnapshot", "SubmissionFinished"]);
  names[0] += ` (${reset.cause})`;
  return names;
}

export async function postgresIsPaused() {
  const learners = await enrol(LEARNERS + LATE, "postgres");
  const pages = learners.map((learner) => new Page(learner));
  tally.broken.clear();
  tally.resets.clear();
  const followed = everybodySends(learners.slice(LATE), pages.slice(LATE));
  await until("something runs", running);
  const id = await container("postgres");
  books.obstacles.clear();
  await docker("pause", id);
  const away = pause(PAUSED_MS);
  const late = everybodySends(learners.slice(0, LATE), pages.slice(0, LATE));
  let isAway = true;
  let answered = 0;
  // Again and again; `once` refuses an answer that is neither data nor a code that says to try again.
  const asking = Array.from({ length: ASKING }, async (_, index) => {
    while (isAway) {
      const data = await once(XP, {}, learners[index % learners.length].token);
      answered += data === null ? 0 : 1;
      await pause(AGAIN_AFTER_MS);
    }
  });
  await away;
  await docker("unpause", id);
  const back = Date.now();
  isAway = false;
  await until("it answers again", async () => (await once(XP, {}, learners[0].token)) !== null);
  const recovered = Date.now();
  await Promise.all(asking);
  const refused = show(books.obstacles);
  const ends = [...(await followed), ...(await late)];
  await Promise.all(pages.map((page) => page.close()));
  return [
    `of the requests meanwhile ${answered} waited and were answered, the rest refused: ${refused}`,
    `it answered ${recovered - back} ms after it was back`,
    `${ends.length} submissions followed, ${2 * LATE} of them sent meanwhile, none lost, no hole; resets: ${show(tally.resets)}`,
  ].join("; ");
}
