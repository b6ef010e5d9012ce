import { spawn } from 'node:child_process'
import { jinaEnv, root } from './peers.ts'

/** How one suite ended: a sentence where it did not as it should. */
export interface Verdict {
  readonly passed: number
  readonly failed: number
  readonly problem?: string | undefined
}

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs a command at the root, without telemetry. */
export function run(command: string, args: string[], env: Record<string, string> = {}, shown = false): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...jinaEnv, ...env },
    stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  child.stderr?.on('data', (chunk) => (errors += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, errors }))
  })
}
