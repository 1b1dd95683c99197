import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { createClient } from "graphql-ws";
import { GRAPHQL_URL, accessToken, authorizedFetch, renew, subscribeHolder } from "./session.js";

const FORBIDDEN = 4403;

const socketUrl = new URL(GRAPHQL_URL);
socketUrl.protocol = socketUrl.protocol === "https:" ? "wss:" : "ws:";

let typedAuthorization = null;
let tokenRefused = false;

const socket = createClient({
  url: socketUrl.href,
  retryAttempts: 10,
  connectionParams: async () => {
    if (typedAuthorization !== null) {
      return { authorization: typedAuthorization };
    }
    if (tokenRefused) {
      tokenRefused = false;
      await renew();
    }
    const token = await accessToken();
    return token === null ? {} : { authorization: `Bearer ${token}` };
  },
  on: {
    // The server closes with 4403 when a token has ended: the next try brings a new one.
    closed: (event) => {
      tokenRefused = event?.code === FORBIDDEN;
    },
  },
});

// A socket speaks for the person who opened it. When someone else logs in it is opened again.
subscribeHolder(() => socket.terminate());

const send = createGraphiQLFetcher({
  url: GRAPHQL_URL.href,
  wsClient: socket,
  fetch: authorizedFetch,
  enableIncrementalDelivery: false,
});

export function fetcher(params, options) {
  const headers = new Headers(options?.headers);
  typedAuthorization = headers.get("authorization");
  return send(params, options);
}
