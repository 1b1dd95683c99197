// Breaks copies of the schema and of the documents, one way a case, and has the gate that should notice look at each.
import fs from "node:fs";
import path from "node:path";
import { GATES } from "./gates/all.mjs";
import { writePossibleTypes } from "./gates/possible_types.mjs";
import { BREAKING, POSSIBLE_TYPES, RELEASED, REPOSITORY, SCHEMA, documents, examine, inTemporaryFolder, read } from "./tree.mjs";

/** A copy of what the gates look at, with the means to break it. */
class Copy {
  constructor(root) {
    this.root = root;
    for (const file of [SCHEMA, BREAKING, POSSIBLE_TYPES, ...documents(REPOSITORY)]) {
      this.write(file, read(REPOSITORY, file));
    }
    // What is breaking is judged against the schema as it was before the case changed it.
    this.write(RELEASED, read(REPOSITORY, SCHEMA));
    this.write(BREAKING, "[]");
  }

  write(file, text) {
    const target = path.join(this.root, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  }

  /** Fails when there is nothing to replace: a case that breaks nothing proves nothing. */
  replace(file, from, to) {
    const text = read(this.root, file);
    const changed = text.replace(from, to);
    if (changed === text) {
      throw new Error(`${file} holds no ${from}`);
    }
    this.write(file, changed);
  }

  /** Alters the body of one definition of the schema. */
  alter(definition, from, to) {
    const [found] = read(this.root, SCHEMA).match(new RegExp(`^${definition}\\b[^{\\n]*\\{[^]*?^\\}`, "m")) ?? [];
    if (!found?.match(from)) {
      throw new Error(`${definition} holds no ${from}`);
    }
    this.replace(SCHEMA, found, () => found.replace(from, to));
  }

  add(text) {
    this.write(SCHEMA, `${read(this.root, SCHEMA)}\n${text}\n`);
  }
}

const DESCRIPTION = /"""[^"]*"""\s*/.source;
const PLAN_REMOVED = "Field 'plan' was removed from object type 'User'";
const field = (name) => new RegExp(`\\t${DESCRIPTION}\\b${name}: .*\\n`);

/** Each: the gate, what is done to the copy, and what must be among the findings; none at all where nothing is wrong. */
const CASES = [
  {
    gate: "graphql-eslint",
    what: "a schema and a document against many rules",
    break: (copy) => {
      copy.add(`"""A light."""\ntype Lantern { "What it costs." the_price: Int! @deprecated }\n`);
      copy.add(`type LanternConnection { "Its items." edges: [Lantern!]! "More." pageInfo: PageInfo }\n`);
      copy.alter("type Squad", /\{\n/, '{\n\t"""All lanterns."""\n\tlanterns: LanternConnection!\n\t"""Some."""\n\tlit: [User!]!\n');
      copy.alter("type Leaderboard", "pageInfo: ", "page: ");
      copy.write("graphql/boards/Bad.graphql", "query Bad($unused: Int) { viewer { displayName displayName } }\nfragment Idle on Squad { id }\n");
    },
    finds: [
      /naming-convention: .*the_price/, /strict-id-in-types: .*Lantern"/, /require-deprecation-reason: /,
      /require-description: .*LanternConnection/, /relay-connection-types: .*PageInfo/, /relay-edge-types: .*\(Lantern\)/,
      /relay-edge-types: .*\(Squad\.lit\)/, /relay-arguments: .*\(Squad\.lanterns\)/, /nothing needs the exception of relay-connection-types for Leaderboard/,
      /Bad\.graphql:1 require-selections: /, /Bad\.graphql:1 no-unused-variables: /, /Bad\.graphql:1 no-duplicate-fields: /,
      /Bad\.graphql:2 no-unused-fragments: /,
    ],
  },
  {
    gate: "graphql-eslint",
    what: "a type that nothing gives, with the rules switched off beside it",
    break: (copy) => copy.add(`# eslint-disable\n"""Found nowhere."""\ntype Lost { "Its id." id: ID! }\n`),
    finds: [/no-unreachable-types: .*Lost/],
  },
  {
    gate: "graphql-inspector",
    what: "six changes that break clients",
    break: (copy) => {
      copy.alter("type User", field("plan"), "");
      copy.alter("type Submission", /\bscore: Int\b/, "score: String");
      copy.alter("type Squad", /\bname: String!/, "name: String");
      copy.alter("input UpdateLearningSettingsInput", /\btimeZone: String\b/, "timeZone: String!");
      copy.alter("enum XpKind", new RegExp(`\\t${DESCRIPTION}MISSION\\n`), "");
      copy.replace(SCHEMA, "union AnswerQuizPayload = AnswerQuizSuccess | LessonLocked", "union AnswerQuizPayload = AnswerQuizSuccess");
    },
    finds: [
      /^Field 'plan' was removed/, /^Field 'Submission\.score' changed type/, /^Field 'Squad\.name' changed type/,
      /^Input field 'UpdateLearningSettingsInput\.timeZone' changed type/, /^Enum value 'MISSION' was removed/, /^Member 'LessonLocked' was removed/,
    ],
  },
  {
    gate: "graphql-inspector",
    what: "a field less, listed with its reason, and a field more",
    break: (copy) => {
      copy.alter("type User", field("plan"), "");
      copy.alter("type Squad", /\{\n/, '{\n\t"""How bright."""\n\tlight: Int\n');
      copy.write(BREAKING, JSON.stringify([{ change: PLAN_REMOVED, reason: "was deprecated for a year" }]));
    },
    finds: [],
  },
  {
    gate: "graphql-inspector",
    what: "a list without a reason, and with what has not happened",
    break: (copy) => {
      copy.alter("type User", field("plan"), "");
      copy.write(BREAKING, JSON.stringify([{ change: PLAN_REMOVED, reason: " " }, { change: "Field 'User.email' is gone", reason: "so" }]));
    },
    finds: [/gives no reason: Field 'plan'/, /has not happened since the release: Field 'User\.email'/],
  },
  {
    gate: "relay-compiler",
    what: "an edge without a cursor",
    break: (copy) => copy.alter("type SubmissionEdge", field("cursor"), ""),
    finds: [/relay-compiler refused it: .*Probe_Viewer_submissions.*cursor/s],
  },
  {
    gate: "relay-compiler",
    what: "a connection that is read without `after`",
    break: (copy) => copy.alter("type Query", new RegExp(`(users\\([^]*?first: Int),\\s*${DESCRIPTION}after: String`), "$1"),
    finds: [/relay-compiler refused it: .*Unknown argument 'after' on field 'Query\.users'/s],
  },
  {
    gate: "graphql-codegen and tsc",
    what: "a document that asks for a field that is gone",
    break: (copy) => copy.alter("type Squad", field("name"), ""),
    finds: [/Cannot query field .*name.* on type .*Squad/],
  },
  {
    gate: "graphql-codegen and tsc",
    what: "a scalar nobody knows",
    break: (copy) => {
      copy.add(`"""A colour."""\nscalar Colour`);
      copy.alter("type Squad", /\{\n/, "{\n\tcolour: Colour\n");
    },
    finds: [/Unknown scalar type Colour/],
  },
  {
    gate: "graphql-codegen and tsc",
    what: "two fragments of one name",
    break: (copy) => copy.write("graphql/boards/Twice.graphql", "query Twice { viewer { ...Whole } }\nfragment Whole on Viewer { id }\n"),
    finds: [/Not all fragments have an unique name: Whole/],
  },
  {
    gate: "graphql-codegen and tsc",
    what: "types that a front end written for the old ones cannot use",
    break: (copy) => {
      copy.alter("type Submission", /\bscore: Int\b/, "score: [Int!]");
      copy.replace("graphql/submissions/SubmitSolution.graphql", /\n *__typename/, "");
    },
    finds: [/consumer\.ts.*error TS.*number\[\]/, /consumer\.ts.*error TS.*__typename/],
  },
  {
    gate: "possible types",
    what: "a list with a member less, a member more and a union less",
    break: (copy) => {
      const possible = JSON.parse(read(copy.root, POSSIBLE_TYPES));
      possible.UserError.pop();
      possible.Node.push("Lantern");
      delete possible.ViewerEvent;
      copy.write(POSSIBLE_TYPES, JSON.stringify(possible));
    },
    finds: [/^UserError is /, /^Node is .* says .*Lantern/, /^ViewerEvent is .* says nothing/],
  },
  {
    gate: "possible types",
    what: "the list that `--write` makes of another schema",
    break: async (copy) => {
      copy.replace(SCHEMA, "union AnswerQuizPayload = AnswerQuizSuccess | LessonLocked", "union AnswerQuizPayload = AnswerQuizSuccess");
      await writePossibleTypes(copy.root);
    },
    finds: [],
  },
  ...GATES.map(({ name: gate }) => ({
    gate,
    what: "a schema that is none",
    break: (copy) => copy.add("type Half {"),
    finds: [/Syntax Error/],
  })),
];

export async function selfTest() {
  let wrong = 0;
  for (const { gate: name, what, break: breaks, finds } of CASES) {
    const gate = GATES.find((candidate) => candidate.name === name);
    const missed = await inTemporaryFolder(async (root) => {
      const copy = new Copy(root);
      await breaks(copy);
      const { findings } = await examine(gate, root);
      const missing = finds.filter((wanted) => !findings.some((finding) => wanted.test(finding))).map((wanted) => `does not say ${wanted}`);
      const surplus = finds.length === 0 && findings.length > 0 ? ["complains"] : [];
      return [...missing, ...surplus].map((problem) => `${problem}; it says ${JSON.stringify(findings, null, 2)}`);
    });
    wrong += missed.length;
    console.log(`${missed.length === 0 ? "ok    " : "FAILED"}  ${name}: ${what}${finds.length === 0 ? " (fine)" : ""}`);
    missed.forEach((problem) => console.log(`        ${problem}`));
  }
  console.log(wrong === 0 ? "every gate fails where it should" : `${wrong} mistakes were not found`);
  return wrong === 0;
}
