import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const interop = process.env.INTEROP === '1'

export default defineConfig({
  // standard decorators and `await using` are lowered for Node 20
  esbuild: { target: 'node20' },
  resolve: {
    alias: [
      // Vite would take the package's other build than yoga has, and errors of one are none of the other's
      { find: /^graphql$/, replacement: 'graphql/index.js' },
      { find: /^sluice$/, replacement: here('index.ts') },
      { find: /^sluice\/(client|executors|gateway|proto)$/, replacement: here('$1/index.ts') },
    ],
  },
  test: {
    include: [interop ? 'tests/interop/**/*.test.ts' : '**/*.test.ts'],
    exclude: ['node_modules', 'dist', '.cache', 'templates', ...(interop ? [] : ['tests/interop'])],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    // a second is short on a loaded machine; what does not come true at all is told a little later
    expect: { poll: { timeout: 5_000 } },
    hookTimeout: 60_000,
  },
})
