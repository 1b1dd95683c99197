// The recommended rules of graphql-eslint, for the schema with those of Relay, for the documents with those of operations.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { buildSchema, getNamedType, isLeafType, parse, print } from "graphql";
import { HERE, SCHEMA, read } from "../tree.mjs";
import { EXCEPTIONS } from "./lint_exceptions.mjs";

/** Finds the type or field at a place of the schema: its name, and the whole of it as exceptions match it. */
function placesOf(sdl) {
  const schema = buildSchema(sdl, { assumeValid: true });
  const definitions = parse(sdl).definitions;
  const lines = sdl.split("\n");
  const startOf = (line) => lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return ({ line, column }) => {
    const offset = startOf(line) + column - 1;
    const holds = (node) => node.loc.start <= offset && offset < node.loc.end;
    const definition = definitions.find(holds);
    const owner = definition?.name?.value ?? "the schema";
    const field = definition?.fields?.find(holds);
    if (!field) {
      const faces = (definition?.interfaces ?? []).map((face) => face.name.value).join(" & ");
      return { name: owner, whole: `type ${owner}${faces && ` implements ${faces}`}` };
    }
    const name = `${owner}.${field.name.value}`;
    const named = getNamedType(schema.getType(owner).getFields()[field.name.value].type);
    return { name, whole: `${name}: ${print(field.type)}${isLeafType(named) ? " of values" : ""}` };
  };
}

function allows({ rule, at }, said, place) {
  return rule === said && (typeof at === "string" ? at === place.name : at.test(place.whole));
}

export async function lint(root) {
  const run = path.join(HERE, "gates", "lint_run.mjs");
  const output = execFileSync(process.execPath, [run, root], { encoding: "utf8", maxBuffer: 64 << 20 });
  const { said, files } = JSON.parse(output);
  const placeAt = said.some(({ file }) => file === SCHEMA) ? placesOf(read(root, SCHEMA)) : undefined;
  const used = new Set();
  const findings = [];
  for (const { file, line, column, rule, message } of said) {
    const short = rule.replace("@graphql-eslint/", "");
    const place = file === SCHEMA ? placeAt({ line, column }) : undefined;
    const exception = place && EXCEPTIONS.find((candidate) => allows(candidate, short, place));
    if (exception) {
      used.add(exception);
    } else {
      findings.push(`${file}:${line} ${short}: ${message.split("\n")[0]}${place ? ` (${place.name})` : ""}`);
    }
  }
  const stale = EXCEPTIONS.filter((exception) => !used.has(exception));
  findings.push(...stale.map(({ rule, at }) => `gates/lint_exceptions.mjs: nothing needs the exception of ${rule} for ${at}`));
  return { findings, note: `the schema and ${files - 1} documents, with ${EXCEPTIONS.length} exceptions, all needed` };
}
