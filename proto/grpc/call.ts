import { CallContext } from '../call.ts'
import type { Caller } from '../handler.ts'

/** What a gRPC server knows of a call, in any of its kinds. */
export interface IncomingCall {
  getDeadline(): Date | number
  readonly metadata: { getMap(): Record<string, string | Buffer> }
}

/** The Call of one request; those of one stream share a caller and end with it. */
export function contextOf(call: IncomingCall, caller: Caller): CallContext {
  const until = call.getDeadline()
  const epochMs = until instanceof Date ? until.getTime() : until
  const deadline = Number.isFinite(epochMs) ? performance.now() + epochMs - Date.now() : undefined
  return new CallContext({ deadline, caller, metadata: metadataOf(call) })
}

function metadataOf({ metadata }: IncomingCall): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(metadata.getMap()).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
