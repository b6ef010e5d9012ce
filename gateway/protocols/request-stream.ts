import { CallContext, type DataRequest, FlowError, type Handler } from '../../proto/index.ts'
import type { ByteBudget, Hold } from './byte-budget.ts'
import { failedRequest } from './failed.ts'
import type { Front } from './protocol.ts'
import type { RequestStreamOptions, Wire } from './wire.ts'

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
  /** Messages that had been read before reading paused: one read may bring thousands. */
  readonly #waiting: Message[] = []
  #waitingBytes = 0
  /** Bytes of answers that pile up; 0 while they leave. */
  #piledUp = 0
  #onDrained: (() => void)[] = []
  #paused = false
  #leaveRoom: (() => void) | undefined
  #ended = false
  #refused: FlowError | undefined
  #finished = false
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
    this.#held.add(message.length)
    this.#waiting.push(message)
    this.#waitingBytes += message.length
    this.#proceed()
  }

  /** The peer will send no more. */
  end(): void {
    this.#ended = true
    this.#finish()
  }

  /** Answers what runs, and begins no more. */
  stop(): void {
    this.#dropWaiting()
    this.end()
  }

  /** Takes no more, answers what came before, then breaks off. */
  refuse(error: FlowError): void {
    this.#refused ??= error
    this.end()
  }

  /** What piled up has left. */
  drained(): void {
    if (this.#piledUp === 0) return
    this.#held.remove(this.#piledUp)
    this.#piledUp = 0
    for (const go of this.#onDrained.splice(0)) go()
    this.#proceed()
    this.#finish()
  }

  /** The peer leaves its answers unread, says the wire. */
  stalled(): void {
    const hint = 'Read them as they come'
    this.#wire.fail(new FlowError('DEADLINE_EXCEEDED', 'answers were left unread for too long', { hint }))
    this.leave()
  }

  /** The peer is gone. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#options.context.cancel()
    this.#leaveRoom?.()
    this.#dropWaiting()
    this.#held.release()
    for (const go of this.#onDrained.splice(0)) go()
  }

  /** Begins what there is room for, and reads on when nothing waits. */
  #proceed(): void {
    while (this.#waiting.length > 0 && this.#mayBegin) this.#begin(this.#waiting.shift() as Message)
    if (this.#left) return
    if (this.#budget.full) this.#awaitRoom()
    const full = this.#waiting.length > 0 || this.#busy || this.#filled
    if (full === this.#paused) return
    this.#paused = full
    if (full) this.#wire.pause()
    else this.#wire.resume()
  }

  // one may always run, or those whose waiting messages fill the gateway would wait for each other
  get #mayBegin(): boolean {
    return !this.#busy && (this.#inFlight === 0 || !this.#filled)
  }

  get #busy(): boolean {
    const { prefetch } = this.#options
    return this.#piledUp > 0 || (prefetch > 0 && this.#inFlight >= prefetch)
  }

  get #filled(): boolean {
    const begunBytes = this.#held.bytes - this.#waitingBytes
    return begunBytes >= this.#options.maxConnectionBytes || this.#budget.fullWithout(this.#waitingBytes)
  }

  #begin(message: Message): void {
    this.#waitingBytes -= message.length
    let request: DataRequest
    try {
      request = this.#wire.decode(message)
    } catch (error) {
      this.#held.remove(message.length)
      this.#dropWaiting()
      this.refuse(FlowError.from(error, 'INVALID_ARGUMENT'))
      return
    }
    this.#inFlight++
    const answered = this.#answer(request, message.length, this.#last)
    if (this.#options.inOrder) this.#last = answered
  }

  #dropWaiting(): void {
    this.#held.remove(this.#waitingBytes)
    this.#waitingBytes = 0
    this.#waiting.length = 0
  }

  async #answer(request: DataRequest, bytes: number, before: Promise<void>): Promise<void> {
    const answer = await (request.failed ? request : this.#run(this.#timed(request), before))
    if (this.#options.inOrder) await before
    this.#inFlight--
    this.#held.remove(bytes)
    this.#write(request, answer)
    this.#proceed()
    this.#finish()
  }

  async #run(request: DataRequest, before: Promise<void>): Promise<DataRequest> {
    const parts = request.header.parts ? this.#partsOf(request, before) : undefined
    try {
      return await this.#handler(request, parts?.call ?? this.#options.context)
    } catch (error) {
      return failedRequest(request, FlowError.from(error))
    } finally {
      parts?.end()
    }
  }

  #timed(request: DataRequest): DataRequest {
    const { timeoutMs } = this.#options
    if (timeoutMs === undefined || request.header.timeoutMs) return request
    return request.with({ header: { ...request.header, timeoutMs } })
  }

  /** A call whose parts are written as they come, until it has been answered. */
  #partsOf(request: DataRequest, before: Promise<void>): { call: CallContext; end: () => void } {
    const { context, inOrder } = this.#options
    const { deadline, metadata, caller } = context
    let count = 0
    let answered = false
    const emit = async (part: DataRequest) => {
      if (inOrder) await before
      if (answered) throw new FlowError('CANCELLED', 'a part came after the answer')
      this.#write(request, part.with({ header: { ...part.header, part: count++ } }))
      if (this.#piledUp > 0 && !this.#left) await new Promise<void>((resolve) => this.#onDrained.push(resolve))
    }
    const call = new CallContext({ deadline, metadata, caller, emit, parent: context })
    const end = () => {
      answered = true
      call.release()
    }
    return { call, end }
  }

  #write(request: DataRequest, answer: DataRequest): void {
    if (this.#left) return
    const message = this.#encoded(request, answer)
    if (this.#wire.write(message)) return
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

  #awaitRoom(): void {
    this.#leaveRoom ??= this.#budget.whenRoom(() => {
      this.#leaveRoom = undefined
      this.#proceed()
    })
  }

  #finish(): void {
    const answered = this.#inFlight === 0 && this.#waiting.length === 0
    // who ends a connection gives its peer little time to read the rest
    if (!this.#ended || !answered || this.#piledUp > 0 || this.#left || this.#finished) return
    this.#finished = true
    if (this.#refused) this.#wire.fail(this.#refused)
    else this.#wire.end()
  }
}
