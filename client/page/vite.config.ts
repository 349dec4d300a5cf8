import { defineConfig } from 'vite';
import { precompressed } from './precompressed.ts';

export default defineConfig({
  plugins: [precompressed()],
  // The SDK is read from its source; `browser` keeps Node's EventSource out.
  resolve: { conditions: ['carillon-source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    // Nothing inline: the page runs under a Content-Security-Policy that refuses it.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  server: { proxy: { '/v1': 'http://localhost:8080' } },
});
