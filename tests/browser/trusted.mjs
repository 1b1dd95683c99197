// Makes `graphql/trusted.json`: the operations of `graphql/` as Apollo Client prints them, each with its SHA-256, in the format of
// Apollo's persisted-query manifests. The server embeds it, and front ends may import it.
//
//   node trusted.mjs          ends with a status other than 0 when the file is not what it would make
//   node trusted.mjs --write  makes it

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InMemoryCache } from "@apollo/client";
import { parse, print } from "graphql";
import { fail, step } from "./support.mjs";

const folder = fileURLToPath(new URL("../../graphql", import.meta.url));
const manifestPath = join(folder, "trusted.json");
const cache = new InMemoryCache();

const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith(".graphql")).sort();
const operations = await Promise.all(paths.map(async (path) => operationOf(parse(await readFile(join(folder, path), "utf8")))));
operations.sort((one, other) => (one.name < other.name ? -1 : 1));
const manifest = `${JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations }, null, 2)}\n`;

if (process.argv.includes("--write")) {
  await writeFile(manifestPath, manifest);
  step(`${operations.length} operations are written`);
} else if ((await readFile(manifestPath, "utf8")) === manifest) {
  step(`${operations.length} operations are as Apollo Client prints them`);
} else {
  fail(new Error("graphql/trusted.json is not up to date: make trusted"));
}

function operationOf(document) {
  const { operation, name } = document.definitions.find((definition) => definition.kind === "OperationDefinition");
  const body = print(cache.transformDocument(document));
  return { id: createHash("sha256").update(body).digest("hex"), name: name.value, type: operation, body };
}
