/** A token, or what gives one: asked at first, and again when one was refused or is about to expire. */
export type Token = string | (() => string | Promise<string>);

/** The token in use. */
export interface Tokens {
  /** The one in use; asks for it where there is none yet. Rejects with what asking for it throws. */
  current(): Promise<string>;
  /** Another than `old`, which all share who had that one; undefined where there is only ever one. */
  renew: ((old: string) => Promise<string>) | undefined;
}

/** A function that gives no token for this long is called again by the next call; an attempt at a call takes as long, ms. */
const ASK_MS = 10_000;

/** The tokens of a client: a string cannot be renewed, a function can. */
export function tokensFrom(token: Token): Tokens {
  if (typeof token === 'string') return { current: async () => token, renew: undefined };
  const getToken = token;
  let asked: Promise<string> | undefined;

  function ask(): Promise<string> {
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the token did not come')), ASK_MS);
    });
    const asking = Promise.race([Promise.resolve().then(getToken), late]).finally(() => clearTimeout(timer));
    asked = asking;
    // What failed once is asked for again by the next.
    asking.catch(() => {
      if (asked === asking) asked = undefined;
    });
    return asking;
  }

  const current = () => asked ?? ask();
  return {
    current,
    async renew(old) {
      const before = asked;
      const known = await current();
      return known === old && asked === before ? ask() : current();
    },
  };
}
