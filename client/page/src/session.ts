import type { Author } from '@carillon/client';

const TOKEN_KEY = 'carillon.token';
const PERSON_KEY = 'carillon.person';

/** The token that a person gave where the server wants one (AUTH=jwt). All tabs are the same person, as they are with a cookie. */
export function loadToken(): string | undefined {
  try {
    return localStorage.getItem(TOKEN_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

export function saveToken(token: string | undefined): void {
  try {
    if (token === undefined) localStorage.removeItem(TOKEN_KEY);
    else localStorage.setItem(TOKEN_KEY, token);
  } catch {
    // It holds for as long as the page is open elsewhere, which here is not at all.
  }
}

/** Who was here last: until the server says who is, so that what they left is at hand at once. */
export function loadPerson(): Partial<Author> {
  try {
    const { id, name } = JSON.parse(localStorage.getItem(PERSON_KEY) ?? '{}') as Partial<Author>;
    return typeof id === 'string' && typeof name === 'string' ? { id, name } : {};
  } catch {
    return {};
  }
}

export function savePerson({ id, name }: Author): void {
  try {
    localStorage.setItem(PERSON_KEY, JSON.stringify({ id, name }));
  } catch {
    // Then the server is waited for.
  }
}
