// Drives the GraphiQL page in Chromium as a person would: log in, query, hand in a solution, follow its judging.
//
//   BASE_URL     the server under test          (http://127.0.0.1:8000)
//   EMAIL        an account of that server      (required)
//   PASSWORD     its password                   (required)
//   CHALLENGE    slug of an open challenge      (required)
//   SOURCE_FILE  the file to hand in            (required)
//   FILE_PATH    its path inside the challenge  (main.py)
//   OUT_DIR      where the screenshots go       (./screenshots)
//   CHROMIUM     the browser                    (/usr/bin/chromium)
//
// Ends with a status other than 0 when anything is not as it should be: also when the page asks any other host
// for anything, breaks its content security policy, logs an error, or leaves a token in localStorage.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "./chromium.mjs";
import { fail, required, step } from "./support.mjs";

const baseUrl = new URL(process.env.BASE_URL ?? "http://127.0.0.1:8000");
const email = required("EMAIL");
const password = required("PASSWORD");
const challengeSlug = required("CHALLENGE");
const content = await readFile(required("SOURCE_FILE"), "utf8");
const path = process.env.FILE_PATH ?? "main.py";
const outDir = process.env.OUT_DIR ?? "screenshots";
const WAIT = { timeout: 30_000 };
const VERDICT_WAIT = { timeout: 120_000 };

await mkdir(outDir, { recursive: true });
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
try {
  await check(context);
  step("GraphiQL works");
} catch (error) {
  fail(error);
  await context.pages()[0]?.screenshot({ path: join(outDir, "failed.png") });
} finally {
  await browser.close();
}

async function check(context) {
  const faults = [];
  await context.route(
    (url) => url.host !== baseUrl.host && !["data:", "blob:"].includes(url.protocol),
    (route) => {
      faults.push(`asked another host: ${route.request().url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  const frames = watch(page, faults);

  const answered = await page.goto(new URL("/graphiql", baseUrl).href);
  assert.equal(answered.status(), 200);
  assert.match(answered.headers()["content-security-policy"] ?? "", /script-src 'self'/, "the page comes with its policy");
  await editorsReady(page);
  await page.screenshot({ path: join(outDir, "1-logged-out.png") });
  step("the page is there");

  await logIn(page);
  await runViewerQuery(page);
  await findMistake(page);
  const submissionId = await handIn(page);
  await followSubmission(page, frames, submissionId);
  await renewToken(page);
  await browseSchema(page);
  await sendHeader(page);
  await logOut(page);
  await assertNothingKept(page);
  assert.deepEqual(faults, []);
}

function watch(page, faults) {
  const frames = [];
  page.on("pageerror", (error) => faults.push(`exception: ${error.message}`));
  page.on("console", (message) => {
    // Chromium reports a refused GraphQL request as an error too; those are looked at by each step.
    const refusedRequest = message.text().startsWith("Failed to load resource") && message.location().url.endsWith("/graphql");
    if (message.type() === "error" && !refusedRequest) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !response.url().endsWith("/graphql")) {
      faults.push(`${response.status()}: ${response.url()}`);
    }
  });
  page.on("websocket", (socket) => {
    const url = new URL(socket.url());
    if (url.host !== baseUrl.host || url.pathname !== "/graphql") {
      faults.push(`opened another socket: ${url}`);
    }
    socket.on("framereceived", ({ payload }) => frames.push(JSON.parse(payload)));
  });
  return frames;
}

async function logIn(page) {
  await fillLogin(page, `not-${password}`);
  await page.locator(".session-bar-notice").waitFor(WAIT);
  step(`a wrong password is refused: ${await page.locator(".session-bar-notice").innerText()}`);

  await fillLogin(page, password);
  const holder = page.getByTestId("session-holder");
  await holder.waitFor(WAIT);
  step((await holder.innerText()).replaceAll("\n", " "));
}

async function fillLogin(page, secret) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(secret);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function runViewerQuery(page) {
  await page.getByRole("button", { name: "New tab" }).click();
  await type(page, ".graphiql-query-editor", "query Me { viewer { displayName roles } }");
  const { data, errors } = await run(page, "Me");
  assert.equal(errors, undefined);
  assert.ok(data.viewer.displayName, "the query was sent as the person logged in");
  await page.locator(".graphiql-response .view-lines", { hasText: "displayName" }).waitFor(WAIT);
  await page.screenshot({ path: join(outDir, "2-query.png") });
  step(`the viewer is ${data.viewer.displayName}, ${data.viewer.roles}`);
}

// Only the worker that knows the schema can tell that a field does not exist.
async function findMistake(page) {
  await type(page, ".graphiql-query-editor", "query Me { viewer { noSuchField } }");
  await page.locator(".graphiql-query-editor .squiggly-error").first().waitFor(WAIT);
  await page.screenshot({ path: join(outDir, "3-mistake.png") });
  await type(page, ".graphiql-query-editor", "query Me { viewer { displayName roles } }");
  await page.getByRole("button", { name: /Prettify/ }).click();
  await page.locator(".graphiql-query-editor .view-line").nth(4).waitFor(WAIT);
  step("the editor knows the schema and prettifies");
}

async function handIn(page) {
  await openTab(page, "SubmitSolution");
  const input = { challengeSlug, files: [{ path, content }], clientRequestId: randomUUID() };
  await type(page, ".graphiql-editor-tool", JSON.stringify({ input }));
  const { data, errors } = await run(page, "SubmitSolution");
  assert.equal(errors, undefined);
  assert.equal(data.submitSolution.__typename, "SubmitSolutionSuccess", JSON.stringify(data.submitSolution));
  await page.screenshot({ path: join(outDir, "4-mutation.png") });
  step(`handed in ${data.submitSolution.submission.id}`);
  return data.submitSolution.submission.id;
}

async function followSubmission(page, frames, submissionId) {
  await openTab(page, "SubmissionEvents");
  await type(page, ".graphiql-editor-tool", JSON.stringify({ submissionId, after: null }));
  await execute(page);
  await page.locator(".graphiql-response .view-lines", { hasText: "SubmissionFinished" }).waitFor(VERDICT_WAIT);
  await idle(page);
  await page.screenshot({ path: join(outDir, "5-subscription.png") });

  const events = frames.filter((frame) => frame.type === "next").map((frame) => frame.payload.data.submissionEvents);
  assert.equal(events[0].__typename, "SubmissionSnapshot");
  const { submission } = events.at(-1);
  assert.equal(submission.status, "FINISHED");
  assert.ok(frames.some((frame) => frame.type === "complete"), "the server completes the stream");
  step(`${events.length} events, verdict ${submission.verdict}, ${submission.score} of ${submission.maxScore}`);
}

// A token that the server does not accept is replaced without the person noticing.
async function renewToken(page) {
  const before = await page.evaluate(() => {
    const [key] = Object.keys(sessionStorage).filter((name) => name.endsWith(":session"));
    const session = JSON.parse(sessionStorage.getItem(key));
    const spoiled = { ...session, accessToken: "spoiled", expiresAt: Date.now() + 3_600_000 };
    sessionStorage.setItem(key, JSON.stringify(spoiled));
    return session.refreshToken;
  });
  await page.reload();
  await editorsReady(page);
  await page.getByTestId("session-holder").waitFor(WAIT);
  await openTab(page, "Me");
  const { data, errors } = await run(page, "Me");
  assert.equal(errors, undefined);
  assert.ok(data.viewer.displayName);
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
  assert.ok(!stored.includes("spoiled") && !stored.includes(before), "both tokens are new");
  step("a token that is not accepted is replaced");
}

async function browseSchema(page) {
  await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
  await page.locator(".graphiql-doc-explorer", { hasText: "Root Types" }).waitFor(WAIT);
  await page.screenshot({ path: join(outDir, "6-documentation.png") });
  step("the documentation opens");
}

async function sendHeader(page) {
  const id = `typed-${randomUUID()}`;
  await page.getByRole("button", { name: "Headers", exact: true }).click();
  await type(page, ".graphiql-editor-tool", JSON.stringify({ "x-request-id": id }));
  const answered = page.waitForResponse((response) => response.headers()["x-request-id"] === id, WAIT);
  const { errors } = await run(page, "Me");
  assert.equal(errors, undefined);
  assert.equal((await answered).request().headers()["x-request-id"], id);
  await page.screenshot({ path: join(outDir, "7-headers.png") });
  step("a header that was typed is sent, and the server takes it over");
}

async function logOut(page) {
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByTestId("login-form").waitFor(WAIT);
  const { data, errors } = await run(page, "Me");
  assert.ok(errors?.length > 0 || data?.viewer === null, "nobody is logged in any more");
  await page.screenshot({ path: join(outDir, "8-logged-out.png") });
  assert.equal(await page.locator(".session-bar-notice").count(), 0, "the server ended the session too");
  step("logged out");
}

async function assertNothingKept(page) {
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }));
  assert.ok(!/accessToken|refreshToken|Bearer/.test(kept), "no token outlives the session");
  assert.ok(!kept.includes(password), "the password is kept nowhere");
}

// Fills an editor. The editor closes brackets and quotes on its own: what it put behind the text is deleted.
async function type(page, area, text) {
  const editor = page.locator(`${area} .monaco-editor:visible`).first();
  await editor.locator(".view-lines").click({ position: { x: 20, y: 10 } });
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
  await page.keyboard.press("Control+Shift+End");
  await page.keyboard.press("Delete");
  await page.waitForTimeout(500);
}

async function editorsReady(page) {
  await page.locator(".graphiql-query-editor .view-line").first().waitFor(WAIT);
  await page.locator(".graphiql-editor-tool .view-line").first().waitFor(WAIT);
}

// GraphiQL reads a document a moment after it has appeared in the editor.
async function openTab(page, name) {
  await page.getByRole("tab", { name }).click();
  await page.waitForTimeout(500);
}

async function execute(page) {
  await page.locator("button.graphiql-execute-button").click();
}

async function idle(page) {
  await page.locator("button.graphiql-execute-button[aria-label^='Execute']").waitFor(WAIT);
}

// Executes the tab's operation and returns what came back. A request that is refused for its token is sent
// again while the button still says "Stop": the last answer counts.
async function run(page, operationName) {
  const answers = [];
  const listen = (response) => {
    const sent = response.url().endsWith("/graphql") ? response.request().postDataJSON() : null;
    if (new RegExp(`(query|mutation) ${operationName}\\b`).test(sent?.query)) {
      answers.push(response);
    }
  };
  page.on("response", listen);
  const answered = page.waitForEvent("response", { ...WAIT, predicate: () => answers.length > 0 });
  await execute(page);
  await answered;
  await idle(page);
  page.off("response", listen);
  return answers.at(-1).json();
}
