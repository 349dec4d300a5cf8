import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');

/** The permissions that a job may have in addition to reading the sources; each has its reason beside it in the workflow. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  'codeql.yml analyze': ['security-events'],
  'release.yml images': ['attestations', 'id-token', 'packages'],
  'release.yml chart': ['attestations', 'id-token', 'packages'],
  'release.yml sdk': ['id-token'],
  'release.yml publish': ['attestations', 'contents', 'id-token'],
};

/** What others outside can put into an expression, and GitHub's own values that they cannot. In a script neither stands: `env` does. */
const EXPRESSION = /\$\{\{/;

const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const workflow = z.looseObject({
  on: z.unknown(),
  permissions,
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: permissions.optional(),
      'timeout-minutes': z.number().optional(),
      uses: z.string().optional(),
      needs: z.union([z.string(), z.array(z.string())]).optional(),
      steps: z.array(step).default([]),
    }),
  ),
});

const names = readdirSync(FOLDER);
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');
const jobsOf = (name: string) => Object.entries(workflow.parse(parse(read(name))).jobs);

it('there is a workflow for changes, releases, dependencies, code scanning and each night', () => {
  expect(names.sort()).toEqual([
    'ci.yml',
    'codeql.yml',
    'dependency-review.yml',
    'nightly.yml',
    'release.yml',
  ]);
});

it('nothing of a release is published before the whole nightly run has passed', () => {
  const jobs = new Map(jobsOf('release.yml'));
  const waitsFor = (job: string): string[] =>
    [jobs.get(job)?.needs ?? []].flat().flatMap((needed) => [needed, ...waitsFor(needed)]);
  expect(jobs.get('all')?.uses).toBe('./.github/workflows/nightly.yml');
  for (const [job, { permissions: own = {} }] of jobs)
    if (Object.values(own).includes('write')) expect(waitsFor(job), job).toContain('all');
});

describe.each(names)('%s', (name) => {
  it('pins each action to a commit, and says its version', () => {
    const uses = read(name)
      .split('\n')
      .flatMap((line) => /\buses: (.*)/.exec(line)?.[1] ?? []);
    const pinned = /^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
    expect(uses.filter((text) => !pinned.test(text) && !text.startsWith('./'))).toEqual([]);
  });

  it('may only read, except for the jobs that are listed here with their permissions', () => {
    expect(workflow.parse(parse(read(name))).permissions).toEqual({ contents: 'read' });
    for (const [job, { permissions: own = {} }] of jobsOf(name)) {
      const writes = Object.keys(own).filter((what) => own[what] === 'write');
      expect(writes.sort(), `${name} ${job}`).toEqual(WRITES[`${name} ${job}`] ?? []);
    }
  });

  it('puts no expression into a script', () => {
    const scripts = jobsOf(name).flatMap(([, { steps }]) => steps.flatMap(({ run = [] }) => run));
    expect(scripts.filter((script) => EXPRESSION.test(script))).toEqual([]);
  });

  it('gives no permissions to a pull request, and leaves no token in the checkout', () => {
    expect(JSON.stringify(workflow.parse(parse(read(name))).on)).not.toMatch(
      /pull_request_target|workflow_run/,
    );
    const checkouts = jobsOf(name).flatMap(([, { steps }]) =>
      steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')),
    );
    for (const { with: given } of checkouts) expect(given).toMatchObject({ 'persist-credentials': false });
  });

  it('has a time limit for each job', () => {
    for (const [job, { uses, 'timeout-minutes': minutes }] of jobsOf(name)) {
      if (uses === undefined) expect(minutes, job).toBeLessThanOrEqual(120);
    }
  });

  it('runs only npm scripts and files that exist', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
    const text = read(name);
    for (const [, script = ''] of text.matchAll(/npm run ([a-z:]+)/g))
      expect(Object.keys(scripts)).toContain(script);
    for (const [, file = ''] of text.matchAll(/\b((?:bin|\.ci|tests)\/[\w./-]+)/g))
      expect(readFileSync(join(ROOT, file)).length, file).toBeGreaterThan(0);
  });
});

it('an action is pinned to the same commit everywhere', () => {
  const commits = new Map<string, Set<string>>();
  for (const name of names)
    for (const [, action = '', commit = ''] of read(name).matchAll(/uses: ([\w/-]+)@(\S+ # \S+)/g))
      commits.set(action, (commits.get(action) ?? new Set()).add(commit));
  expect(commits.size).toBeGreaterThan(5);
  expect([...commits].filter(([, known]) => known.size > 1)).toEqual([]);
});
