// Learners, what they send, and the books that are kept of it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { required } from "../browser/support.mjs";
import { ANSWER_QUIZ, LOGIN, REGISTER, RUN_CODE, SUBMIT_SOLUTION } from "./documents.mjs";

export const ORIGIN = `http://127.0.0.1:${required("TRIAL_PORT")}`;
const LESSON_FOLDER = new URL("../../seeds/tracks/python/01-python-basics/01-variables-and-data-types/", import.meta.url);
const CHALLENGE = "python-temperature-converter";
// The mission "Know it", which a good quiz completes; the challenge passed at the first attempt, and "First steps" for the first thing passed.
const QUIZ_XP = 25;
export const PASSED_XP = QUIZ_XP + 80 + 50;
const PASSWORD = "a keel of quiet lanterns";
const AGAIN_AFTER_MS = 250;
const ANSWER_MS = 20_000;
// What says that the same request may be sent again.
const PASSING = new Set(["UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"]);

// Everything that was accepted, and every answer that was no success, by what it said.
export const books = { sent: [], learners: [], obstacles: new Map() };

export function count(map, key) {
  map.set(key, (map.get(key) ?? 0) + 1);
}

// One request. An answer must be GraphQL, whatever is broken behind the proxy; a connection that the break cut answers null.
export async function once(query, variables, token) {
  let response;
  try {
    response = await fetch(`${ORIGIN}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch (error) {
    count(books.obstacles, error.cause?.code ?? error.name);
    return null;
  }
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    count(books.obstacles, `the proxy's ${response.status}`);
    return null;
  }
  if (answer.errors === undefined) {
    return answer.data;
  }
  for (const { message, extensions } of answer.errors) {
    assert.ok(PASSING.has(extensions?.code), `${extensions?.code}: ${message}`);
    count(books.obstacles, extensions.code);
  }
  return null;
}

// The same request until it is answered: what was done already is not done twice, for it names itself.
export async function ask(query, variables, token) {
  for (;;) {
    const data = await once(query, variables, token);
    if (data !== null) {
      return data;
    }
    await pause(AGAIN_AFTER_MS);
  }
}

async function lessonFile(path) {
  return readFile(new URL(path, LESSON_FOLDER), "utf8");
}

// The right options, from the seeds.
async function quizAnswers() {
  const questions = (await lessonFile("quiz.toml")).split("[[questions]]").slice(1);
  const first = (text, pattern) => text.match(pattern)[1];
  return questions.map((question) => {
    const [head, ...options] = question.split(/\[\[questions\.options\]\]/);
    const right = options.filter((option) => /^correct = true/m.test(option));
    return { questionId: first(head, /^id = "(.*)"/m), optionIds: right.map((option) => first(option, /^id = "(.*)"/m)) };
  });
}

const right = await lessonFile("challenge/solution/converter.py");
const wrong = await lessonFile("challenge/wrong/brackets_lost/converter.py");
const answers = await quizAnswers();

// Who has registered, logged in and passed the quiz of the first lesson.
export class Learner {
  passed = false;

  static async enrol(name) {
    const learner = new Learner();
    const email = `${name}-${randomUUID().slice(0, 8)}@example.org`;
    const profile = { email, password: PASSWORD, displayName: name, timeZone: "Europe/London" };
    const { register } = await ask(REGISTER, { input: profile });
    // The second, when the answer to the first request was lost.
    assert.match(register.__typename, /^(RegisterSuccess|EmailTaken)$/, JSON.stringify(register));
    const { login } = await ask(LOGIN, { input: { email, password: PASSWORD } });
    assert.equal(login.__typename, "LoginSuccess", JSON.stringify(login));
    learner.token = login.accessToken;
    const { answerQuiz } = await ask(ANSWER_QUIZ, { input: { lessonSlug: "python-variables-and-types", answers } }, learner.token);
    assert.ok(answerQuiz.passed || answerQuiz.__typename === "QuizRetakeTooSoon", JSON.stringify(answerQuiz));
    books.learners.push(learner);
    return learner;
  }

  // What the rules give.
  get xp() {
    return this.passed ? PASSED_XP : QUIZ_XP;
  }

  ask(query, variables) {
    return ask(query, variables, this.token);
  }

  // An attempt at the first challenge. The first one is right; what comes later changes nothing.
  async attempt() {
    const isFirst = !this.passed;
    this.passed = true;
    const files = [{ path: "converter.py", content: isFirst ? right : wrong }];
    return this.#send(SUBMIT_SOLUTION, { challengeSlug: CHALLENGE, files }, isFirst ? "ACCEPTED" : "WRONG_ANSWER");
  }

  // A program that prints so many lines with a pause after each.
  async program(lines, pauseSeconds) {
    const content = `import time\nfor line in range(${lines}):\n    print("line", line, flush=True)\n    time.sleep(${pauseSeconds})\n`;
    return this.#send(RUN_CODE, { runtime: "PYTHON", files: [{ path: "main.py", content }] }, "ACCEPTED");
  }

  async #send(document, content, verdict) {
    const input = { ...content, clientRequestId: randomUUID() };
    const { sent } = await this.ask(document, { input });
    assert.ok(sent.submission, JSON.stringify(sent));
    const entry = { learner: this, id: sent.submission.id, requestId: input.clientRequestId, verdict, document, input };
    books.sent.push(entry);
    return entry;
  }
}

export async function enrol(number, name) {
  const learners = [];
  // A few at a time: passwords are hashed two at a time.
  for (let first = 0; first < number; first += 4) {
    const some = Array.from({ length: Math.min(4, number - first) }, (_, index) => Learner.enrol(`${name}${first + index}`));
    learners.push(...(await Promise.all(some)));
  }
  return learners;
}
