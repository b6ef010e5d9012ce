import {
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import {
  type Call,
  Code,
  codeName,
  type DataRequest,
  decodeRequest,
  decodeStatus,
  encodeRequest,
  FlowError,
  type Handler,
  type Status,
  whenCancelled,
} from '../../proto/index.ts'
import type { Address } from '../options.ts'
import type { ClientProtocol, Compression, Session, SessionOptions } from './protocol.ts'

const CALL = '/jina.JinaRPC/Call'
const DRY_RUN = '/jina.JinaGatewayDryRunRPC/dry_run'

// numbers of grpc-js's CompressionAlgorithms
const algorithms: Record<Compression, number> = { NoCompression: 0, Deflate: 1, Gzip: 2 }

const asIs = (bytes: Buffer): Buffer => bytes

/** Jina's gRPC: a post is one stream of `JinaRPC/Call`. */
export function grpcProtocol({ host, port, tls }: Address, maxMessageBytes: number): ClientProtocol {
  const target = `${host}:${port}`
  const clients = new Map<Compression, Client>()
  const clientFor = (compression: Compression = 'NoCompression'): Client => {
    const known = clients.get(compression)
    if (known) return known
    const client = new Client(
      target,
      tls ? credentials.createSsl() : credentials.createInsecure(),
      channelOptions(compression, maxMessageBytes),
    )
    clients.set(compression, client)
    return client
  }
  return {
    open: (options) => new GrpcSession(clientFor(options.compression), target, options),
    dryRun: ({ metadata, signal }) => dryRun(clientFor(), target, metadataOf(metadata), signal),
    async close() {
      for (const client of clients.values()) client.close()
      clients.clear()
    },
  }
}

interface Pending {
  resolve(answer: DataRequest): void
  reject(error: FlowError): void
}

/** One stream; answers find their requests by id, in whatever order they come. */
class GrpcSession implements Session {
  readonly #client: Client
  readonly #target: string
  readonly #metadata: Metadata
  readonly #pending = new Map<string, Pending>()
  #stream: ClientDuplexStream<Buffer, Buffer> | undefined
  #abandoned = false
  /** Pending while the stream takes no more; those who want to write wait for it. */
  #full: { writable: Promise<void>; release: () => void } | undefined

  constructor(client: Client, target: string, { metadata }: SessionOptions) {
    this.#client = client
    this.#target = target
    this.#metadata = metadataOf(metadata)
  }

  readonly send: Handler = async (request, call) => {
    while (this.#full) await this.#full.writable
    const answer = this.#expect(request.header.requestId, call)
    this.#write(encodeRequest(request))
    return answer
  }

  close(): void {
    const stream = this.#stream
    if (!stream) return
    // cancelling tells the gateway to stop what nobody waits for any more
    if (this.#abandoned || this.#pending.size > 0) stream.cancel()
    else stream.end()
    this.#fail(new FlowError('CANCELLED', 'the post was given up'), stream)
  }

  #expect(id: string, call: Call): Promise<DataRequest> {
    return new Promise((resolve, reject) => {
      const leave = whenCancelled(call, (error) => {
        this.#abandoned = true
        settle(() => reject(error))
      })
      const settle = (how: () => void) => {
        if (!this.#pending.delete(id)) return
        leave()
        how()
      }
      this.#pending.set(id, {
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      })
    })
  }

  #write(bytes: Uint8Array): void {
    this.#stream ??= this.#open()
    const stream = this.#stream
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (stream.write(buffer) || this.#full) return
    let release = () => {}
    const writable = new Promise<void>((resolve) => (release = resolve))
    this.#full = { writable, release }
  }

  #release(): void {
    this.#full?.release()
    this.#full = undefined
  }

  #open(): ClientDuplexStream<Buffer, Buffer> {
    const stream = this.#client.makeBidiStreamRequest(CALL, asIs, asIs, this.#metadata, {} satisfies GrpcCallOptions)
    stream.on('data', (bytes: Buffer) => this.#receive(bytes, stream))
    stream.on('drain', () => this.#release())
    stream.on('error', (error: ServiceError) => this.#fail(flowError(error, this.#target), stream))
    stream.on('end', () => {
      this.#fail(new FlowError('UNAVAILABLE', 'the server ended the stream before it had answered'), stream)
    })
    return stream
  }

  #receive(bytes: Buffer, stream: ClientDuplexStream<Buffer, Buffer>): void {
    try {
      const answer = decodeRequest(bytes)
      // Jina sends a header with nothing but the id before it breaks the stream off
      if (answer.routes.length > 0 || answer.status || answer.hasDocs) {
        this.#pending.get(answer.header.requestId)?.resolve(answer)
      }
    } catch (error) {
      const { reason } = FlowError.from(error)
      this.#fail(
        new FlowError('INTERNAL', `${this.#target} answered what is no answer: ${reason}`, { cause: error }),
        stream,
      )
      stream.cancel()
    }
  }

  // a stream that was replaced has nothing to say about requests on its successor
  #fail(error: FlowError, stream: ClientDuplexStream<Buffer, Buffer>): void {
    if (stream !== this.#stream) return
    this.#stream = undefined
    this.#release()
    for (const { reject } of this.#pending.values()) reject(error)
  }
}

function dryRun(client: Client, target: string, metadata: Metadata, signal: AbortSignal | undefined): Promise<Status> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(DRY_RUN, asIs, asIs, Buffer.alloc(0), metadata, (error, reply) => {
      if (error) reject(flowError(error, target))
      else resolve(decodeStatus(reply ?? Buffer.alloc(0)))
    })
    signal?.addEventListener('abort', () => call.cancel(), { once: true })
  })
}

function channelOptions(compression: Compression, maxMessageBytes: number): ChannelOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.default_compression_algorithm': algorithms[compression],
    // retries are ours: one place, one policy for all protocols
    'grpc.enable_retries': 0,
    // a connection of its own, that closes with the client
    'grpc.use_local_subchannel_pool': 1,
  }
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

function flowError(error: ServiceError, target: string): FlowError {
  const code = error.code === status.OK ? Code.UNKNOWN : error.code
  const details = error.details || error.message
  const reason =
    code === Code.UNAVAILABLE ? `${target} cannot be reached: ${details.replace(/ Resolution note: $/, '')}` : details
  return new FlowError(codeName(code), reason, { cause: error })
}
