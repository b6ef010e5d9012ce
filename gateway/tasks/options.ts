import { z } from 'zod'

/** How tasks are run and kept. */
export const taskOptions = z.strictObject({
  /** What a task may take, where its endpoint does not say so itself; each try has as much. Unit: ms. @default one hour */
  timeoutMs: z.number().positive().default(3_600_000),
  /** Tasks that one gateway runs at once; others wait for their turn. */
  maxConcurrency: z.int().positive().default(100),
  /** How often a task is tried again whose executor could not be reached or was lost; never where its endpoint is not `idempotent`. */
  maxRetries: z.int().min(0).default(3),
  /** How long a task that has ended can be asked for. Unit: ms. @default one day */
  resultTtlMs: z.int().positive().default(86_400_000),
  /** Tasks that are kept in memory, without Redis: beyond it those that ended first are forgotten, or new ones refused. */
  maxTasks: z.int().positive().default(10_000),
  /** The same of what they were given and gave. Unit: bytes. */
  maxBytes: z
    .int()
    .positive()
    .default(256 * 1024 * 1024),
})

export type TaskOptions = Readonly<z.output<typeof taskOptions>>
