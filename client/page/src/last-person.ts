import type { Author } from '@carillon/client';

const PERSON_KEY = 'carillon.person';

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

export function forgetPerson(): void {
  try {
    localStorage.removeItem(PERSON_KEY);
  } catch {
    // Then it was never kept.
  }
}
