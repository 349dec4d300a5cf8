#!/usr/bin/env node
/** carillon: the command line. */
import { doctor } from './doctor/command.ts';

const USAGE = 64;

const [command, ...args] = process.argv.slice(2);
if (command === 'doctor') process.exitCode = await doctor(args);
else {
  console.error('carillon: say what to do: doctor');
  process.exitCode = USAGE;
}
