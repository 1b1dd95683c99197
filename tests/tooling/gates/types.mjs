// Whether the types that graphql-codegen makes of the schema and of every document are TypeScript, and say what a front end needs.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typescript from "@graphql-codegen/typescript";
import * as typescriptOperations from "@graphql-codegen/typescript-operations";
import { buildSchema, parse } from "graphql";
import { HERE, SCHEMA, documents, inTemporaryFolder, read } from "../tree.mjs";

const TSC = createRequire(import.meta.url).resolve("typescript/bin/tsc");

// A scalar that is not here is an error: whoever adds one says what it is in JSON.
const config = { strictScalars: true, scalars: { Cursor: "string", DateTime: "string", NaiveDate: "string" } };

const compilerOptions = {
  strict: true,
  noEmit: true,
  target: "ES2022",
  lib: ["ES2022"],
  module: "ESNext",
  moduleResolution: "bundler",
  types: [],
  skipLibCheck: true,
};

export async function types(root) {
  const sdl = read(root, SCHEMA);
  const made = {
    schema: parse(sdl),
    schemaAst: buildSchema(sdl),
    documents: documents(root).map((location) => ({ location, document: parse(read(root, location)) })),
    config,
    pluginMap: { typescript, typescriptOperations },
  };
  const schema = await codegen({ ...made, filename: "schema.ts", plugins: [{ typescript: {} }] });
  const operations = await codegen({ ...made, filename: "operations.ts", plugins: [{ typescriptOperations: {} }] });
  return inTemporaryFolder((folder) => {
    fs.writeFileSync(path.join(folder, "schema.ts"), schema);
    fs.writeFileSync(path.join(folder, "operations.ts"), operations);
    fs.copyFileSync(path.join(HERE, "consumer.ts"), path.join(folder, "consumer.ts"));
    const files = ["schema.ts", "operations.ts", "consumer.ts"];
    fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    const { status, stdout } = spawnSync(process.execPath, [TSC, "--project", "."], { cwd: folder, encoding: "utf8" });
    const findings = status === 0 ? [] : stdout.trim().split("\n");
    return { findings, note: `${made.documents.length} documents typed and compiled` };
  });
}
