import type { ExecutorClass } from '../executor.ts'
import { PassThrough } from './pass-through.ts'

/** Ready executors by the name that `uses` gives them. */
export const library: Readonly<Record<string, ExecutorClass>> = { PassThrough }
