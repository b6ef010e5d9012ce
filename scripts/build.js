// Compiles the package into dist/, with what TypeScript does not copy: generated code and .proto files.
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { bundleClient } from './browser.js'

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
cpSync('proto/gen', 'dist/proto/gen', { recursive: true })
for (const file of readdirSync('proto')) if (file.endsWith('.proto')) cpSync(`proto/${file}`, `dist/proto/${file}`)
cpSync('flows/exports/flow.schema.json', 'dist/flows/exports/flow.schema.json')
bundleClient('dist/browser/client.js')
// the last thing written: `npm start` compares the sources with it
writeFileSync('dist/.built', '')
