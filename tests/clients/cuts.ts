import type { Cut } from './cutting-proxy.ts';

/** Messages that go through before a cut, at most. */
const MAX_MESSAGES = 3;
/** Cuts near the start of an answer are up to here: some 400 bytes are its head, and `open` follows. */
const MAX_ANSWER_BYTES = 700;

/** Where in a message: behind its first byte, in its id, before its last empty line, and anywhere. */
const SHARES = [0, 0.96, 0.9999, undefined, undefined];

/**
 * Nine cuts, in an order of chance that `seed` decides: five inside of a message, two at the end of messages, two near the start of
 * an answer; about half of them abrupt.
 */
export function cutsOf(seed: number): Cut[] {
  const chance = chances(seed);
  const messages = () => 1 + Math.floor(chance() * MAX_MESSAGES);
  const abrupt = () => chance() < 0.5;
  const cuts: Cut[] = [
    ...SHARES.map((share) => ({ messages: messages(), share: share ?? chance(), abrupt: abrupt() })),
    { messages: messages(), abrupt: false },
    { messages: messages(), abrupt: true },
    { answerBytes: 1 + Math.floor(chance() * MAX_ANSWER_BYTES), abrupt: abrupt() },
    { answerBytes: 1 + Math.floor(chance() * MAX_ANSWER_BYTES), abrupt: abrupt() },
  ];
  const places = new Map(cuts.map((cut) => [cut, chance()]));
  return cuts.sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
}

/** Numbers from 0 to 1, the same for the same seed: a linear congruential generator with the factors of Numerical Recipes. */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
