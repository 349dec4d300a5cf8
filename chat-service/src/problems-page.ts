import { plainPage } from '@carillon/http';
import { PROBLEMS, type ProblemCode } from '@carillon/protocol';

/** What each problem means for you as the caller, and what to do. */
const PROBLEM_MEANINGS: Record<ProblemCode, string> = {
  bad_request:
    'The request is not valid HTTP: the request line, a header, or the framing of the body. Correct the request.',
  bad_json: 'The body was sent as application/json and is not JSON. To send plain text, use text/plain.',
  bad_encoding: 'The body has bytes that are not UTF-8. Carillon accepts only UTF-8.',
  unauthenticated:
    'The call needs to know who you are. The request has no session or token, or one that has expired, was revoked, or is not for this server. Sign in, or send another token.',
  muted:
    'A moderator has muted you: you can read here, but not write, until the time in detail. Nothing was stored.',
  banned: 'A moderator has banned you from this channel, or from all channels, until the time in detail.',
  forbidden:
    'The request carries a cookie and comes from a page of another origin, or the caller may not do this. Nothing was done.',
  not_found:
    'There is nothing at this address: no such call, no such channel, or a message that is no longer kept.',
  method_not_allowed: 'The address exists, but not with this method. The header Allow lists its methods.',
  not_acceptable:
    'Your Accept header refuses text/event-stream (a quality of 0), and a stream has no other type. Leave the header out, or ask for text/event-stream.',
  key_reused:
    'The same author used this Idempotency-Key in this channel for another message. Nothing was stored. Use a new key for a new message. Without a session or a token you do not get this error, because the server cannot know whose the other message is.',
  exists: 'A channel of this name exists already. Nothing was changed. To change its settings, use PATCH.',
  archived: 'The channel is archived: you can read it, but it accepts no new messages. Nothing was stored.',
  deleted: 'The message was deleted: you can no longer edit it or react to it.',
  limit_reached:
    'The limit is reached: for webhooks of a channel, waiting exports, members, mutes and bans, edits of a message, or emoji on it. Delete one, or try again later.',
  body_too_large: 'A request is at most 64 KiB. Nothing was stored.',
  unsupported_media_type:
    'A message can be sent as application/json, as text/* or as application/x-www-form-urlencoded (the body is the text); a session as application/json.',
  invalid:
    'Some fields, parameters or headers are not valid. errors[] lists all of them: field names the field, detail says what is expected. Nothing was stored.',
  headers_too_large: 'All headers of a request together are at most 16 KiB. The connection is closed.',
  rate_limited:
    'This author or this address has sent more than is allowed, and the request was refused. Try again after the seconds in Retry-After.',
  internal: 'An error of the service. It is in the log of the service. You can try again.',
  node_away:
    'The node that was to answer became unavailable, and no other could take over. You can repeat a read at once. A message may be stored or not: post it again with the same Idempotency-Key, and it is stored once.',
  not_configured:
    'This call needs a part that this server runs without, such as the job queue (JOBS_URL) or an admin token (ADMIN_TOKEN). detail says which. Trying again does not help.',
  identity_away:
    'The identity provider, or its keys, cannot be reached, so new sessions and tokens cannot be verified. Try again after the seconds in Retry-After.',
  jobs_away:
    'The job queue cannot be reached. For an export: try again after the seconds in Retry-After. If the first request did arrive, the export is written twice.',
  history_away:
    'The store cannot be reached, and nothing was stored. Try again after the seconds in Retry-After.',
  store_full:
    'The disk of the store is full, and nothing was stored. Reading still works. An operator has to free space: try again after the seconds in Retry-After.',
  presence_away:
    'The list of people on a channel is not available now. Try again after the seconds in Retry-After.',
  outcome_unknown:
    'The store became unavailable while it stored the message, which may be stored or not. Post the same message again with the same Idempotency-Key, and it is stored once.',
  busy: 'Too many messages are waiting to be stored, and this one was refused. Try again after the seconds in Retry-After.',
  too_slow:
    'The service accepted the request and did not answer in time. A message may be stored or not: post it again with the same Idempotency-Key, and it is stored once.',
};

/** Returns the page `/docs/problems`, where the `type` of a problem document points: plain HTML with an anchor for each code. */
export function problemsPage(): string {
  const entries = Object.entries(PROBLEM_MEANINGS) as [ProblemCode, string][];
  const sections = entries.map(
    ([code, meaning]) =>
      `<section id="${code}"><h2><a href="#${code}">${code}</a></h2>` +
      `<p><strong>${PROBLEMS[code].status}: ${PROBLEMS[code].title}.</strong> ${meaning}</p></section>`,
  );
  return plainPage(
    'Carillon: problems',
    `<h1>Problems</h1>
<p>Every error is an <code>application/problem+json</code> document (RFC 9457) with one of these codes.
See also <a href="/docs">the API</a>.</p>
${sections.join('\n')}`,
  );
}
