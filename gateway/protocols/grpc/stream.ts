import type { ServerDuplexStream } from '@grpc/grpc-js'
import {
  type CallContext,
  type Caller,
  type DataRequest,
  decodeRequest,
  FlowError,
  type Handler,
} from '../../../proto/index.ts'
import { answerOf, contextOf, encode } from './codec.ts'
import { grpcStatus } from './status.ts'

type Stream = ServerDuplexStream<Buffer, Buffer>

/**
 * `JinaRPC/Call`: requests of one stream overlap, at most `prefetch` in flight, answered as they finish or, if the
 * caller asks for it, in the order they came. Reading pauses when too many run or the caller does not read.
 */
export class CallStream {
  readonly #stream: Stream
  readonly #handler: Handler
  readonly #context: CallContext
  readonly #prefetch: number
  readonly #inOrder: boolean
  #inFlight = 0
  #blocked = false
  #ended = false
  #refused: FlowError | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(stream: Stream, handler: Handler, caller: Caller, prefetch: number) {
    this.#stream = stream
    this.#handler = handler
    this.#context = contextOf(stream, caller)
    this.#prefetch = askedPrefetch(stream) ?? prefetch
    this.#inOrder = stream.metadata.get('__results_in_order__')[0] === 'true'
    stream.on('data', (bytes: Buffer) => this.#take(bytes))
    stream.on('end', () => this.#end())
    stream.on('drain', () => this.#unblock())
    stream.on('cancelled', () => this.#context.cancel())
    stream.on('error', () => this.#context.cancel())
  }

  #take(bytes: Buffer): void {
    if (this.#refused) return
    let request: DataRequest
    try {
      request = decodeRequest(bytes)
    } catch (error) {
      this.#refused = FlowError.from(error, 'INVALID_ARGUMENT')
      this.#end()
      return
    }
    this.#inFlight++
    const before = this.#last
    const answered = this.#answer(request, before)
    if (this.#inOrder) this.#last = answered
    this.#pauseOrResume()
  }

  async #answer(request: DataRequest, before: Promise<void>): Promise<void> {
    const answer = await this.#handler(request, this.#context).catch((error) =>
      answerOf(request, FlowError.from(error)),
    )
    if (this.#inOrder) await before
    this.#inFlight--
    if (!this.#stream.cancelled) this.#blocked = !this.#stream.write(this.#encoded(request, answer))
    this.#pauseOrResume()
    this.#finish()
  }

  #encoded(request: DataRequest, answer: DataRequest): Buffer {
    try {
      return encode(answer)
    } catch (error) {
      return encode(answerOf(request, FlowError.from(error, 'INTERNAL')))
    }
  }

  #unblock(): void {
    this.#blocked = false
    this.#pauseOrResume()
  }

  #pauseOrResume(): void {
    const full = this.#blocked || (this.#prefetch > 0 && this.#inFlight >= this.#prefetch)
    if (full) this.#stream.pause()
    else if (this.#stream.isPaused()) this.#stream.resume()
  }

  #end(): void {
    this.#ended = true
    this.#finish()
  }

  #finish(): void {
    if (!this.#ended || this.#inFlight > 0) return
    if (this.#refused) this.#stream.emit('error', grpcStatus(this.#refused))
    else this.#stream.end()
  }
}

/** Unreadable values are ignored, as in Jina. */
function askedPrefetch(stream: Stream): number | undefined {
  const asked = Number(stream.metadata.get('__prefetch__')[0])
  return Number.isInteger(asked) && asked > 0 ? asked : undefined
}
