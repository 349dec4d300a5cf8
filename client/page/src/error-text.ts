import { CarillonError } from '@carillon/client';

/** Says what went wrong in the words of a person; a sentence without its full stop. */
export function errorText(error: unknown): string {
  if (!(error instanceof CarillonError)) return 'Something went wrong';
  switch (error.code) {
    case 'unreachable':
      return 'The server cannot be reached';
    case 'unauthenticated':
      return 'Sign in or choose a name first';
    case 'forbidden':
      return 'You are not allowed to do that here';
    case 'muted':
      return `You are muted here: you can read, but not write. ${plain(error.message)}`;
    case 'banned':
      return `You are banned. ${plain(error.message)}`;
    case 'archived':
      return 'The channel is archived: it takes no new messages';
    case 'deleted':
      return 'The message was deleted';
    case 'not_found':
      return 'It no longer exists';
    case 'rate_limited':
      return error.retryAfter === undefined
        ? 'Too many requests. Wait a moment'
        : `Too many requests. Wait ${seconds(error.retryAfter)}`;
    case 'limit_reached':
      return 'The limit is reached';
    case 'store_full':
      return 'The server is out of space. Try again later';
    case 'history_away':
    case 'busy':
    case 'node_away':
    case 'too_slow':
    case 'outcome_unknown':
      return 'The server is busy or being repaired. Try again in a moment';
    case 'body_too_large':
      return 'That is too long';
    default: {
      const fault = error.errors[0];
      return fault ? `${named(fault.field)} ${fault.detail}` : plain(error.message);
    }
  }
}

function named(field: string): string {
  return field === 'body' ? 'The message' : `"${field}"`;
}

function plain(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

function seconds(count: number): string {
  return new Intl.NumberFormat(undefined, { style: 'unit', unit: 'second', unitDisplay: 'long' }).format(
    count,
  );
}
