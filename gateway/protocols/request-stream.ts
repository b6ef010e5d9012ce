import { CallContext, type DataRequest, FlowError, type Handler, maxTimerMs } from '../../proto/index.ts'
import type { ByteBudget, Hold } from './byte-budget.ts'
import { failedRequest } from './failed.ts'
import type { Front } from './protocol.ts'

/** A connection that carries many requests at once, as its protocol offers it. */
export interface Wire<Message extends string | Uint8Array> {
  /**
   * A request; one whose status says that it failed is answered as it is.
   * @throws where the message is no request at all: that ends the connection
   */
  decode(message: Message): DataRequest
  encode(answer: DataRequest): Message
  /** Sends a message; false where it piles up here, and {@link RequestStream.drained} will be called when it has left. */
  write(message: Message): boolean
  pause(): void
  resume(): void
  /** All requests are answered, and no more will come. */
  end(): void
  /** Breaks off. */
  fail(error: FlowError): void
}

export interface RequestStreamOptions {
  /** Deadline, metadata and caller of all requests; ends with the connection. */
  readonly context: CallContext
  /** Requests in flight at most; 0: no limit. */
  readonly prefetch: number
  readonly maxConnectionBytes: number
  /** Answers in the order of the requests, instead of as they finish. */
  readonly inOrder?: boolean
  /** What each request may take that does not say so itself; the gateway's default without it. Unit: ms. */
  readonly timeoutMs?: number | undefined
  /** How long the peer may leave answers unread. Unit: ms. */
  readonly stallMs: number
}

/**
 * Requests that overlap on one connection. Reading pauses while too many of them run, too many of their bytes are held, or the
 * peer does not read its answers; a request that fails is answered in its place, the others live on.
 */
export class RequestStream<Message extends string | Uint8Array> {
  readonly #wire: Wire<Message>
  readonly #handler: Handler
  readonly #options: RequestStreamOptions
  readonly #budget: ByteBudget
  readonly #held: Hold
  #inFlight = 0
  /** Bytes of answers that pile up; 0 while they leave. */
  #piledUp = 0
  #stalled: NodeJS.Timeout | undefined
  #onDrained: (() => void)[] = []
  #paused = false
  #leaveRoom: (() => void) | undefined
  #ended = false
  #refused: FlowError | undefined
  #left = false
  #last: Promise<void> = Promise.resolve()

  constructor(wire: Wire<Message>, { handler, budget }: Front, options: RequestStreamOptions) {
    this.#wire = wire
    this.#handler = handler
    this.#budget = budget
    this.#held = budget.hold()
    this.#options = options
  }

  take(message: Message): void {
    if (this.#ended || this.#left) return
    let request: DataRequest
    try {
      request = this.#wire.decode(message)
    } catch (error) {
      this.refuse(FlowError.from(error, 'INVALID_ARGUMENT'))
      return
    }
    this.#inFlight++
    this.#held.add(message.length)
    const before = this.#last
    const answered = this.#answer(request, message.length, before)
    if (this.#options.inOrder) this.#last = answered
    this.#pauseOrResume()
  }

  /** The peer will send no more. */
  end(): void {
    this.#ended = true
    this.#finish()
  }

  /** Takes no more, answers what runs, then breaks off. */
  refuse(error: FlowError): void {
    this.#refused ??= error
    this.end()
  }

  /** What piled up has left. */
  drained(): void {
    if (this.#piledUp === 0) return
    clearTimeout(this.#stalled)
    this.#held.remove(this.#piledUp)
    this.#piledUp = 0
    for (const go of this.#onDrained.splice(0)) go()
    this.#pauseOrResume()
  }

  /** The peer is gone. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#options.context.cancel()
    clearTimeout(this.#stalled)
    this.#leaveRoom?.()
    this.#held.release()
    for (const go of this.#onDrained.splice(0)) go()
  }

  async #answer(request: DataRequest, bytes: number, before: Promise<void>): Promise<void> {
    const answer = request.failed ? request : await this.#run(this.#timed(request), before)
    if (this.#options.inOrder) await before
    this.#inFlight--
    this.#held.remove(bytes)
    this.#write(request, answer)
    this.#pauseOrResume()
    this.#finish()
  }

  async #run(request: DataRequest, before: Promise<void>): Promise<DataRequest> {
    const { context } = this.#options
    const call = request.header.parts ? this.#partsCall(request, before) : context
    try {
      return await this.#handler(request, call)
    } catch (error) {
      return failedRequest(request, FlowError.from(error))
    } finally {
      if (call !== context) call.release()
    }
  }

  #timed(request: DataRequest): DataRequest {
    const { timeoutMs } = this.#options
    if (timeoutMs === undefined || request.header.timeoutMs) return request
    return request.with({ header: { ...request.header, timeoutMs } })
  }

  #partsCall(request: DataRequest, before: Promise<void>): CallContext {
    const { context, inOrder } = this.#options
    const { deadline, metadata, caller } = context
    let count = 0
    const emit = async (part: DataRequest) => {
      if (inOrder) await before
      this.#write(request, part.with({ header: { ...part.header, part: count++ } }))
      if (this.#piledUp > 0 && !this.#left) await new Promise<void>((resolve) => this.#onDrained.push(resolve))
    }
    return new CallContext({ deadline, metadata, caller, emit, parent: context })
  }

  #write(request: DataRequest, answer: DataRequest): void {
    if (this.#left) return
    const message = this.#encoded(request, answer)
    if (this.#wire.write(message)) return
    if (this.#piledUp === 0) this.#awaitDrain()
    this.#piledUp += message.length
    this.#held.add(message.length)
  }

  #encoded(request: DataRequest, answer: DataRequest): Message {
    try {
      return this.#wire.encode(answer)
    } catch (error) {
      return this.#wire.encode(failedRequest(request, FlowError.from(error, 'INTERNAL')))
    }
  }

  #awaitDrain(): void {
    const { stallMs } = this.#options
    const stalled = () => {
      const reason = `answers were left unread for ${stallMs} ms`
      this.#wire.fail(new FlowError('DEADLINE_EXCEEDED', reason, { hint: 'Read them as they come' }))
      this.leave()
    }
    this.#stalled = setTimeout(stalled, Math.min(stallMs, maxTimerMs))
  }

  #pauseOrResume(): void {
    const { prefetch, maxConnectionBytes } = this.#options
    const busy = this.#piledUp > 0 || (prefetch > 0 && this.#inFlight >= prefetch)
    const full = busy || this.#held.bytes >= maxConnectionBytes || this.#budget.full
    if (this.#left) return
    if (this.#budget.full) this.#awaitRoom()
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.#wire.pause()
    else this.#wire.resume()
  }

  #awaitRoom(): void {
    this.#leaveRoom ??= this.#budget.whenRoom(() => {
      this.#leaveRoom = undefined
      this.#pauseOrResume()
    })
  }

  #finish(): void {
    if (!this.#ended || this.#inFlight > 0 || this.#left) return
    if (this.#refused) this.#wire.fail(this.#refused)
    else this.#wire.end()
  }
}
