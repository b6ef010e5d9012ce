import { pino } from 'pino'
import type { Logger } from '../proto/index.ts'

// What processes that serve have in common.

/** Warnings and errors, on standard error. */
export function createLogger(): Logger {
  return pino({ level: 'warn' }, pino.destination(2))
}

/** Resolves at the first SIGINT or SIGTERM: time to drain. The second ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
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
