// Who is signed in: the two tokens, and their exchange for new ones.

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

// Where the tokens are kept between two pages. A store that several tabs share must be read anew each time.
export interface TokenStore {
  read(): Tokens | null;
  write(tokens: Tokens | null): void;
}

export interface SessionOptions {
  url: string;
  store?: TokenStore;
  // Called when the session cannot be continued: log-out elsewhere, a suspended account, seven days without a visit.
  onEnd?: () => void;
  fetch?: typeof fetch;
}

const REFRESH = `mutation RefreshSession($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on RefreshSessionSuccess { accessToken refreshToken }
  }
}`;
const LOCK = "weak-to-strong.session";
const TIMEOUT_MS = 10_000;

export class Session {
  readonly #url: string;
  readonly #store: TokenStore;
  readonly #onEnd: () => void;
  readonly #fetch: typeof fetch;
  #refused: string | null = null;
  #refreshing: Promise<void> | null = null;

  constructor({ url, store = inMemory(), onEnd = () => {}, fetch = globalThis.fetch.bind(globalThis) }: SessionOptions) {
    this.#url = url;
    this.#store = store;
    this.#onEnd = onEnd;
    this.#fetch = fetch;
  }

  get accessToken(): string | null {
    return this.#store.read()?.accessToken ?? null;
  }

  // With what `login`, `register` or `refreshSession` answered.
  begin({ accessToken, refreshToken }: Tokens): void {
    this.#store.write({ accessToken, refreshToken });
  }

  end(): void {
    this.#store.write(null);
  }

  // The server does not take this access token any more.
  refused(accessToken: string | null): void {
    this.#refused = accessToken;
  }

  // An access token that was not refused yet; null for somebody who is not signed in. A refresh token works once, so
  // however many requests and tabs ask at a time, one of them swaps it. Throws where the server cannot be reached.
  async usableToken(): Promise<string | null> {
    const token = this.accessToken;
    if (token === null || token !== this.#refused) {
      return token;
    }
    this.#refreshing ??= exclusively(() => this.#refresh(token)).finally(() => {
      this.#refreshing = null;
    });
    await this.#refreshing;
    return this.accessToken;
  }

  async #refresh(stale: string): Promise<void> {
    const tokens = this.#store.read();
    if (tokens === null || tokens.accessToken !== stale) {
      return; // Another tab was first.
    }
    const response = await this.#fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9" },
      body: JSON.stringify({ query: REFRESH, variables: { input: { refreshToken: tokens.refreshToken } } }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const { data } = await response.json();
    switch (data?.refreshSession?.__typename) {
      case "RefreshSessionSuccess":
        return this.begin(data.refreshSession);
      case "InvalidRefreshToken":
        this.end();
        return this.#onEnd();
      default:
        throw new Error(`the session could not be refreshed: status ${response.status}`);
    }
  }
}

// Across the tabs of a browser where it has locks, which Node has not.
async function exclusively(work: () => Promise<void>): Promise<void> {
  const locks = globalThis.navigator?.locks;
  await (locks === undefined ? work() : locks.request(LOCK, work));
}

function inMemory(): TokenStore {
  let tokens: Tokens | null = null;
  return {
    read: () => tokens,
    write: (next) => {
      tokens = next;
    },
  };
}
