// Drives a page that uses the kit of `graphql/client` in Chromium: logs in, submits, and shows the run and the XP as they come,
// while the network between the page and the server breaks and access tokens expire.
//
//   BASE_URL     the server under test; it must allow PAGE_URL  (http://127.0.0.1:8000)
//   PAGE_URL     where this script serves the page              (http://127.0.0.1:8001)
//   EMAIL        an account of that server                      (required)
//   PASSWORD     its password                                   (required)
//   CHALLENGE    slug of an open challenge                      (required)
//   SOURCE_FILE  the file to hand in                            (required)
//   FILE_PATH    its path inside the challenge                  (main.py)
//   EXPIRES_MS   after how long an access token is refused      (none is waited for)
//   OUT_DIR      where the screenshots go                       (./screenshots)
//   CHROMIUM     the browser                                    (/usr/bin/chromium)

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdir, readFile } from "node:fs/promises";
import { connect, createServer as createRelay } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launch } from "./chromium.mjs";
import { EventLog } from "./event_log.mjs";
import { fail, required, step } from "./support.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const server = new URL(process.env.BASE_URL ?? "http://127.0.0.1:8000");
const pageUrl = new URL(process.env.PAGE_URL ?? "http://127.0.0.1:8001");
const [email, password, challenge] = ["EMAIL", "PASSWORD", "CHALLENGE"].map(required);
const content = await readFile(required("SOURCE_FILE"), "utf8");
const path = process.env.FILE_PATH ?? "main.py";
const expiresMs = Number(process.env.EXPIRES_MS ?? 0);
const outDir = process.env.OUT_DIR ?? "screenshots";
const VERDICT_WAIT = { timeout: 60_000 };

// Between the page and the server: it cuts every connection when told, and once as soon as a run is heard to start.
const relay = { sockets: new Set(), cuts: 0, refreshes: 0, cutAtStart: true };
await mkdir(outDir, { recursive: true });
const relayPort = await listen(createRelay(pass), 0);
await listen(createServer(await pageOf(join(here, "page"))), Number(pageUrl.port));
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
try {
  await check(page);
  step("the front end works");
} catch (error) {
  fail(error);
  await page.screenshot({ path: join(outDir, "failed.png") });
} finally {
  await browser.close();
  process.exit();
}

async function check(page) {
  const faults = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  const api = `http://127.0.0.1:${relayPort}/graphql`;
  await page.route(
    (url) => ![pageUrl.host, new URL(api).host].includes(url.host),
    (route) => {
      faults.push(`asked another host: ${route.request().url()}`);
      return route.abort();
    },
  );
  await page.goto(`${pageUrl.origin}/?${new URLSearchParams({ api, challenge, path })}`);
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", password);
  await page.click("#login button");
  await page.waitForSelector("#socket:text('live')");
  step(`logged in as ${await page.textContent("#who")}`);

  const xpBefore = Number(await page.textContent("#xp"));
  await page.fill("[name=content]", content);
  await page.click("#solve button");
  await page.waitForSelector("#status:has-text('Verdict')", VERDICT_WAIT);
  await page.waitForFunction((before) => Number(document.getElementById("xp").textContent) > before, xpBefore, VERDICT_WAIT);
  assert.equal(await page.textContent("#status"), "Verdict: ACCEPTED");
  assert.ok(relay.cuts > 0, "the socket was cut while the run was followed");
  assert.deepEqual(await page.$$eval("#checks li", (items) => items.filter((item) => item.dataset.status !== "PASSED").length), 0);
  const { run } = await page.evaluate("heard");
  step(`followed a run over a cut: ${inOrder(run)}`);
  await page.screenshot({ path: join(outDir, "front_end.png") });

  if (expiresMs > 0) {
    await page.waitForTimeout(expiresMs);
    const names = await page.evaluate("operations.viewers(10)");
    assert.deepEqual(new Set(names), new Set([await page.textContent("#who")]));
    assert.ok(relay.refreshes > 0, "the session was refreshed");
    step(`ten queries at a time and a socket went on behind ${relay.refreshes} refresh(es) of the session`);
  }
  cut();
  await page.waitForSelector("#socket:text('lost')");
  await page.waitForSelector("#socket:text('live')", VERDICT_WAIT);
  const { viewer, errors } = await page.evaluate("heard");
  const seqs = viewer.filter((event) => event.__typename !== "ViewerSnapshot").map((event) => event.seq);
  assert.deepEqual(seqs, seqs.map((_, number) => seqs[0] + number), "what happens to the learner arrives once and in order");
  assert.deepEqual([...faults, ...errors], []);
  step(`${viewer.length} events of the learner, each once and in order`);
}

function inOrder(events) {
  const log = new EventLog();
  log.open(false);
  events.forEach((event, number) => {
    // The page resumes by itself; where it did shows in nothing but the relay.
    if (number > 0 && event.__typename === "SubmissionSnapshot" && events[number - 1].__typename !== "StreamReset") {
      assert.fail("a resumed stream began anew");
    }
    log.append(event);
  });
  log.finish();
  return log.summary();
}

function pass(near) {
  const far = connect(Number(server.port), server.hostname);
  const both = [near, far];
  relay.sockets.add(both);
  const end = () => {
    relay.sockets.delete(both);
    both.forEach((socket) => socket.destroy());
  };
  both.forEach((socket) => socket.on("error", end).on("close", end));
  near.on("data", (data) => {
    relay.refreshes += data.includes("mutation RefreshSession") ? 1 : 0;
    far.write(data);
  });
  far.on("data", (data) => {
    near.write(data);
    if (relay.cutAtStart && data.includes("SubmissionStarted")) {
      relay.cutAtStart = false;
      near.end(cut);
    }
  });
}

function cut() {
  relay.cuts += 1;
  [...relay.sockets].flat().forEach((socket) => socket.destroy());
}

async function pageOf(folder) {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "main.ts")],
    bundle: true,
    format: "esm",
    target: "es2022",
    loader: { ".graphql": "text" },
    nodePaths: [join(here, "node_modules")],
    write: false,
  });
  const files = { "/": ["text/html", await readFile(join(folder, "index.html"))], "/main.js": ["text/javascript", outputFiles[0].contents] };
  return ({ url }, response) => {
    const [type, body] = files[new URL(url, pageUrl).pathname] ?? [null];
    response.writeHead(type ? 200 : 404, { "content-type": `${type ?? "text/plain"}; charset=utf-8` }).end(body);
  };
}

function listen(listener, port) {
  return new Promise((resolve) => listener.listen(port, "127.0.0.1", () => resolve(listener.address().port)));
}
