import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from './interop/peers.ts'

/**
 * The `bin` of a virtual environment with what a requirements file names, made when it is missing. Undefined, and one sentence, where
 * there is no Python or no package index.
 */
export function pythonWith(requirements: string): string | undefined {
  const text = readFileSync(requirements)
  const folder = resolve(root, `.cache/venv-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`)
  const made = resolve(folder, '.made')
  if (!existsSync(made)) {
    mkdirSync(resolve(root, '.cache'), { recursive: true })
    const run = (program: string, ...args: string[]) =>
      spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
    const pip = resolve(folder, 'bin/pip')
    if (
      !run('python3', '-m', 'venv', folder) ||
      !run(pip, 'install', '-q', '--disable-pip-version-check', '-r', requirements)
    ) {
      console.error(`SKIPPED: python3 with ${requirements} is not here, and could not be installed.`)
      // where nothing may be left out, a missing program is a failure
      if (process.env.CI && process.env.CI !== 'false') throw new Error('CI has no Python 3 with its packages')
      return undefined
    }
    writeFileSync(made, '')
  }
  return resolve(folder, 'bin')
}
