import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAlikeNames } from '../src/state/alike-names.ts';
import { asciiSkeleton, loadSkeleton } from '../src/state/skeleton.ts';

const of = (id: string, name: string) => ({ id, name });
/** Long enough for what was asked for to have come. */
const loaded = async (names: ReturnType<typeof createAlikeNames>, before: number) => {
  await expect.poll(() => names.changes.get()).toBeGreaterThan(before);
};

describe('two people whose names look the same', () => {
  it('have a mark each, and nobody else has', () => {
    const names = createAlikeNames();
    const [ada, other, bob] = [of('x7GhQ', 'Ada'), of('k2Jw1', 'Ada'), of('bob', 'Bob')];
    names.note([ada, bob]);
    expect([names.markOf(ada), names.changes.get()]).toEqual(['', 0]);
    names.note([other, ada]);
    expect([ada, other, bob].map(names.markOf)).toEqual(['x7Gh', 'k2Jw', '']);
    expect(names.changes.get()).toBe(1);
  });

  it.each([
    ['Al', 'AI'],
    ['Jim', 'Jirn'],
    ['Ada  Lovelace', 'Ada Lovelace'],
    ['O0', 'OO'],
  ])('are found in ASCII at once: %j, %j', (one, two) => {
    const names = createAlikeNames(() => Promise.reject(new Error('not needed')));
    names.note([of('1111a', one), of('2222b', two)]);
    expect(names.markOf(of('2222b', two))).toBe('2222');
  });

  it.each([
    ['Ada', 'Аdа'],
    ['Zoë', 'Zoe\u0308'],
    ['scope', 'ѕсоре'],
    ['Ada', 'Ａｄａ'],
    ['Ada', 'A\u200bda'],
    ['علیرضا', 'علی\u200cرضا'],
  ])('are found in other scripts, once those are there: %j, %j', async (one, two) => {
    const names = createAlikeNames();
    names.note([of('1111a', one)]);
    const before = names.changes.get();
    names.note([of('2222b', two)]);
    await loaded(names, before);
    await expect
      .poll(() => [names.markOf(of('1111a', one)), names.markOf(of('2222b', two))])
      .toEqual(['1111', '2222']);
  });

  it('have marks that differ, and do not look alike themselves', () => {
    const names = createAlikeNames();
    const people = [of('person-1', 'Ada'), of('person-12', 'Ada'), of('\u0430da', 'Ada'), of('ada', 'Ada')];
    names.note(people);
    const marks = people.map(names.markOf);
    expect(marks).toEqual(['person-1', 'person-12', '%D0%', 'ada']);
  });

  it('are one person with two names, or by the same name twice, no more', () => {
    const names = createAlikeNames();
    names.note([of('ada', 'Ada'), of('ada', 'Countess'), of('ada', 'Ada')]);
    expect(names.markOf(of('ada', 'Ada'))).toBe('');
  });

  it('are asked for again where the list could not be fetched', async () => {
    let calls = 0;
    const names = createAlikeNames(async () => {
      calls += 1;
      if (calls === 1) throw new Error('away');
      return loadSkeleton();
    });
    names.note([of('1111a', 'Ada'), of('2222b', 'Аdа')]);
    await expect.poll(() => calls).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    names.note([of('3333c', 'Zoë')]);
    await expect.poll(() => names.markOf(of('2222b', 'Аdа'))).toBe('2222');
  });

  it('are forgotten once thousands of others were shown', () => {
    const names = createAlikeNames();
    names.note([of('first', 'Ada'), of('other', 'Ada')]);
    names.note(Array.from({ length: 5_000 }, (_, index) => of(`${index}`, `Person ${index}`)));
    expect(names.markOf(of('first', 'Ada'))).toBe('');
  });
});

it('the skeleton of ASCII is that of all Unicode', async () => {
  const skeleton = await loadSkeleton();
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }), (name) => {
      expect(asciiSkeleton(name).normalize('NFD')).toBe(skeleton(name));
    }),
  );
  const all = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 32 + index));
  expect(asciiSkeleton(all).normalize('NFD')).toBe(skeleton(all));
});
