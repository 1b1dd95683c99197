// What graphql-js makes of random documents: `node differential.mjs SCHEMA SEED COUNT` prints a line of JSON for each, with the
// document, its variables, whether it is valid, its data as text and the paths of its errors.
//
// The resolvers are those of tests/it/protocol/differential/schema.rs: every object is a number, and what it gives follows from that.
import { readFileSync } from "node:fs";
import {
  GraphQLError, buildSchema, execute, getNamedType, isAbstractType, isCompositeType, isNonNullType, parse, validate,
} from "graphql";

const [path, seed, count] = process.argv.slice(2);
const schema = buildSchema(readFileSync(path, "utf8"));

const fail = () => { throw new GraphQLError("It fails."); };
const every = (n, times, value) => (n % times === 0 ? fail() : value);
const object = (n) => (n % 2 === 0 ? { __typename: "A", n } : { __typename: "B", n });
const a = (n) => ({ __typename: "A", n });
const fields = {
  name: ({ n }) => `object ${n}`,
  number: ({ n }) => n,
  maybe: ({ n }) => (n % 3 === 0 ? null : n),
  fails: ({ n }) => every(n, 2, n),
  strict: ({ n }) => every(n, 5, n),
  numbers: ({ n }) => [n, n + 1, n + 2],
  holes: ({ n }) => [0, 1, 2, 3].map((at) => ((n + at) % 3 === 0 ? null : (n + at) % 4 === 0 ? new GraphQLError("It fails.") : n + at)),
  strictHoles: ({ n }) => [0, 1, 2].map((at) => ((n + at) % 7 === 0 ? new GraphQLError("It fails.") : n + at)),
  near: ({ n }) => (n % 4 === 3 ? null : object(n + 1)),
  sure: ({ n }) => every(n, 11, a(n + 2)),
  kids: ({ n }) => [object(n + 1), object(n + 2), null],
  sureKids: ({ n }) => [a(n + 2), a(n + 3)],
  things: ({ n }) => (n % 6 === 0 ? fail() : [object(n + 3), object(n + 4)]),
  plus: ({ n }, { by, twice }) => (n + by) * (twice ? 2 : 1),
  onlyA: ({ n }) => n * 10,
  onlyB: ({ n }) => `b${n}`,
  same: ({ __typename, n }) => (__typename === "A" ? n : `b${n}`),
  loose: ({ __typename, n }) => (__typename === "A" && n % 3 === 0 ? null : n),
  sum: (_, { of }) => (of ? of.a + (of.b ?? 0) : null),
  at: (_, { n }) => object(n),
  first: () => a(1),
  thing: (_, { n }) => object(n ?? 0),
};

function resolved(document, variableValues) {
  const fieldResolver = (source, args, _context, info) => {
    return fields[info.fieldName](source ?? { n: info.fieldName === "things" ? 1 : 0 }, args);
  };
  return execute({ schema, document, variableValues, fieldResolver });
}

// mulberry32
let state = Number(seed) >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
}
const chance = (share) => random() < share;
const below = (end) => Math.floor(random() * end);
const pick = (all) => all[below(all.length)];

// Below the server's limit, with those that are wanted twice.
const ALIASES_MAX = 20;
const VARIABLES = {
  n: ["Int!", () => below(9)], by: ["Int = 2", () => below(9)], m: ["Int", () => pick([undefined, null, below(9)])],
  yes: ["Boolean!", () => chance(0.5)], or: ["Boolean = true", () => pick([undefined, true, false])],
  may: ["Boolean", () => pick([true, false])], pair: ["Pair", () => pick([null, { a: 1 }, { a: 2, b: 3 }])],
};

class Writer {
  constructor() {
    this.used = new Set();
    this.fragments = new Map();
    this.aliases = 0;
    // One document in four may hold mistakes.
    this.mistakes = chance(0.25) ? 0.03 : 0;
  }

  variable(name) {
    this.used.add(name);
    return `$${name}`;
  }

  wrong() {
    return chance(this.mistakes);
  }

  value(type) {
    if (this.wrong()) return chance(0.2) ? this.variable("may") : pick(["\"text\"", "null", "{a: 1}", "$nowhere", "[1]", "RED"]);
    const named = getNamedType(type).name;
    if (named === "Boolean") return chance(0.5) ? pick(["true", "false"]) : this.variable(isNonNullType(type) ? "yes" : pick(["yes", "or", "may"]));
    if (named === "Pair") {
      const forms = [
        () => "{a: 1}", () => `{b: 2, a: ${this.variable("n")}}`, () => `{a: 3, b: ${this.variable("m")}}`, () => this.variable("pair"), () => "null",
      ];
      return pick(forms)();
    }
    return chance(0.6) ? String(below(9)) : this.variable(isNonNullType(type) ? "n" : pick(["n", "by", "m"]));
  }

  directives() {
    if (!chance(0.15)) return "";
    if (this.wrong()) return pick([" @skip", " @nothing", " @skip(if: 1)", " @skip(if: true) @skip(if: true)", " @include(unless: true)"]);
    const condition = chance(0.5) ? pick(["true", "false"]) : this.variable(pick(["yes", "yes", "or", ...(chance(0.05) ? ["may"] : [])]));
    return ` @${pick(["skip", "include"])}(if: ${condition})`;
  }

  field(type, depth) {
    if (chance(0.08)) return `${chance(0.1) ? `${pick("xyz")}: ` : ""}__typename${this.directives()}`;
    if (!type.getFields || this.wrong()) return this.wrong() ? "nothing" : "__typename";
    const all = Object.values(type.getFields()).filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
    if (all.length === 0) return "__typename";
    const field = pick(all);
    const args = field.args.filter((argument) => (isNonNullType(argument.type) && argument.defaultValue === undefined && !this.wrong()) || chance(0.3));
    if (this.wrong()) args.push({ name: "nothing", type: field.type });
    let text = field.name;
    if (chance(0.06)) text = `${pick("xyz")}: ${text}`;
    else if (this.aliases < ALIASES_MAX && chance(args.length > 0 ? 0.85 : 0.1)) text = `a${(this.aliases += 1)}: ${text}`;
    if (args.length > 0) text += `(${args.map((argument) => `${argument.name}: ${this.value(argument.type)}`).join(", ")})`;
    text += this.directives();
    const inner = getNamedType(field.type);
    if (isCompositeType(inner) !== this.wrong()) text += ` ${isCompositeType(inner) ? this.selections(inner, depth - 1) : "{ name }"}`;
    return text;
  }

  // Types that an object of this type may have as well.
  beside(type) {
    if (this.wrong()) return pick([...["A", "B", "Named", "Thing", "Query"].map((name) => schema.getType(name)), { name: "Nowhere" }]);
    const possible = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
    return pick([type, ...possible, ...possible.flatMap((object) => object.getInterfaces())]);
  }

  selection(type, depth) {
    if (depth <= 0 || !chance(type.getFields ? 0.3 : 0.8)) return this.field(type, depth);
    if (chance(0.5)) {
      if (chance(0.25)) return `...${this.directives()} ${this.selections(type, depth - 1)}`;
      const on = this.beside(type);
      return `... on ${on.name}${this.directives()} ${on.astNode === undefined && !on.getFields ? "{ a }" : this.selections(on, depth - 1)}`;
    }
    const on = this.beside(type);
    const known = [...this.fragments.entries()].filter(([, found]) => found.type === on && found.text !== undefined);
    if (known.length > 0 && chance(0.6)) return `...${pick(known)[0]}${this.directives()}`;
    if (this.fragments.size > 5 || on.astNode === undefined) return this.field(type, depth);
    const name = `F${this.fragments.size}`;
    this.fragments.set(name, { type: on });
    this.fragments.get(name).text = `fragment ${name} on ${on.name} ${this.selections(on, depth - 1)}`;
    return this.wrong() ? "...Nowhere" : `...${name}${this.directives()}`;
  }

  selections(type, depth) {
    return `{ ${Array.from({ length: 1 + below(4) }, () => this.selection(type, depth)).join(" ")} }`;
  }

  document() {
    const root = this.selections(schema.getQueryType(), 4);
    if (this.wrong()) this.used.add("n");
    const used = [...this.used].filter(() => !this.wrong());
    const definitions = used.map((name) => `$${name}: ${VARIABLES[name][0]}`).join(", ");
    const values = used.map((name) => [name, VARIABLES[name][1]()]).filter(([, value]) => value !== undefined);
    const fragments = [...this.fragments.values()].map((fragment) => fragment.text);
    return { query: [`query${used.length > 0 ? `(${definitions})` : ""} ${root}`, ...fragments].join("\n"), variables: Object.fromEntries(values) };
  }
}

for (let number = 0; number < Number(count); number += 1) {
  const { query, variables } = new Writer().document();
  const document = parse(query);
  const mistakes = validate(schema, document);
  const line = { query, variables, valid: mistakes.length === 0, mistake: mistakes[0]?.message };
  if (line.valid) {
    const { data, errors = [] } = resolved(document, variables);
    // Without data the variables were refused: nothing was executed.
    if (data === undefined) line.refused = errors[0].message;
    else Object.assign(line, { data: JSON.stringify(data), errors: errors.map((error) => error.path ?? []) });
  }
  console.log(JSON.stringify(line));
}
