import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CallContext, type Caller, type DataRequest, newId } from '../../proto/index.ts'
import { principalOf } from '../around/auth.ts'
import { TIMEOUT_HEADER, timeoutOf } from './timeout.ts'

/**
 * The Call of one HTTP request.
 * @param timeoutMs - what it may take where its header does not say
 * @throws {FlowError} INVALID_ARGUMENT for a header that says nonsense
 */
export function webCall(
  request: IncomingMessage,
  timeoutMs: number,
  emit?: (part: DataRequest) => Promise<void>,
): CallContext {
  const { headers } = request
  const deadline = performance.now() + (timeoutOf(headers[TIMEOUT_HEADER]) ?? timeoutMs)
  return new CallContext({ deadline, metadata: metadataOf(headers), caller: callerOf(request), emit })
}

export function metadataOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') metadata.set(name, value)
  return metadata
}

const callers = new WeakMap<Socket, Caller>()

/** Requests of one connection have one caller, unless they say that they are of different people. */
export function callerOf(request: IncomingMessage): Caller {
  const { socket } = request
  const principal = principalOf(request)
  const known = callers.get(socket)
  if (known && known.principal === principal) return known
  const caller = { id: known?.id ?? newId(), address: socket.remoteAddress, ...(principal && { principal }) }
  callers.set(socket, caller)
  return caller
}
