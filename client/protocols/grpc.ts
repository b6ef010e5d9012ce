import { createSecureContext } from 'node:tls'
import {
  type ChannelCredentials,
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
import { Gate } from './gate.ts'
import { Pending } from './pending.ts'
import type { ClientProtocol, Compression, DryRunOptions, Session, SessionOptions } from './protocol.ts'
import { unreachable } from './unreachable.ts'

const CALL = '/jina.JinaRPC/Call'
const DRY_RUN = '/jina.JinaGatewayDryRunRPC/dry_run'

// numbers of grpc-js's CompressionAlgorithms
const algorithms: Record<Compression, number> = { NoCompression: 0, Deflate: 1, Gzip: 2 }

const asIs = (bytes: Buffer): Buffer => bytes

/** Certificates, read. */
export interface SecureOptions {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly passphrase?: string
  readonly servername?: string
}

/** Jina's gRPC: a post is one stream of `JinaRPC/Call`. */
export function grpcProtocol(
  { host, port, tls }: Address,
  secure: SecureOptions,
  maxMessageBytes: number,
): ClientProtocol {
  const target = `${host}:${port}`
  const clients = new Map<Compression, Client>()
  const clientFor = (compression: Compression = 'NoCompression'): Client => {
    const known = clients.get(compression)
    if (known) return known
    const client = new Client(target, tls ? credentialsOf(secure) : credentials.createInsecure(), {
      ...channelOptions(compression, maxMessageBytes),
      ...(secure.servername !== undefined && { 'grpc.ssl_target_name_override': secure.servername }),
    })
    clients.set(compression, client)
    return client
  }
  return {
    open: (options) => new GrpcSession(clientFor(options.compression), target, options),
    dryRun: (options) => dryRun(clientFor(), target, options),
    async close() {
      for (const client of clients.values()) client.close()
      clients.clear()
    },
  }
}

function credentialsOf({ servername: _name, ...files }: SecureOptions): ChannelCredentials {
  return credentials.createFromSecureContext(createSecureContext(files))
}

/** One stream; answers find their requests by id, in whatever order they come. */
class GrpcSession implements Session {
  readonly #client: Client
  readonly #target: string
  readonly #metadata: Metadata
  readonly #pending = new Pending({ pause: () => this.#stream?.pause(), resume: () => this.#stream?.resume() })
  readonly #gate = new Gate()
  #stream: ClientDuplexStream<Buffer, Buffer> | undefined

  constructor(client: Client, target: string, { metadata }: SessionOptions) {
    this.#client = client
    this.#target = target
    this.#metadata = metadataOf(metadata)
  }

  readonly send: Handler = (request, call) => {
    const answer = this.#pending.expect(request, call)
    this.#write(request).catch((error) => this.#pending.reject(request, FlowError.from(error)))
    return answer
  }

  close(): void {
    const stream = this.#stream
    this.#stream = undefined
    // cancelling tells the gateway to stop what nobody waits for any more
    if (this.#pending.unanswered) stream?.cancel()
    else stream?.end()
    this.#pending.close()
    this.#gate.open()
  }

  async #write(request: DataRequest): Promise<void> {
    while (this.#gate.opened) await this.#gate.opened
    if (!this.#pending.has(request)) return
    this.#stream ??= this.#open()
    const bytes = encodeRequest(request)
    if (!this.#stream.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))) this.#gate.shut()
  }

  #open(): ClientDuplexStream<Buffer, Buffer> {
    const stream = this.#client.makeBidiStreamRequest(CALL, asIs, asIs, this.#metadata, {} satisfies GrpcCallOptions)
    stream.on('data', (bytes: Buffer) => this.#receive(bytes, stream))
    stream.on('drain', () => this.#gate.open())
    stream.on('error', (error: ServiceError) => this.#fail(flowError(error, this.#target), stream))
    stream.on('end', () => {
      this.#fail(new FlowError('UNAVAILABLE', 'the server ended the stream before it had answered'), stream)
    })
    return stream
  }

  #receive(bytes: Buffer, stream: ClientDuplexStream<Buffer, Buffer>): void {
    try {
      this.#pending.take(decodeRequest(bytes))
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
    this.#gate.open()
    this.#pending.fail(error)
  }
}

function dryRun(client: Client, target: string, { metadata, call }: DryRunOptions): Promise<Status> {
  return new Promise((resolve, reject) => {
    const headers = metadataOf(metadata)
    const unary = client.makeUnaryRequest(DRY_RUN, asIs, asIs, Buffer.alloc(0), headers, (error, reply) => {
      leave()
      if (error) reject(flowError(error, target))
      else resolve(decodeStatus(reply ?? Buffer.alloc(0)))
    })
    const leave = whenCancelled(call, (error) => {
      reject(error)
      unary.cancel()
    })
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
  if (code === Code.UNAVAILABLE) return unreachable(target, new Error(details.replace(/ Resolution note: $/, '')))
  return new FlowError(codeName(code), details, { cause: error })
}
