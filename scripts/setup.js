// Installs what is missing, and with --build compiles what has changed. Runs before `npm start` and `npm test`, on plain Node.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const SOURCES = ['index.ts', 'proto', 'executors', 'gateway', 'client', 'flows', 'tsconfig.json', 'tsconfig.build.json']

/** @param {string} path */
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

if (modified('node_modules/.package-lock.json') < modified('package-lock.json')) {
  console.log('Installing what Sluice needs …')
  // NODE_ENV=production would leave out what the tests and the build need
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'])
}

if (process.argv.includes('--build') && newest(SOURCES) > modified('dist/.built')) {
  console.log('Building …')
  run(process.execPath, ['scripts/build.js'])
}

/** The latest change at or below these paths. @param {string[]} paths @returns {number} */
function newest(paths) {
  const times = paths.map((path) =>
    statSync(path).isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : modified(path),
  )
  return Math.max(0, ...times)
}

/** @param {string} command @param {string[]} args */
function run(command, args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}
