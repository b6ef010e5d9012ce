import type { ServerDuplexStream } from '@grpc/grpc-js'
import { contextOf, encode } from '../../../proto/grpc/index.ts'
import { type Caller, type DataRequest, decodeRequest, type FlowError } from '../../../proto/index.ts'
import type { Front, ProtocolOptions } from '../protocol.ts'
import { RequestStream } from '../request-stream.ts'
import { TIMEOUT_HEADER, timeoutOf } from '../timeout.ts'
import { highWaterBytes, type Wire } from '../wire.ts'
import { reset, whenClosed } from './http2.ts'
import { grpcStatus } from './status.ts'
import { Unread } from './unread.ts'

type Stream = ServerDuplexStream<Buffer, Buffer>

/** `JinaRPC/Call`: one stream of requests, answered as they finish or, if the caller asks for it, in the order they came. */
export class CallStream implements Wire<Buffer> {
  readonly #stream: Stream
  readonly #requests: RequestStream<Buffer>
  readonly #unread: Unread

  /** @throws {FlowError} INVALID_ARGUMENT for metadata that says nonsense */
  constructor(stream: Stream, front: Front, caller: Caller, options: ProtocolOptions) {
    const { maxConnectionBytes } = options
    this.#stream = stream
    this.#requests = new RequestStream(this, front, {
      context: contextOf(stream, caller),
      prefetch: askedPrefetch(stream) ?? options.prefetch,
      maxConnectionBytes,
      inOrder: stream.metadata.get('__results_in_order__')[0] === 'true',
      timeoutMs: timeoutOf(stream.metadata.get(TIMEOUT_HEADER)[0]),
    })
    stream.on('data', (bytes: Buffer) => this.#requests.take(bytes))
    stream.on('end', () => this.#requests.end())
    this.#unread = new Unread(options.timeoutMs, () => this.#requests.stalled())
    const leave = () => this.#requests.leave()
    stream.on('cancelled', leave).on('error', leave)
    whenClosed(stream, () => {
      this.#unread.stop()
      leave()
    })
  }

  /** Answers what runs, then ends. */
  drain(): void {
    this.#requests.stop()
  }

  decode(message: Buffer): DataRequest {
    return decodeRequest(message)
  }

  encode(answer: DataRequest): Buffer {
    return encode(answer)
  }

  write(message: Buffer): boolean {
    this.#unread.add(message.length)
    // the stream itself counts messages, however large
    this.#stream.write(message, () => this.#sent(message.length))
    return this.#unread.bytes <= highWaterBytes
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  end(): void {
    this.#stream.end()
  }

  fail(error: FlowError): void {
    // who does not read would not read why either
    if (error.codeName === 'DEADLINE_EXCEEDED') reset(this.#stream)
    else this.#stream.emit('error', grpcStatus(error))
  }

  #sent(bytes: number): void {
    this.#unread.remove(bytes)
    if (this.#unread.bytes <= highWaterBytes / 2) this.#requests.drained()
  }
}

/** Unreadable values are ignored, as in Jina. */
function askedPrefetch(stream: Stream): number | undefined {
  const asked = Number(stream.metadata.get('__prefetch__')[0])
  return Number.isInteger(asked) && asked > 0 ? asked : undefined
}
