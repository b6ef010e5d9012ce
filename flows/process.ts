import { pino } from 'pino'
import type { Logger } from '../proto/index.ts'

// What processes that serve have in common.

/** Warnings and errors, on standard error. */
export function createLogger(): Logger {
  return pino({ level: 'warn' }, pino.destination(2))
}

/** How often a process that npm started looks whether npm is still there. Unit: ms. */
const LOOK_MS = 500

/**
 * Resolves at the first SIGINT or SIGTERM: time to drain. The second ends the process at once. A process of an npm script stops with npm:
 * npm hands SIGTERM to the shell between them alone, which dies of it.
 */
export function untilStopped(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  return new Promise((resolve) => {
    if (env.npm_lifecycle_event !== undefined) whenParentEnds(() => process.kill(process.pid, 'SIGTERM'))
    let asked = false
    const stop = (signal: NodeJS.Signals) => {
      if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
      asked = true
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
}

function whenParentEnds(then: () => void): void {
  const parent = process.ppid
  const looking = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(looking)
    then()
  }, LOOK_MS)
  looking.unref()
}
