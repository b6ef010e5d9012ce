// Bundles the client for pages without a build step: dist/browser/client.js, one file, `import { Client } from './client.js'`.
import { buildSync } from 'esbuild'

/** @param {string} outfile */
export function bundleClient(outfile) {
  buildSync({
    entryPoints: ['client/browser.ts'],
    outfile,
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  })
}
