import { ApolloClient, HttpLink } from "@apollo/client";
import { ApolloLink } from "@apollo/client/link";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import type { Client } from "graphql-ws";
import { createCache } from "./cache";
import { requestLink } from "./requests";
import { Session, type TokenStore } from "./session";
import { createSocket, type SocketOptions } from "./socket";

export { createCache, typePolicies } from "./cache";
export { requestLink } from "./requests";
export { Session, type Tokens, type TokenStore } from "./session";
export { createSocket, resuming } from "./socket";
export { emptyRun, foldRun, type RunEvent, type RunState } from "./run";

export interface PlatformOptions {
  // Of the API: `https://learn.example.org/graphql`. The websocket is at the same address.
  url: string;
  store?: TokenStore;
  onSessionEnd?: () => void;
  onSocketStateChange?: SocketOptions["onStateChange"];
  webSocketImpl?: unknown;
}

export interface Platform {
  client: ApolloClient;
  session: Session;
  socket: Client;
}

export function connect({ url, store, onSessionEnd, onSocketStateChange, webSocketImpl }: PlatformOptions): Platform {
  const session = new Session({ url, ...(store && { store }), ...(onSessionEnd && { onEnd: onSessionEnd }) });
  const socketUrl = url.replace(/^http/, "ws");
  const socket = createSocket({
    url: socketUrl,
    session,
    webSocketImpl,
    ...(onSocketStateChange && { onStateChange: onSocketStateChange }),
  });
  const client = new ApolloClient({
    cache: createCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      ApolloLink.from([requestLink({ session }), persisted(), new HttpLink({ uri: url })]),
    ),
  });
  return { client, session, socket };
}

// The text of a document is sent once and its hash from then on; not where the page is not secure, since it cannot hash there.
// What nobody is logged in for is asked by GET, so that caches may answer it.
function persisted(): ApolloLink {
  if (globalThis.crypto?.subtle === undefined) {
    return new ApolloLink((operation, forward) => forward(operation));
  }
  const hashed = new PersistedQueryLink({ sha256 });
  return hashed.concat(
    new ApolloLink((operation, forward) => {
      const { http, headers } = operation.getContext() as { http?: { includeQuery?: boolean }; headers?: Record<string, unknown> };
      const isCacheable = operation.operationType === OperationTypeNode.QUERY && http?.includeQuery === false && !headers?.authorization;
      operation.setContext({ fetchOptions: { method: isCacheable ? "GET" : "POST" } });
      return forward(operation);
    }),
  );
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
