import { type Call, FlowError } from '../proto/index.ts'

/** True for an error that an executor threw because its caller stopped it. */
export function stoppedByCaller(error: unknown, call: Call): boolean {
  return (
    FlowError.is(error) &&
    (error.codeName === 'CANCELLED' || error.codeName === 'DEADLINE_EXCEEDED') &&
    call.signal.aborted
  )
}
