import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Text; fonts and pictures are compressed as they are. */
const SHRINK = new Set(['.html', '.js', '.css', '.svg', '.webmanifest']);

/** Bytes; a smaller file fits in one packet as it is. */
const MIN_BYTES = 1_000;

/**
 * Puts beside each built file of text the same as brotli and gzip, as small as they get: it takes half a second once, and no start of a
 * server waits for it.
 */
export function precompressed(): Plugin {
  let directory = '';
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved({ root, build }) {
      directory = join(root, build.outDir);
    },
    // Behind everything: what is copied as it is is there then, too.
    async closeBundle() {
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !SHRINK.has(extname(entry.name))) continue;
        const file = join(entry.parentPath, entry.name);
        const plain = await readFile(file);
        if (plain.length < MIN_BYTES) continue;
        const params = { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length };
        await writeFile(`${file}.br`, brotliCompressSync(plain, { params }));
        await writeFile(`${file}.gz`, gzipSync(plain, { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}
