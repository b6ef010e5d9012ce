import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { CallContext, type Caller, type DataRequest, newId } from '../../proto/index.ts'
import { TIMEOUT_HEADER, timeoutOf } from './timeout.ts'

/**
 * The Call of one HTTP request.
 * @param timeoutMs - what it may take where its header does not say
 * @throws {FlowError} INVALID_ARGUMENT for a header that says nonsense
 */
export function webCall(
  { headers, socket }: IncomingMessage,
  timeoutMs: number,
  emit?: (part: DataRequest) => Promise<void>,
): CallContext {
  const deadline = performance.now() + (timeoutOf(headers[TIMEOUT_HEADER]) ?? timeoutMs)
  return new CallContext({ deadline, metadata: metadataOf(headers), caller: callerOf(socket), emit })
}

export function metadataOf(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>()
  for (const [name, value] of Object.entries(headers)) if (typeof value === 'string') metadata.set(name, value)
  return metadata
}

const callers = new WeakMap<Socket, Caller>()

/** Requests of one connection have one caller. */
function callerOf(socket: Socket): Caller {
  const caller = callers.get(socket) ?? { id: newId(), address: socket.remoteAddress }
  callers.set(socket, caller)
  return caller
}
