// What would break a client that was written for the released schema. Only what schema/breaking.json lists, with a reason, may.
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";
import { BREAKING, RELEASED, SCHEMA, read } from "../tree.mjs";

function listed(root) {
  const found = JSON.parse(read(root, BREAKING));
  const reasons = new Map(found.map(({ change, reason }) => [change, reason]));
  const findings = found.filter(({ reason }) => !reason?.trim()).map(({ change }) => `${BREAKING} gives no reason: ${change}`);
  return { reasons, findings };
}

export async function changes(root) {
  const { reasons, findings } = listed(root);
  const all = await diff(buildSchema(read(root, RELEASED)), buildSchema(read(root, SCHEMA)));
  const breaking = all.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  const met = new Set();
  for (const { message } of breaking) {
    met.add(message);
    if (!reasons.has(message)) {
      findings.push(message);
    }
  }
  if (findings.length > 0) {
    findings.push(`what must be is listed in ${BREAKING}: its line above as "change", and a "reason"`);
  }
  const stale = [...reasons.keys()].filter((change) => !met.has(change));
  findings.push(...stale.map((change) => `${BREAKING} lists what has not happened since the release: ${change}`));
  return { findings, note: `${all.length} changes since the release, ${breaking.length} of them breaking and listed` };
}
