import { spawnSync } from 'node:child_process'

/** A program that tests need and npm does not bring. */
export interface Program {
  /** Its names on the PATH. */
  readonly names: readonly string[]
  /** An environment variable that says where it is. */
  readonly variable: string
  /** Debian's package. */
  readonly aptPackage: string
}

/** Finds a program: the variable, the PATH, else apt-get where this is root. Undefined, and one sentence, where none of them has it. */
export function obtain(program: Program): string | undefined {
  const { variable, names, aptPackage } = program
  const found = process.env[variable] || onPath(names)
  if (found) return found
  if (process.getuid?.() === 0 && install(aptPackage)) return onPath(names)
  console.error(
    `SKIPPED: ${names[0]} is not here. Install it (apt-get install ${aptPackage}), or name it in $${variable}.`,
  )
  // where nothing may be left out, a missing program is a failure
  if (process.env.CI && process.env.CI !== 'false') throw new Error(`CI has no ${names[0]}`)
  return undefined
}

function onPath(names: readonly string[]): string | undefined {
  for (const name of names) {
    const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return undefined
}

function install(aptPackage: string): boolean {
  console.error(`Installing ${aptPackage} …`)
  const run = (...args: string[]) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  return run('update', '-qq') && run('install', '-y', '-qq', '--no-install-recommends', aptPackage)
}
