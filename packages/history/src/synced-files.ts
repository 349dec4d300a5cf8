import { closeSync, fdatasyncSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** WASI's number of "input/output error", by which PostgreSQL learns that a sync failed. */
const EIO = 29;

type Setup = Parameters<NodeFS['init']>;

interface EmscriptenFileSystem {
  ErrnoError: new (errno: number) => Error;
  filesystems: { NODEFS: { stream_ops: { fsync?: (stream: { nfd: number }) => number } } };
}

/**
 * PGlite's files in a directory of this machine, with an fsync that happens. PGlite 0.5.14's own has none (`fdatasync`
 * does nothing either), so that a power cut could take what was committed; a test counts the calls with strace.
 */
export class SyncedFiles extends NodeFS {
  override async init(...[db, options]: Setup): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(db, options);
    emscriptenOpts.preRun = [
      ...(emscriptenOpts.preRun ?? []),
      (module) => {
        const { ErrnoError, filesystems } = module.FS as unknown as EmscriptenFileSystem;
        filesystems.NODEFS.stream_ops.fsync = ({ nfd }) => {
          try {
            // All but the file's times, whose sync would cost a third more: what PostgreSQL itself asks of Linux for its log.
            fdatasyncSync(nfd);
          } catch {
            throw new ErrnoError(EIO);
          }
          return 0;
        };
      },
    ];
    return { emscriptenOpts };
  }
}

/** Syncs every file and directory below `directory`, itself, and its entry in its parent. */
export function syncTree(directory: string): void {
  const entries = readdirSync(directory, { withFileTypes: true, recursive: true });
  for (const entry of entries) {
    if (entry.isFile() || entry.isDirectory()) syncPath(join(entry.parentPath, entry.name));
  }
  syncPath(directory);
  syncPath(dirname(directory));
}

function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
