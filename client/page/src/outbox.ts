import { type Carillon, CarillonError } from '@carillon/client';

/** Posts to one channel one after the other, so that they arrive in the order they were written. */
export function createOutbox(carillon: Carillon, channel: string) {
  let last: Promise<unknown> = Promise.resolve();
  return {
    /** Gives the stored message, or says in words why it was not sent. Never rejects. */
    post(body: string, key: string) {
      const sent = last.then(() =>
        carillon.post(channel, body, { key }).then(
          (message) => ({ message }),
          (error: unknown) => ({ failure: inWords(error) }),
        ),
      );
      last = sent;
      return sent;
    },
  };
}

function inWords(error: unknown): string {
  if (!(error instanceof CarillonError)) return 'Something went wrong here';
  if (error.code === 'unreachable') return 'The server cannot be reached';
  if (error.status === 429) return 'You are sending too fast';
  if (error.code === 'forbidden') return 'You may not write here';
  return error.errors[0] ? `The message ${error.errors[0].detail}` : error.message;
}
