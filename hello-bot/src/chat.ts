/** Time limit of an answer; after it the request is cancelled and retried. */
const ANSWER_WITHIN_MS = 5_000;

/** Over https the cookie's name has the prefix. */
const SESSION_COOKIE = /^(?:__Host-)?carillon_session=/;

/** The chat service refused a request. */
export class Refused extends Error {
  readonly status: number;

  constructor(what: string, status: number) {
    super(`${what} failed with status ${status}`);
    this.status = status;
  }

  /** The session is invalid or has expired. */
  get notAllowed(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

interface ChatOptions {
  /** The URL of the service. */
  url: string;
  /** The guest's display name. */
  name: string;
  /** Returns a bearer token for the next request; without it the caller is a guest. */
  token: (() => string) | undefined;
  /** Cancels the current request. */
  signal: AbortSignal;
}

/** A chat service, as a named guest or a caller with a token uses it over HTTP. */
export class Chat {
  readonly #url: string;
  readonly #name: string;
  readonly #token: (() => string) | undefined;
  readonly #signal: AbortSignal;
  /**
   * The `Cookie` header of the guest's session; empty if the service has no sessions, undefined before the first
   * request.
   */
  #cookie: string | undefined;

  constructor({ url, name, token, signal }: ChatOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#name = name;
    this.#token = token;
    this.#signal = signal;
  }

  /**
   * Posts a message, and creates a session first if there is none. With the same `key` a message is stored once,
   * however often it is posted.
   *
   * @throws Refused if the service refuses, TypeError if it cannot be reached, DOMException if it does not answer in
   * time
   */
  async post(channel: string, body: string, key: string): Promise<void> {
    const headers = { 'Idempotency-Key': key, ...(await this.#credentials()) };
    const response = await this.#send(`/v1/channels/${channel}/messages`, { body }, headers);
    if (response.ok) return;
    const refused = new Refused('a post', response.status);
    if (refused.notAllowed) this.#cookie = undefined;
    throw refused;
  }

  async #credentials(): Promise<Record<string, string>> {
    if (this.#token !== undefined) return { Authorization: `Bearer ${this.#token()}` };
    this.#cookie ??= await this.#newSession();
    return this.#cookie === '' ? {} : { Cookie: this.#cookie };
  }

  async #newSession(): Promise<string> {
    const response = await this.#send('/v1/session', { name: this.#name });
    if (response.status === 404) return '';
    if (!response.ok) throw new Refused('the request for a session', response.status);
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0] ?? '');
    return cookies.find((cookie) => SESSION_COOKIE.test(cookie)) ?? '';
  }

  async #send(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(this.#url + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(json),
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    await response.arrayBuffer(); // Read the body to its end, so that the connection is free for the next request.
    return response;
  }
}
