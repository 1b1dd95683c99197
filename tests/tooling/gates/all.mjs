// The gates in the order they are reported. Each takes a tree and gives its findings, and a note for when there are none.
import { changes } from "./changes.mjs";
import { lint } from "./lint.mjs";
import { possibleTypes } from "./possible_types.mjs";
import { relay } from "./relay.mjs";
import { types } from "./types.mjs";

export const GATES = [
  { name: "graphql-eslint", run: lint },
  { name: "graphql-inspector", run: changes },
  { name: "relay-compiler", run: relay },
  { name: "graphql-codegen and tsc", run: types },
  { name: "possible types", run: possibleTypes },
];
