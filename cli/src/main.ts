/** carillon: the command line. */
import { channels } from './channels.ts';
import { doctor } from './doctor/command.ts';
import { EXIT, Failure, failureOf } from './exit.ts';
import { exportChannel } from './export.ts';
import { send } from './send.ts';
import { tail } from './tail.ts';
import { endQuietly } from './terminal.ts';
import { token } from './token.ts';

const HELP = `carillon COMMAND [options]

  send      post a message
  tail      follow channels
  channels  list channels
  export    write a channel's messages to a file
  token     sign a token for AUTH=jwt
  doctor    find problems between here and the server
  store     back up the embedded store, or copy a store to another

See carillon COMMAND --help for details. The server is set by --url or CARILLON_URL (http://localhost:8080).
`;

/** Each resolves to the exit code. */
const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  send,
  tail,
  channels,
  export: exportChannel,
  token,
  doctor,
  // Loaded on use: the database clients are large.
  store: async (args) => (await import('./store.ts')).store(args),
};

async function run([name = '', ...args]: string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const known = Object.keys(COMMANDS).join(', ');
  if (command === undefined) throw new Failure(EXIT.usage, `give a command: ${known}`);
  try {
    return await command(args);
  } catch (error) {
    const { code, message } = failureOf(error);
    throw new Failure(code, `${name}: ${message}`);
  }
}

endQuietly();
try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const { code, message } = failureOf(error);
  process.stderr.write(`carillon: ${message}\n`);
  process.exitCode = code;
}
