/** Fields shared by the configurations of several services. */
import { z } from 'zod';

const HIGHEST_PORT = 65_535;

/** A TCP port; 0 lets the system choose one. */
export function port(byDefault: number) {
  return z
    .string()
    .regex(/^[0-9]{1,5}$/, 'must be a port, 0 to 65535')
    .transform(Number)
    .pipe(z.int().max(HIGHEST_PORT, 'must be a port, 0 to 65535'))
    .default(byDefault);
}

/**
 * A number of the environment. Its bounds report themselves: with a text for the schema itself, zod gives that text for a number out of
 * bounds as well.
 * @param text what is wrong with a value that is no number.
 */
export function number(text = 'must be a number') {
  return z.coerce.number({ error: ({ code }) => (code === 'invalid_type' ? text : undefined) });
}

export const logLevel = z
  .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  .default('info')
  .describe(
    'the lowest level that is logged: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`',
  );
export type LogLevel = z.output<typeof logLevel>;

/** `on` or `off`, as a boolean. */
export function onOff(byDefault: 'on' | 'off') {
  return z
    .enum(['on', 'off'])
    .default(byDefault)
    .transform((value) => value === 'on');
}

/** A URL of one of these schemes, colon included (`urlOf('mqtt:', 'memory:')`), kept as the text it is. */
export function urlOf(...schemes: readonly string[]) {
  return z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol),
      `must be a URL that starts with ${schemes.join(' or ')}`,
    );
}

/** One or several of {@link urlOf}, separated by white space, as a list. */
export function urlsOf(...schemes: readonly string[]) {
  return z
    .string()
    .transform((text) => text.split(/\s+/).filter((url) => url !== ''))
    .pipe(z.array(urlOf(...schemes)).min(1, 'must be one URL at least'));
}
