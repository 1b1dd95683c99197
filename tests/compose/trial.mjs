// The steps of a trial, each with one line that says what it found. `scripts/compose-trial.sh` starts what is tried.
// TRIAL_STEPS is a pattern of the names of those to do; not set: all.

import { fail, step } from "../browser/support.mjs";
import { SERVICES, logs } from "./engine.mjs";
import { addressesMove, nodesAreRolledUnderSubscribers } from "./steps/restarts.mjs";
import { aLearnerSubmitsAndFollows, everythingIsHealthy } from "./steps/start.mjs";
import { postgresIsPaused, redisIsKilledAndEmptied } from "./steps/stores.mjs";
import { theBooksAgree } from "./steps/totals.mjs";
import { aWorkerIsCutOffAndRejoins, aWorkerMovesToAnotherHost } from "./steps/workers.mjs";

const STEPS = [
  ["all services healthy", everythingIsHealthy],
  ["a learner submits and follows", aLearnerSubmitsAndFollows],
  ["a worker moved to another host", aWorkerMovesToAnotherHost],
  ["a worker cut off in the middle of runs", aWorkerIsCutOffAndRejoins],
  ["servers and workers rolled", nodesAreRolledUnderSubscribers],
  ["addresses moved", addressesMove],
  ["Redis killed, then emptied", redisIsKilledAndEmptied],
  ["Postgres paused", postgresIsPaused],
  ["the books", theBooksAgree],
];
const LOG_LINES_SHOWN = "30";

const chosen = new RegExp(process.env.TRIAL_STEPS ?? "");

for (const [name, run] of STEPS.filter(([name]) => chosen.test(name))) {
  const began = Date.now();
  try {
    const found = await run();
    step(`${name}: ${found} [${((Date.now() - began) / 1000).toFixed(1)} s]`);
  } catch (error) {
    error.message = `${name}: ${error.message}`;
    fail(error);
    for (const service of SERVICES) {
      const tail = await logs(service, LOG_LINES_SHOWN).catch((unreadable) => unreadable.message);
      console.error(`\n---- ${service}\n${tail}`);
    }
    break;
  }
}
// Sockets of a step that failed are still open.
process.exit();
