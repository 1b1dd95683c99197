// The session of whoever is logged in: tokens, their renewal and the two ways of sending them.
//
// Tokens live in this module and in sessionStorage, so they end with the browser tab. They are never written
// to localStorage, where GraphiQL keeps its tabs and its history.

const STORAGE_KEY = "weak-to-strong:session";
// A token is renewed this long before it ends, so that no request leaves with one that ends on the way.
const RENEW_BEFORE_MS = 30_000;

const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) {
    __typename
    ... on LoginSuccess { viewer { displayName roles } accessToken refreshToken expiresIn }
    ... on UserError { code message }
  }
}`;

const REFRESH_SESSION = `mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on RefreshSessionSuccess { viewer { displayName roles } accessToken refreshToken expiresIn }
    ... on UserError { code message }
  }
}`;

const LOGOUT = "mutation Logout { logout { __typename } }";

export const GRAPHQL_URL = new URL("/graphql", window.location.href);

let session = read();
let renewal = null;
let timer = null;
const listeners = new Set();

export function currentSession() {
  return session;
}

export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Calls the listener when someone logs in or out, and not when a token is renewed.
export function subscribeHolder(listener) {
  let holder = session?.displayName;
  return subscribe(() => {
    if (session?.displayName !== holder) {
      holder = session?.displayName;
      listener();
    }
  });
}

export async function logIn(email, password) {
  const answer = await send(LOGIN, { input: { email, password } });
  const payload = answer.data?.login;
  if (payload?.__typename !== "LoginSuccess") {
    throw new Error(refusal(payload, answer));
  }
  keep(payload);
}

// The session is forgotten here whatever the server answers; the promise is rejected if the server did not
// confirm that it ended the session too.
export async function logOut() {
  const ended = session;
  keep(null);
  if (ended === null) {
    return;
  }
  const answer = await send(LOGOUT, {}, ended.accessToken);
  if (!answer.data?.logout?.__typename?.endsWith("Success")) {
    throw new Error(`Logged out here, but the server did not confirm it: ${refusal(answer.data?.logout, answer)}`);
  }
}

// A token that is good for the next request, or null when nobody is logged in.
export async function accessToken() {
  if (session !== null && session.expiresAt - RENEW_BEFORE_MS <= Date.now()) {
    await renew();
  }
  return session?.accessToken ?? null;
}

// Renewals are shared: a refresh token may be used once, so two requests must not both spend it.
export function renew() {
  renewal ??= renewOnce().finally(() => {
    renewal = null;
  });
  return renewal;
}

async function renewOnce() {
  const renewed = session;
  if (renewed === null) {
    return false;
  }
  let answer;
  try {
    answer = await send(REFRESH_SESSION, { input: { refreshToken: renewed.refreshToken } });
  } catch {
    // The server cannot be reached: the refresh token is still good, so the session is kept.
    schedule(RENEW_BEFORE_MS / 2);
    return false;
  }
  if (session !== renewed) {
    return false;
  }
  const payload = answer.data?.refreshSession;
  if (payload?.__typename === "RefreshSessionSuccess") {
    keep(payload);
    return true;
  }
  keep(null, "Your session has ended. Log in again.");
  return false;
}

// Sends a request as the person logged in, and once more with a new token if the first one was not accepted.
// An Authorization header typed into the headers editor wins.
export async function authorizedFetch(url, init) {
  const headers = new Headers(init.headers);
  if (headers.has("authorization")) {
    return fetch(url, init);
  }
  const token = await accessToken();
  if (token === null) {
    return fetch(url, init);
  }
  headers.set("authorization", `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers });
  if (!(await isUnauthenticated(response)) || !(await renew())) {
    return response;
  }
  headers.set("authorization", `Bearer ${session.accessToken}`);
  return fetch(url, { ...init, headers });
}

async function isUnauthenticated(response) {
  if (response.status === 401) {
    return true;
  }
  const type = response.headers.get("content-type") ?? "";
  if (!type.includes("json")) {
    return false;
  }
  const answer = await response.clone().json().catch(() => null);
  return answer?.errors?.some((error) => error.extensions?.code === "UNAUTHENTICATED") ?? false;
}

async function send(query, variables, token) {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9" };
  if (token !== undefined) {
    headers.authorization = `Bearer ${token}`;
  }
  const response = await fetch(GRAPHQL_URL, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return response.json();
}

function refusal(payload, answer) {
  return payload?.message ?? answer.errors?.[0]?.message ?? "The server gave an answer that this page does not know.";
}

function keep(payload, notice = null) {
  session =
    payload === null
      ? null
      : {
          displayName: payload.viewer.displayName,
          roles: payload.viewer.roles,
          accessToken: payload.accessToken,
          refreshToken: payload.refreshToken,
          expiresAt: Date.now() + payload.expiresIn * 1000,
        };
  if (session === null) {
    window.sessionStorage.removeItem(STORAGE_KEY);
    window.clearTimeout(timer);
  } else {
    window.sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
    scheduleRenewal();
  }
  listeners.forEach((listener) => listener(notice));
}

function read() {
  try {
    return JSON.parse(window.sessionStorage.getItem(STORAGE_KEY));
  } catch {
    return null;
  }
}

function scheduleRenewal() {
  // A timer cannot wait longer than 2^31 ms, and a token shorter than the margin is renewed at half its life.
  const left = session.expiresAt - Date.now();
  schedule(Math.min(Math.max(left - RENEW_BEFORE_MS, left / 2, 1_000), 2 ** 31 - 1));
}

function schedule(delayMs) {
  window.clearTimeout(timer);
  timer = window.setTimeout(renew, delayMs);
}

if (session !== null) {
  scheduleRenewal();
}
