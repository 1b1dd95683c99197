// Subscriptions over one websocket that survive its loss.

import { createClient, type Client, type ExecutionResult, type FormattedExecutionResult, type SubscribePayload } from "graphql-ws";
import { isPassing, waitMs, type ServerError } from "./retry";
import type { Session } from "./session";

export interface SocketOptions {
  url: string;
  session: Session;
  // Where there is no WebSocket in the global scope.
  webSocketImpl?: unknown;
  onStateChange?: (state: "connecting" | "live" | "lost") => void;
}

const FORBIDDEN = 4403;
const PING_EVERY_MS = 15_000;
const PONG_WAIT_MS = 5_000;

export function createSocket({ url, session, webSocketImpl, onStateChange = () => {} }: SocketOptions): Client {
  let sent: string | null = null;
  let pong: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url,
    webSocketImpl,
    connectionParams: async () => {
      // Without a new token the server refuses the old one, and that is tried again.
      sent = await session.usableToken().catch(() => session.accessToken);
      return sent === null ? {} : { authorization: `Bearer ${sent}` };
    },
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: (attempt) => new Promise((resolve) => setTimeout(resolve, waitMs(attempt))),
    keepAlive: PING_EVERY_MS,
    on: {
      connecting: () => onStateChange("connecting"),
      connected: () => onStateChange("live"),
      closed: (event) => {
        clearTimeout(pong);
        if ((event as { code?: number }).code === FORBIDDEN) {
          session.refused(sent);
        }
        onStateChange("lost");
      },
      // A network that swallows everything closes nothing.
      ping: (received) => {
        if (!received) {
          pong = setTimeout(() => client.terminate(), PONG_WAIT_MS);
        }
      },
      pong: (received) => {
        if (received) {
          clearTimeout(pong);
        }
      },
    },
  });
  return resuming(client);
}

// A subscription that takes `$after` goes on behind the last event that it received, whichever socket and server it comes back
// on: the client sends this payload again for each new socket, and `next` keeps the cursor in it.
export function resuming(client: Client): Client {
  return {
    ...client,
    subscribe(payload, sink) {
      const again: SubscribePayload = { ...payload, variables: { ...payload.variables } };
      const resumes = /\$after\b/.test(payload.query);
      let dispose = () => {};
      let timer: ReturnType<typeof setTimeout> | undefined;
      let attempt = 0;
      const open = (): void => {
        dispose = client.subscribe<never, never>(again, {
          next(result) {
            attempt = 0;
            const cursor = cursorOf(result);
            if (resumes && cursor !== undefined) {
              again.variables!.after = cursor;
            }
            sink.next(result);
          },
          error(error) {
            if (Array.isArray(error) && isPassing(error as ServerError[])) {
              timer = setTimeout(open, waitMs(attempt, error as ServerError[]));
              attempt += 1;
            } else {
              sink.error(error);
            }
          },
          complete: () => sink.complete(),
        });
      };
      open();
      return () => {
        clearTimeout(timer);
        dispose();
      };
    },
  };
}

function cursorOf({ data }: ExecutionResult | FormattedExecutionResult): string | undefined {
  const [event] = Object.values((data ?? {}) as Record<string, { cursor?: string } | null>);
  return event?.cursor;
}
