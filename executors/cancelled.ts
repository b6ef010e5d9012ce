import { type Call, FlowError } from '../proto/index.ts'

/** True for an error that an executor threw because its caller stopped it. */
export function stoppedByCaller(error: unknown, call: Call): boolean {
  const stopped = FlowError.is(error)
    ? error.codeName === 'CANCELLED' || error.codeName === 'DEADLINE_EXCEEDED'
    : error instanceof Error && error.name === 'AbortError'
  return stopped && call.signal.aborted
}
