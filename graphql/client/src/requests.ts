// Requests over HTTP that are sent again where that helps and can do no harm.

import { ApolloLink } from "@apollo/client/link";
import { ServerError as HttpError } from "@apollo/client/errors";
import { Observable, type Subscription } from "rxjs";
import { OperationTypeNode } from "graphql";
import { codeOf, isPassing, wasNotStarted, waitMs, type ServerError } from "./retry";
import type { Session } from "./session";

export interface RequestOptions {
  session: Session;
  // How often at most, before the error is passed on.
  retries?: number;
}

// Signs each request, refreshes the session once where its token was refused, and repeats what a moment mends: queries always,
// mutations where nothing was done yet or where a `clientRequestId` keeps the server from doing it twice.
export function requestLink({ session, retries = 4 }: RequestOptions): ApolloLink {
  return new ApolloLink((operation, forward) => {
    return new Observable((observer) => {
      let refreshed = false;
      let attempt = 0;
      let inner: Subscription | undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let closed = false;

      const again = (errors: readonly ServerError[]): void => {
        timer = setTimeout(() => void send(), waitMs(attempt, errors));
        attempt += 1;
      };
      const send = async (): Promise<void> => {
        let token: string | null;
        try {
          token = await session.usableToken();
        } catch (error) {
          return attempt < retries ? again([]) : observer.error(error);
        }
        if (closed) {
          return;
        }
        operation.setContext(({ headers = {} }: { headers?: Record<string, string> }) => ({
          // The second says to a server that this is no link that somebody followed.
          headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }), "apollo-require-preflight": "true" },
        }));
        let result: ApolloLink.Result | undefined;
        inner = forward(operation).subscribe({
          next: (next) => {
            result = next;
          },
          error: (error: unknown) => (attempt < retries && mayFollow(error, operation) ? again([]) : observer.error(error)),
          complete: () => {
            const errors = (result?.errors ?? []) as readonly ServerError[];
            if (token !== null && !refreshed && errors.some((error) => codeOf(error) === "UNAUTHENTICATED")) {
              refreshed = true;
              session.refused(token);
              return void send();
            }
            if (attempt < retries && (wasNotStarted(errors) || (isPassing(errors) && isRepeatable(operation)))) {
              return again(errors);
            }
            if (result !== undefined) {
              observer.next(result);
            }
            observer.complete();
          },
        });
      };

      void send();
      return () => {
        closed = true;
        clearTimeout(timer);
        inner?.unsubscribe();
      };
    });
  });
}

// The network, or a proxy that speaks for a server which is away.
function mayFollow(error: unknown, operation: ApolloLink.Operation): boolean {
  const isPassingStatus = !HttpError.is(error) || error.statusCode === 429 || error.statusCode >= 502;
  return isPassingStatus && isRepeatable(operation);
}

function isRepeatable({ operationType, variables }: ApolloLink.Operation): boolean {
  return operationType === OperationTypeNode.QUERY || typeof variables.input?.clientRequestId === "string";
}
