import { plainPage } from '@carillon/http';
import { PROBLEMS, type ProblemCode } from '@carillon/protocol';

/** What each problem means to a caller, and what to do. */
const PROBLEM_MEANINGS: Record<ProblemCode, string> = {
  bad_request:
    'The request line, a header or the way the body came is not HTTP as it should be. Mend the request.',
  bad_json: 'The body was sent as application/json and is not JSON. To send a text as it is, use text/plain.',
  bad_encoding: 'The body has bytes that are not UTF-8. Every text of Carillon is UTF-8.',
  unauthenticated:
    'The call needs to know who you are, and the request says nothing, or what it says is not good: a session or a token that has expired, was revoked, or is not for this server. Sign in, or bring another token.',
  muted: 'A moderator lets you read and not write here until the time that detail says. Nothing was stored.',
  banned: 'A moderator has sent you away from this channel, or from all, until the time that detail says.',
  forbidden:
    'The request carries a cookie and comes from a page of another origin, or the caller may not do this. Nothing was done.',
  not_found:
    'Nothing is at this address: no such call, no such channel, or a message that is not kept any more.',
  method_not_allowed: 'The address is right and the method is not. The header Allow says which there are.',
  not_acceptable:
    'Your Accept header refuses text/event-stream (a quality of 0), and a stream has no other type. Leave the header out, or ask for text/event-stream.',
  key_reused:
    'The same author used this Idempotency-Key in this channel for another message. Nothing was stored. Use a new key for a new message. Who has neither a session nor a token is not refused so: nobody knows whose the other message is.',
  exists:
    'There is such a channel already, made by a call or by a post. Nothing was changed: PATCH changes its settings.',
  archived: 'The channel is archived: it can be read, and takes nothing new. Nothing was stored.',
  deleted: 'The message was deleted: it can be neither changed nor answered with a reaction.',
  limit_reached:
    'As many of these as there may be are there or wait already: webhooks of a channel, exports that wait, members, mutes and bans, edits of a message and emoji on it. Delete one, or ask again later.',
  body_too_large: 'A request is at most 64 KiB. Nothing was stored.',
  unsupported_media_type:
    'A message is taken as application/json, as text/* or as application/x-www-form-urlencoded (the body as it is); a session as application/json.',
  invalid:
    'Some fields, parameters or headers are not valid. errors[] lists all of them: field says where, detail says what it has to be. Nothing was stored.',
  headers_too_large: 'All headers of a request together are at most 16 KiB. The connection is closed.',
  rate_limited:
    'More came from this author or this address than is allowed, and it was not taken. Try again after the seconds that Retry-After says.',
  internal: 'A fault of the service. It was written to its log; what was asked may be tried again.',
  node_away:
    'The node that was to answer went away, and no other could take its place. What was read may be read again at once; a message may be stored or not: post it with the same Idempotency-Key again, and it is there once.',
  not_configured:
    'This call needs a part that this server runs without, such as the job queue (JOBS_URL) or an admin token (ADMIN_TOKEN). detail says which. To ask again does not help.',
  identity_away:
    'The identity provider, or its keys, cannot be reached, so nobody can be recognised who was not known before. Try again after the seconds that Retry-After says.',
  jobs_away:
    'The job queue cannot be reached. For an export: ask again after the seconds that Retry-After says; should it have been ordered already, it is written twice.',
  history_away:
    'The store cannot be reached, and nothing was stored. Try again after the seconds that Retry-After says.',
  store_full:
    'The disk of the store has no room, and nothing was stored. What is there can be read. Somebody has to make room: try again after the seconds that Retry-After says.',
  presence_away:
    'What the nodes know of who is on a channel cannot be put together now. Ask again after the seconds that Retry-After says.',
  outcome_unknown:
    'The store went away while it stored the message: it may be there or not. Post the same message with the same Idempotency-Key again, and it is there once.',
  busy: 'Too many messages wait to be stored, and this one was not. Try again after the seconds that Retry-After says.',
  too_slow:
    'The service took the request and did not answer in time. A message may be stored or not: post it with the same Idempotency-Key again, and it is there once.',
};

/** `/docs/problems`: where the `type` of a problem document leads. Plain HTML with an anchor for each code. */
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
