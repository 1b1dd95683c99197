// Which types are members of which union or interface: the client's cache must know it as the schema says it.
import fs from "node:fs";
import path from "node:path";
import * as fragmentMatcher from "@graphql-codegen/fragment-matcher";
import { buildSchema } from "graphql";
import { POSSIBLE_TYPES, SCHEMA, read } from "../tree.mjs";

async function wanted(root) {
  const config = { apolloClientVersion: 3 };
  const made = await fragmentMatcher.plugin(buildSchema(read(root, SCHEMA)), [], config, { outputFile: "possible_types.json" });
  return JSON.parse(made).possibleTypes;
}

export async function possibleTypes(root) {
  const wants = await wanted(root);
  const has = JSON.parse(read(root, POSSIBLE_TYPES));
  const names = [...new Set([...Object.keys(wants), ...Object.keys(has)])].sort();
  const written = (members) => (members ? [...members].sort().join(" | ") : "nothing");
  const wrong = names.filter((name) => written(wants[name]) !== written(has[name]));
  const findings = wrong.map((name) => `${name} is ${written(wants[name])}; ${POSSIBLE_TYPES} says ${written(has[name])}`);
  if (findings.length > 0) {
    findings.push("`node tests/tooling/check.mjs --write` brings it up to date");
  }
  return { findings, note: `${Object.keys(wants).length} unions and interfaces as in the schema` };
}

/** Writes it anew. */
export async function writePossibleTypes(root) {
  fs.writeFileSync(path.join(root, POSSIBLE_TYPES), `${JSON.stringify(await wanted(root), null, 2)}\n`);
}
