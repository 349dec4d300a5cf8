import type { Author } from '@carillon/client';

const PERSON_KEY = 'carillon.person';

/** The person who was here last; assumed to be here until the server has answered, so that what they left is there at once. */
export function loadPerson(): Partial<Author> {
  try {
    const { id, name } = JSON.parse(localStorage.getItem(PERSON_KEY) ?? '{}') as Partial<Author>;
    return typeof id === 'string' && typeof name === 'string' ? { id, name } : {};
  } catch {
    return {};
  }
}

/** Keeps who is here for {@link loadPerson}. */
export function savePerson({ id, name }: Author): void {
  try {
    localStorage.setItem(PERSON_KEY, JSON.stringify({ id, name }));
  } catch {
    // Then the page waits for the server.
  }
}

/** The next person at this browser does not find who was here. */
export function forgetPerson(): void {
  try {
    localStorage.removeItem(PERSON_KEY);
  } catch {
    // Then it was never kept.
  }
}
