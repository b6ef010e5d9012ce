import { defineExecutor } from '../executor.ts'

/** Answers every endpoint with what it was given; the executor of a deployment that names none. */
export const PassThrough = defineExecutor({ name: 'PassThrough', requests: { '/default': () => {} } })
