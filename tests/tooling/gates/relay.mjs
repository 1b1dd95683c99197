// Whether Relay's compiler can work with the schema: objects by their id, every connection page by page, payload unions, events.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { buildSchema, getNamedType, isRequiredArgument } from "graphql";
import compiler from "relay-compiler";
import { SCHEMA, inTemporaryFolder, read } from "../tree.mjs";

const OPERATIONS = [
  "query ProbeQuery($id: ID!) { node(id: $id) { id ... on Submission { status } } viewer { id displayName } }",
  `mutation ProbeMutation($input: SubmitSolutionInput!) {
    submitSolution(input: $input) { ... on SubmitSolutionSuccess { submission { id status } } ... on UserError { code message } }
  }`,
  `subscription ProbeSubscription($submissionId: ID!, $after: Cursor) {
    submissionEvents(submissionId: $submissionId, after: $after) { ... on Event { cursor seq } ... on SubmissionFinished { submission { id verdict } } }
  }`,
];

/** The fields that Relay can page through: connections of what can be fetched again by an id, or at the root. */
function pagedFields(schema) {
  const owners = [schema.getQueryType(), ...schema.getPossibleTypes(schema.getType("Node"))];
  return owners.flatMap((owner) => {
    const fields = Object.values(owner.getFields()).filter((field) => getNamedType(field.type).name.endsWith("Connection"));
    return fields.map((field) => ({ owner: owner.name, field: field.name, needs: field.args.filter(isRequiredArgument) }));
  });
}

/** A fragment that asks for the next page of a field, as a list on the screen does. */
function page({ owner, field, needs }) {
  const declared = needs.map(({ name, type }) => `, ${name}: {type: "${type}"}`);
  const given = needs.map(({ name }) => `, ${name}: $${name}`);
  return `fragment Probe_${owner}_${field} on ${owner}
    @refetchable(queryName: "Probe${owner}${field}Query")
    @argumentDefinitions(first: {type: "Int", defaultValue: 10}, after: {type: "String"}${declared.join("")}) {
      ${field}(first: $first, after: $after${given.join("")}) @connection(key: "Probe_${owner}_${field}") { edges { node { __typename } } }
    }`;
}

export async function relay(root) {
  if (!compiler) {
    return { findings: [`relay-compiler has no binary for ${process.platform} on ${process.arch}`], note: "" };
  }
  const sdl = read(root, SCHEMA);
  const paged = pagedFields(buildSchema(sdl, { assumeValid: true }));
  const source = [...OPERATIONS, ...paged.map(page)].map((text) => `graphql\`${text}\`;\n`).join("");
  return inTemporaryFolder((folder) => {
    fs.mkdirSync(path.join(folder, "src"));
    fs.mkdirSync(path.join(folder, "made"));
    fs.writeFileSync(path.join(folder, "schema.graphql"), sdl);
    fs.writeFileSync(path.join(folder, "src", "Probe.js"), source);
    const config = { src: "./src", schema: "./schema.graphql", artifactDirectory: "./made", language: "typescript" };
    fs.writeFileSync(path.join(folder, "relay.config.json"), JSON.stringify(config));
    const { status, stdout, stderr, error } = spawnSync(compiler, ["relay.config.json"], { cwd: folder, encoding: "utf8" });
    const said = stripVTControlCharacters(`${error?.message ?? ""}${stdout}${stderr}`).trim();
    const made = fs.readdirSync(path.join(folder, "made")).length;
    const findings = status === 0 && made > 0 ? [] : [`relay-compiler refused it: ${said}`];
    return { findings, note: `${OPERATIONS.length} operations and ${paged.length} connections compiled` };
  });
}
