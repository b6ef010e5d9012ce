import { maxMessageBytes as defaultMaxMessageBytes } from '../../../proto/index.ts'
import type { Served, Transport } from '../transport.ts'
import { parseAddress } from './address.ts'
import type { GrpcConnection, GrpcDialOptions } from './dial.ts'
import type { GrpcListener, ListenTls } from './listen.ts'

export type { DialTls, GrpcDialOptions } from './dial.ts'
export type { ListenTls } from './listen.ts'

export interface GrpcOptions {
  /** Largest message either way, after decompression. Unit: bytes. @default 100 MiB */
  readonly maxMessageBytes?: number | undefined
  /** For listeners at `grpcs://` addresses. */
  readonly tls?: ListenTls | undefined
}

export interface GrpcTransport extends Transport {
  /** @throws {FlowError} INVALID_ARGUMENT for what is no address, or certificates that are none */
  dial(address: string, options?: GrpcDialOptions): Promise<GrpcConnection>
  listen(address: string, served: Served): Promise<GrpcListener>
}

/** How long dialling waits for somebody to say who is there: a connection may be had before. */
const introductionMs = 1000

/**
 * Executors at gRPC addresses: of Jina's and ours, and gateways of whole flows. With executors of ours it speaks frames, on one stream;
 * with all others Jina's RPCs. Its listeners speak both. The library loads when it is first used: executors import this too.
 */
export function createGrpc({ maxMessageBytes = defaultMaxMessageBytes, tls }: GrpcOptions = {}): GrpcTransport {
  return {
    scheme: 'grpc',
    async dial(address, options = {}) {
      const { GrpcConnection } = await import('./dial.ts')
      const connection = new GrpcConnection(parseAddress(address), options, maxMessageBytes)
      await connection.look(introductionMs)
      return connection
    },
    async listen(address, served) {
      const { GrpcListener } = await import('./listen.ts')
      return GrpcListener.open(parseAddress(address), served, maxMessageBytes, tls)
    },
  }
}
