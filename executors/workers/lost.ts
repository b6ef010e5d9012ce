import { FlowError } from '../../proto/index.ts'

const lost = new WeakSet<FlowError>()

/** Marks the error of requests that a worker took with it when it ended: whether they took effect, nobody knows. */
export function markLost(error: FlowError): FlowError {
  lost.add(error)
  return error
}

/** True where the request may have been what ended its worker. */
export function wasLost(error: unknown): boolean {
  return FlowError.is(error) && lost.has(error)
}
