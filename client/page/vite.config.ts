import { defineConfig, type Plugin } from 'vite';
import { precompressed } from './precompressed.ts';

/** What is fetched apart has no styles and nothing to fetch before it: Vite's way to do both is half a kilobyte. */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: (id) =>
    id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : undefined,
};

export default defineConfig({
  plugins: [plainImports, precompressed()],
  // The SDK is read from its source; `browser` keeps Node's EventSource out.
  resolve: { conditions: ['carillon-source', 'module', 'browser', 'development|production'] },
  // Data stay data: as a module each entry of Unicode's list would be an export, and the list twice as long.
  json: { namedExports: false, stringify: true },
  build: {
    target: 'es2022',
    // Nothing inline: the page runs under a Content-Security-Policy that refuses it.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  server: { proxy: { '/v1': 'http://localhost:8080' } },
});
