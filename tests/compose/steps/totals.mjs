// The books at the end: what was sent, what was stored, what was paid.

import assert from "node:assert/strict";
import { SUBMISSION, XP } from "../documents.mjs";
import { cells, compose, sql } from "../engine.mjs";
import { books } from "../learner.mjs";

export async function theBooksAgree() {
  const verdicts = new Map();
  for (const { learner, id, verdict, document, input } of books.sent) {
    const { sent } = await learner.ask(document, { input });
    assert.equal(sent.submission.id, id, "the same request is the same submission");
    const { submission } = await learner.ask(SUBMISSION, { id });
    assert.deepEqual(submission, { status: "FINISHED", verdict }, id);
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  const [[rows, finished, twice]] = await sql(
    `SELECT count(*), count(verdict), (SELECT count(*) FROM (SELECT 1 FROM submission_checks GROUP BY submission_id, check_id HAVING count(*) > 1) repeated)
     FROM submissions`,
  );
  assert.deepEqual([Number(rows), Number(finished), Number(twice)], [books.sent.length, books.sent.length, 0]);
  let xp = 0;
  for (const learner of books.learners) {
    const { viewer } = await learner.ask(XP, {});
    assert.equal(viewer.xp, learner.xp, "XP is what the rules give");
    xp += viewer.xp;
  }
  const [[paid, again]] = await sql("SELECT sum(amount), count(*) FILTER (WHERE revision > 1) FROM xp_entries");
  assert.deepEqual([Number(paid), Number(again)], [xp, 0], "every source has paid once");
  const warm = (await cells()).length;
  await compose("stop", "worker-1", "worker-2");
  assert.deepEqual(await cells(), [], "cells were left behind");
  return [
    `${books.sent.length} submissions made, ${finished} verdicts stored (${[...verdicts].map((pair) => pair.join(" ")).join(", ")})`,
    `${xp} XP of ${books.learners.length} learners, each source once`,
    `${warm} warm cells before the workers stopped, 0 after`,
  ].join("; ");
}
