import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Text; fonts and pictures are already compressed. */
const SHRINK = new Set(['.html', '.js', '.css', '.svg', '.webmanifest']);

/** Bytes; a smaller file fits in one packet without compression. */
const MIN_BYTES = 1_000;

/**
 * Writes a brotli and a gzip version next to each built text file, at the highest level: that takes half a second once, and
 * no server has to do it when it starts.
 */
export function precompressed(): Plugin {
  let directory = '';
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved({ root, build }) {
      directory = resolve(root, build.outDir);
    },
    // After everything else: by then the files that Vite only copies are there, too.
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
