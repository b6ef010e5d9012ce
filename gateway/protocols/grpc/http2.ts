import { constants, type ServerHttp2Stream } from 'node:http2'
import type { ServerCall } from './server-call.ts'

// What grpc-js keeps to itself: a call ends for its handler when its last message is handed over, but its bytes stay until the
// peer has read them.

function http2Of(call: ServerCall): ServerHttp2Stream {
  let { call: inner } = call as unknown as { call: { stream: ServerHttp2Stream; nextCall?: never } }
  // interceptors wrap it
  while (inner.nextCall) inner = inner.nextCall
  return inner.stream
}

/** Calls `listener` when nothing of the call is left in this process. */
export function whenClosed(call: ServerCall, listener: () => void): void {
  const stream = http2Of(call)
  if (stream.closed || stream.destroyed) listener()
  else stream.once('close', listener)
}

/** Drops what the peer has not read. */
export function reset(call: ServerCall): void {
  http2Of(call).close(constants.NGHTTP2_CANCEL)
}
