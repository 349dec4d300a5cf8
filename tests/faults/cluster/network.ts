import { execFileSync } from 'node:child_process';

/** Whether this process may do to connections what networks do. Where not, says once how to; a missing program with `CI=true` is an error. */
export const mayHarmNetwork: boolean = tryRules();

/** Has the kernel abort every TCP connection of the servers at these ports, with a reset to both ends. */
export function cutConnections(ports: readonly number[]): void {
  const any = ports.map((port) => `sport = :${port}`).join(' or ');
  run('ss', '--tcp', '--kill', 'state', 'connected', `( ${any} )`);
}

/** Of the packets from and to a port of this machine one in ten is lost, until it is called with `false`. */
export function losePackets(port: number, loses: boolean): void {
  for (const side of ['--dport', '--sport']) {
    const packets = ['-i', 'lo', '-p', 'tcp', side, String(port)];
    const chance = ['-m', 'statistic', '--mode', 'random', '--probability', '0.1'];
    run('iptables', '-w', loses ? '-I' : '-D', 'INPUT', ...packets, ...chance, '-j', 'DROP');
  }
}

function tryRules(): boolean {
  try {
    run('ss', '--version');
    run('iptables', '-w', '-n', '-L', 'INPUT');
    return true;
  } catch (error) {
    const remedy =
      'connections cannot be cut here: apt-get install iproute2 iptables, and be root with NET_ADMIN';
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    // If only the privilege is missing, as in most containers, the rows are left out: no package can grant it.
    if (isMissing && process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'pipe' });
}
