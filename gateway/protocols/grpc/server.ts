import { Server, ServerCredentials } from '@grpc/grpc-js'
import { addDiscovery, bind, CALL, DRY_RUN, INFO, SINGLE, serverOptions } from '../../../proto/grpc/index.ts'
import type { Front, Protocol, ProtocolOptions, Running, TlsFiles } from '../protocol.ts'
import { authInterceptor } from './auth.ts'
import { addRoutes } from './routes.ts'
import type { CallStream } from './stream.ts'

/** Jina's gRPC: `JinaRPC/Call` and its neighbours, health and reflection. */
export const grpc: Protocol = {
  name: 'grpc',
  async start(front: Front, options: ProtocolOptions): Promise<Running> {
    const { host, port: wanted, tls, maxMessageBytes, heartbeatMs, handshakeTimeoutMs, authenticate } = options
    const interceptors = authenticate ? [authInterceptor(authenticate)] : []
    const server = new Server({ ...serverOptions(maxMessageBytes, heartbeatMs), interceptors })
    const streams = new Set<CallStream>()
    addRoutes(server, front, options, streams)
    const health = addDiscovery(
      server,
      [DRY_RUN, INFO, CALL, SINGLE].map(({ service }) => service),
    )
    const credentials = tls ? secure(tls, handshakeTimeoutMs) : ServerCredentials.createInsecure()
    const port = await bind(server, `${host}:${wanted}`, credentials)
    return {
      port,
      async drain() {
        health.set('NOT_SERVING')
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

function secure({ cert, key, ca }: TlsFiles, handshakeTimeout: number): ServerCredentials {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }
  const credentials = ServerCredentials.createSsl(ca ? Buffer.from(ca) : null, [pair], ca !== undefined)
  // the library has no option for it, but hands these on to Node
  Object.assign(credentials._getConstructorOptions() as object, { handshakeTimeout })
  return credentials
}
