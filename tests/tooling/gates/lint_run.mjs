// Runs graphql-eslint over one tree and prints what it says as JSON. A process of its own: the parser keeps the first
// configuration it is given for as long as it lives. `node lint_run.mjs <root>`.
import path from "node:path";
import plugin from "@graphql-eslint/eslint-plugin";
import { ESLint } from "eslint";
import { SCHEMA, documents } from "../tree.mjs";

const root = process.argv[2];
const operations = documents(root);
const config = plugin.configs;
const overrideConfig = [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": plugin },
    // Exceptions stand in one list, with their reasons.
    linterOptions: { noInlineConfig: true },
    languageOptions: {
      parser: plugin.parser,
      parserOptions: {
        graphQLConfig: { schema: path.join(root, SCHEMA), documents: operations.map((file) => path.join(root, file)) },
      },
    },
  },
  { files: [SCHEMA], rules: { ...config["flat/schema-recommended"].rules, ...config["flat/schema-relay"].rules } },
  { files: ["graphql/**/*.graphql"], rules: config["flat/operations-recommended"].rules },
];
const eslint = new ESLint({ cwd: root, overrideConfigFile: true, overrideConfig });
const results = await eslint.lintFiles([SCHEMA, ...operations]);
const said = results.flatMap(({ filePath, messages }) => {
  const file = path.relative(root, filePath).split(path.sep).join("/");
  return messages.map(({ ruleId, message, line, column }) => ({ file, rule: ruleId ?? "parser", message, line, column }));
});
console.log(JSON.stringify({ files: results.length, said }));
