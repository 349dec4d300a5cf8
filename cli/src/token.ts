import { parseArgs } from 'node:util';
import { SignJWT } from 'jose';
import { durationOf } from './arguments.ts';
import { EXIT, Failure } from './exit.ts';
import { secretOf } from './server.ts';
import { print } from './terminal.ts';

const HELP = `carillon token --sub ID [options]

Signs a token for a server with AUTH=jwt, with the server's JWT_SECRET (or JWT_SECRET_FILE), HS256. Prints it.

  --sub ID            the person's id, which must never change
  --name NAME         the person's display name (the id)
  --subscribe PATTERN channels they may read: a name, or a pattern such as team-*; give it again for more
  --publish PATTERN   channels they may write to
  --moderate PATTERN  channels they may moderate
  --expires TIME      how long the token is valid, such as 15m, 1h or 7d (1h)
  --issuer ISS        needed if the server sets JWT_ISSUER (JWT_ISSUER of the environment)
  --audience AUD      needed if the server sets JWT_AUDIENCE (JWT_AUDIENCE of the environment)
  -h, --help
`;

/** As long as the hash (RFC 7518, 3.2); the server accepts no shorter secret. */
const MIN_SECRET_BYTES = 32;

/** The server's form of a pattern. */
const PATTERN = /^[a-z0-9*][a-z0-9*_-]{0,63}$/;

/** `carillon token`. Resolves to the exit code. */
export async function token(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      sub: { type: 'string' },
      name: { type: 'string' },
      subscribe: { type: 'string', multiple: true },
      publish: { type: 'string', multiple: true },
      moderate: { type: 'string', multiple: true },
      expires: { type: 'string', default: '1h' },
      issuer: { type: 'string' },
      audience: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    await print(HELP);
    return EXIT.ok;
  }
  const { sub, name } = values;
  if (!sub) throw new Failure(EXIT.usage, 'give the id of the person: --sub ada');
  const grants = {
    subscribe: patterns(values.subscribe),
    publish: patterns(values.publish),
    moderate: patterns(values.moderate),
  };
  const secret = new TextEncoder().encode(secretOf('JWT_SECRET'));
  if (secret.length < MIN_SECRET_BYTES)
    throw new Failure(
      EXIT.usage,
      `set JWT_SECRET or JWT_SECRET_FILE to the server's secret: at least ${MIN_SECRET_BYTES} bytes`,
    );
  const now = Math.floor(Date.now() / 1_000);
  const jwt = new SignJWT({ ...(name === undefined ? {} : { name }), carillon: grants })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + durationOf(values.expires) / 1_000);
  const issuer = values.issuer ?? process.env.JWT_ISSUER;
  const audience = values.audience ?? process.env.JWT_AUDIENCE;
  if (issuer) jwt.setIssuer(issuer);
  if (audience) jwt.setAudience(audience);
  await print(`${await jwt.sign(secret)}\n`);
  return EXIT.ok;
}

function patterns(given: readonly string[] = []): readonly string[] {
  for (const pattern of given)
    if (!PATTERN.test(pattern))
      throw new Failure(EXIT.usage, `${pattern} is not a channel pattern, such as lobby or team-*`);
  return given;
}
