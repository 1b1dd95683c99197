// The composition from outside: its containers, their networks, its database and its Redis, through the Docker engine's client.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { required } from "../browser/support.mjs";

const run = promisify(execFile);
const [composeProgram, ...composeArguments] = required("TRIAL_COMPOSE").split(" ");
export const project = required("TRIAL_LABEL");

export const SERVICES = ["proxy", "api-1", "api-2", "worker-1", "worker-2", "scheduler", "postgres", "redis"];
const LOOK_EVERY_MS = 200;
// Only against a standstill.
const PATIENCE_MS = 180_000;

// Looks until `look` answers something, and gives that.
export async function until(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) {
      return found;
    }
    assert.ok(Date.now() < deadline, `${what}: not within ${PATIENCE_MS / 1000} s`);
    await pause(LOOK_EVERY_MS);
  }
}

export async function docker(...words) {
  const { stdout } = await run("docker", words, { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

export async function compose(...words) {
  const { stdout } = await run(composeProgram, [...composeArguments, ...words], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.trim();
}

// The id of a service's container: another one after it was made anew.
export async function container(service) {
  const label = (name, value) => ["--filter", `label=com.docker.compose.${name}=${value}`];
  const id = await docker("ps", "-aq", "--no-trunc", ...label("project", project), ...label("service", service));
  assert.match(id, /^[0-9a-f]{64}$/, `${service} has not one container: ${id}`);
  return id;
}

// What a command in a service's container printed; a status other than 0 throws.
export async function inside(service, ...words) {
  return docker("exec", await container(service), ...words);
}

export async function healthy(service) {
  await until(`${service} is healthy`, async () => {
    const health = await docker("inspect", "-f", "{{.State.Health.Status}}", await container(service)).catch(() => null);
    return health === "healthy";
  });
}

// A service's addresses, by the networks that it is on.
export async function addresses(service) {
  const found = await docker("inspect", "-f", "{{json .NetworkSettings.Networks}}", await container(service));
  return new Map(Object.entries(JSON.parse(found)).map(([network, { IPAddress }]) => [network, IPAddress]));
}

// Which services are on a network.
export async function members(network) {
  const label = '{{index .Config.Labels "com.docker.compose.service"}}';
  const [{ Containers, Internal }] = JSON.parse(await docker("network", "inspect", network));
  const names = await docker("inspect", "-f", label, ...Object.keys(Containers));
  return { names: names.split("\n").sort(), isInternal: Internal };
}

// Rows of the database as arrays of texts.
export async function sql(statement) {
  const client = 'PGPASSWORD="$POSTGRES_PASSWORD" exec psql -h 127.0.0.1 -U postgres -d weak_to_strong -At -v ON_ERROR_STOP=1 -c "$1"';
  const said = await inside("postgres", "sh", "-c", client, "sh", statement);
  return said === "" ? [] : said.split("\n").map((line) => line.split("|"));
}

// Of a service's own metrics, the sum over all labels.
export async function metric(service, name) {
  const text = await inside(service, "curl", "-fsS", "http://127.0.0.1:8000/metrics");
  const lines = text.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

export async function logs(service, tail = "all") {
  const { stdout, stderr } = await run("docker", ["logs", "--tail", tail, await container(service)], { maxBuffer: 64 * 1024 * 1024 });
  return stdout + stderr;
}

// Cells of the trial's workers, warm ones too.
export async function cells() {
  const lists = [1, 2].map((number) => docker("ps", "-aq", "--filter", `label=weak-to-strong.cell=${project}-${number}`));
  return (await Promise.all(lists)).flatMap((list) => (list === "" ? [] : list.split("\n")));
}

// The workers' network, on which nothing but the database and Redis is with them; and the one that the first worker has for itself.
export const WORK = `${project}_work`;
export const FAR = `${project}_far`;

export async function leave(network, service) {
  await docker("network", "disconnect", network, await container(service));
}

export async function join(network, service) {
  await docker("network", "connect", "--alias", service, network, await container(service));
}
