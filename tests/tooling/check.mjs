// What the tools of clients make of schema/schema.graphql and of the documents in graphql/: `node check.mjs`.
//
//   node check.mjs               every gate, one line each; findings below their gate; exits with 1 if there are any
//   node check.mjs --self-test   breaks copies of the schema and the documents, and says whether each gate notices
//   node check.mjs --write       writes graphql/client/src/possible_types.json anew
//
// It needs no running server. What stands in schema/breaking.json and in gates/lint_exceptions.mjs is allowed, each with its reason.
import { GATES } from "./gates/all.mjs";
import { writePossibleTypes } from "./gates/possible_types.mjs";
import { selfTest } from "./self_test.mjs";
import { POSSIBLE_TYPES, REPOSITORY, examine } from "./tree.mjs";

async function check() {
  let passed = 0;
  for (const gate of GATES) {
    const { findings, note } = await examine(gate, REPOSITORY);
    if (findings.length === 0) {
      passed += 1;
      console.log(`ok      ${gate.name}: ${note}`);
    } else {
      console.log(`FAILED  ${gate.name}: ${findings.length} findings`);
      for (const finding of findings) {
        console.log(`        ${finding.replaceAll("\n", "\n        ")}`);
      }
    }
  }
  console.log(`${passed} of ${GATES.length} gates passed`);
  return passed === GATES.length;
}

const asked = process.argv[2];
if (![undefined, "--self-test", "--write"].includes(asked)) {
  console.error(`${asked} is none of --self-test and --write`);
  process.exit(2);
}
if (asked === "--write") {
  await writePossibleTypes(REPOSITORY);
  console.log(`${POSSIBLE_TYPES} written`);
} else {
  const fine = asked === "--self-test" ? await selfTest() : await check();
  process.exitCode = fine ? 0 : 1;
}
