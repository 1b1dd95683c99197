// What a gate looks at: a folder laid out like the repository, so that a broken copy can stand in its place.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const REPOSITORY = path.resolve(HERE, "../..");

export const SCHEMA = "schema/schema.graphql";
export const RELEASED = "schema/released.graphql";
export const BREAKING = "schema/breaking.json";
export const POSSIBLE_TYPES = "graphql/client/src/possible_types.json";

export function read(root, file) {
  return fs.readFileSync(path.join(root, file), "utf8");
}

/** Every operation document, by its path below `root`, in a fixed order. */
export function documents(root) {
  const walk = (folder) =>
    fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const below = `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        return entry.name === "node_modules" ? [] : walk(below);
      }
      return entry.name.endsWith(".graphql") ? [below] : [];
    });
  const found = walk("graphql").sort();
  if (found.length === 0) {
    throw new Error("graphql/ holds no documents");
  }
  return found;
}

/** Gives `use` a folder that is gone afterwards. */
export async function inTemporaryFolder(use) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "schema-gates-"));
  try {
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** What a gate finds; that it could not look is a finding, too. */
export async function examine(gate, root) {
  try {
    return await gate.run(root);
  } catch (error) {
    return { findings: [`cannot be examined: ${error.message}`], note: "" };
  }
}
