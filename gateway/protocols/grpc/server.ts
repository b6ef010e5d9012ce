import { Server, ServerCredentials } from '@grpc/grpc-js'
import { FlowError } from '../../../proto/index.ts'
import type { Front, Protocol, ProtocolOptions, Running, TlsFiles } from '../protocol.ts'
import { authInterceptor } from './auth.ts'
import { addDiscovery, setHealth } from './discovery.ts'
import { addRoutes } from './routes.ts'
import type { CallStream } from './stream.ts'

/** Jina's gRPC: `JinaRPC/Call` and its neighbours, health and reflection. */
export const grpc: Protocol = {
  name: 'grpc',
  async start(front: Front, options: ProtocolOptions): Promise<Running> {
    const { authenticate } = options
    const interceptors = authenticate ? [authInterceptor(authenticate)] : []
    const server = new Server({ ...channelOptions(options), interceptors })
    const streams = new Set<CallStream>()
    addRoutes(server, front, options, streams)
    const health = addDiscovery(server)
    const port = await bind(server, options)
    return {
      port,
      async drain() {
        setHealth(health, 'NOT_SERVING')
        const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
        // a stream that its caller keeps open would be waited for
        for (const stream of streams) stream.drain()
        await closed
      },
      async close() {
        server.forceShutdown()
      },
    }
  },
}

function channelOptions({ maxMessageBytes, heartbeatMs }: ProtocolOptions): ConstructorParameters<typeof Server>[0] {
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

function bind(server: Server, { host, port, tls, handshakeTimeoutMs }: ProtocolOptions): Promise<number> {
  const credentials = tls ? secure(tls, handshakeTimeoutMs) : ServerCredentials.createInsecure()
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, bound) => {
      if (error)
        reject(
          new FlowError('UNAVAILABLE', `gRPC cannot listen at ${host}:${port}: ${error.message}`, {
            hint: 'Stop what listens there, or choose another port',
            cause: error,
          }),
        )
      else resolve(bound)
    })
  })
}

function secure({ cert, key, ca }: TlsFiles, handshakeTimeout: number): ServerCredentials {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }
  const credentials = ServerCredentials.createSsl(ca ? Buffer.from(ca) : null, [pair], ca !== undefined)
  // the library has no option for it, but hands these on to Node
  Object.assign(credentials._getConstructorOptions() as object, { handshakeTimeout })
  return credentials
}
