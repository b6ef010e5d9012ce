import { FlowError } from '../flow-error.ts'

/** Options of a channel that every server of ours has. */
export function serverOptions(maxMessageBytes: number, heartbeatMs: number) {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    // http2 offers four billion unless told otherwise
    'grpc.max_concurrent_streams': 1000,
    'grpc-node.max_session_memory': Number.MAX_SAFE_INTEGER,
    // a peer that is gone without a word is found out
    'grpc.keepalive_time_ms': heartbeatMs,
    'grpc.keepalive_timeout_ms': Math.min(heartbeatMs, 10_000),
  }
}

interface Bindable<Credentials> {
  bindAsync(place: string, credentials: Credentials, done: (error: Error | null, port: number) => void): void
}

/**
 * Listens, and gives back the port.
 * @throws {FlowError} UNAVAILABLE where the port is taken
 */
export function bind<Credentials>(
  server: Bindable<Credentials>,
  place: string,
  credentials: Credentials,
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(place, credentials, (error, port) => {
      if (!error) resolve(port)
      else
        reject(
          new FlowError('UNAVAILABLE', `gRPC cannot listen at ${place}: ${error.message}`, {
            hint: 'Stop what listens there, or choose another port',
            cause: error,
          }),
        )
    })
  })
}
