import {
  CallContext,
  type DataRequest,
  FlowError,
  type Frame,
  type Handler,
  orCancelled,
} from '../../../proto/index.ts'

/** One call that runs. */
interface Running {
  readonly call: CallContext
  /** The part that is on its way was taken. */
  credit(): void
}

/** The executor's half of a hop over frames. */
export class HopCallee {
  readonly #handler: Handler
  readonly #post: (frame: Frame) => void
  readonly #running = new Map<number, Running>()
  #stopping: FlowError | undefined
  #onIdle: (() => void) | undefined

  /** @param post - sends one frame, in order */
  constructor(handler: Handler, post: (frame: Frame) => void) {
    this.#handler = handler
    this.#post = post
  }

  /** Calls that run. */
  get size(): number {
    return this.#running.size
  }

  /** Takes a frame from the other side. */
  receive(frame: Frame): void {
    if (frame.kind === 'REQUEST') this.#begin(frame)
    else if (frame.kind === 'CREDIT') this.#running.get(frame.id)?.credit()
    else if (frame.kind === 'CANCEL') this.#running.get(frame.id)?.call.cancel(frame.error)
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  /** Refuses what is new, and resolves when nothing runs any more. */
  async drain(error: FlowError): Promise<void> {
    this.#stopping ??= error
    await this.idle()
  }

  /** Ends what runs. */
  close(error: FlowError): void {
    this.#stopping = error
    for (const [id, { call }] of this.#running) {
      this.#send({ id, kind: 'ERROR', error })
      call.cancel(error)
    }
    this.#running.clear()
    this.#onIdle?.()
  }

  #begin({ id, remainingMs, metadata, caller, parts, body }: Frame): void {
    if (this.#stopping) {
      this.#send({ id, kind: 'ERROR', error: this.#stopping })
      return
    }
    let credit = () => {}
    const deadline = remainingMs === undefined ? undefined : performance.now() + remainingMs
    const emit = (part: DataRequest): Promise<void> => {
      const taken = new Promise<void>((resolve) => (credit = resolve))
      this.#send({ id, kind: 'PART', body: part })
      return orCancelled(call, taken)
    }
    const call: CallContext = new CallContext({ deadline, metadata, caller, emit: parts ? emit : undefined })
    this.#running.set(id, { call, credit: () => credit() })
    this.#run(body as DataRequest, call).then(
      (answer) => this.#end({ id, kind: 'END', body: answer }),
      (error) => this.#end({ id, kind: 'ERROR', error: FlowError.from(error) }),
    )
  }

  // a handler may throw instead of rejecting
  async #run(request: DataRequest, call: CallContext): Promise<DataRequest> {
    return this.#handler(request, call)
  }

  #end(frame: Frame): void {
    if (!this.#running.delete(frame.id)) return
    this.#send(frame)
    if (this.#running.size === 0) this.#onIdle?.()
  }

  #send(frame: Frame): void {
    this.#post(frame)
  }
}
