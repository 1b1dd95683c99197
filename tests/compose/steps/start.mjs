// The composition is whole; a learner's first visit.

import assert from "node:assert/strict";
import { EventLog } from "../../browser/event_log.mjs";
import { CURRICULUM } from "../documents.mjs";
import { SERVICES, container, healthy } from "../engine.mjs";
import { Learner, ORIGIN, ask } from "../learner.mjs";
import { Page, readEventStream } from "../streams.mjs";

export async function everythingIsHealthy() {
  await Promise.all(SERVICES.map(healthy));
  const ids = await Promise.all(SERVICES.map(container));
  assert.equal(new Set(ids).size, SERVICES.length);
  const ready = Date.now() - Number(process.env.TRIAL_STARTED_MS);
  assert.equal((await fetch(`${ORIGIN}/health/ready`)).status, 200);
  assert.equal((await fetch(`${ORIGIN}/metrics`)).status, 404, "metrics are not for everybody");
  assert.equal((await fetch(`${ORIGIN}/graphql/schema.graphql`)).status, 200);
  const { tracks } = await ask(CURRICULUM, {});
  const lessons = tracks.nodes.flatMap(({ modules }) => modules.flatMap((module) => module.lessons));
  const challenges = lessons.filter(({ challenge }) => challenge !== null);
  assert.ok(challenges.length > 0, "no challenge is published");
  const loaded = `${tracks.nodes.length} track, ${lessons.length} lessons, ${challenges.length} challenges`;
  return `${SERVICES.length} containers ready ${(ready / 1000).toFixed(1)} s after the start; ${loaded}`;
}

export async function aLearnerSubmitsAndFollows() {
  const ada = await Learner.enrol("ada");
  const page = new Page(ada);
  const bySocket = await page.follow(await ada.attempt());
  const { score, maxScore } = bySocket.finished;
  assert.equal(score, maxScore);
  await page.close();
  const program = await ada.program(10, 0.2);
  const log = new EventLog();
  const cut = await readEventStream(ada, program.id, log, { events: 4 });
  assert.equal(await readEventStream(ada, program.id, log, { lastEventId: cut }), null, "it is read to its end");
  assert.equal(log.finish().verdict, program.verdict);
  return `websocket: ACCEPTED, ${score} of ${maxScore}; ${bySocket.log.summary()} | event stream with Last-Event-ID: ${log.summary()}`;
}
