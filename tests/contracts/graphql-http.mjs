// Judges a running server by the audits of graphql-http: `node graphql-http.mjs http://127.0.0.1:8000/graphql`.
// Every audit must be ok; a notice or a warning fails too.
import { serverAudits } from "graphql-http";

const url = process.argv[2] ?? "http://127.0.0.1:8000/graphql";
const audits = serverAudits({ url });
let failed = 0;
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status !== "ok") {
    failed += 1;
    console.log(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
  }
}
console.log(`${audits.length - failed} of ${audits.length} audits ok`);
process.exit(failed === 0 ? 0 : 1);
