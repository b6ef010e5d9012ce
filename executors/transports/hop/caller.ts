import {
  type Call,
  type DataRequest,
  FlowError,
  type Frame,
  type Handler,
  remainingMs,
  whenCancelled,
} from '../../../proto/index.ts'

/** One call that the other side has not ended yet; its caller may have left. */
interface Open {
  readonly call: Call
  settle(how: () => void): void
  resolve(answer: DataRequest): void
  reject(error: FlowError): void
}

/** The caller's half of a hop over frames: answers find their calls by the ids that this half chose. */
export class HopCaller {
  readonly #post: (frame: Frame) => void
  readonly #open = new Map<number, Open>()
  #nextId: number
  #closed: FlowError | undefined
  #late = 0

  /**
   * @param post - sends one frame, in order
   * @param firstId - ids count up from here
   */
  constructor(post: (frame: Frame) => void, firstId = 1) {
    this.#post = post
    this.#nextId = firstId
  }

  /** Answers and errors that came when nobody waited any more. */
  get lateReplies(): number {
    return this.#late
  }

  /** How long the call that has been over its deadline longest has gone on without an end. Unit: ms; negative: none is. */
  get overdueMs(): number {
    let left = Number.POSITIVE_INFINITY
    for (const { call } of this.#open.values()) left = Math.min(left, remainingMs(call))
    return -left
  }

  readonly send: Handler = (request, call) => {
    if (this.#closed) return Promise.reject(this.#closed)
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      let cancelled = false
      let leave: () => unknown = () => {}
      const settle = (how: () => void) => {
        this.#open.delete(id)
        leave()
        how()
      }
      leave = whenCancelled(call, (error) => {
        cancelled = true
        // it stays open until the other side has ended it
        if (this.#open.has(id)) this.#send({ id, kind: 'CANCEL', error })
        reject(error)
      })
      if (cancelled) return
      this.#open.set(id, { call, settle, resolve, reject })
      const { metadata, caller, emit } = call
      const left = call.deadline === undefined ? undefined : remainingMs(call)
      this.#send({ id, kind: 'REQUEST', remainingMs: left, metadata, caller, parts: emit !== undefined, body: request })
    })
  }

  /** Takes a frame from the other side. */
  receive(frame: Frame): void {
    const open = this.#open.get(frame.id)
    if (!open) this.#late++
    else if (frame.kind === 'PART') this.#deliver(frame, open)
    else if (frame.kind === 'END') open.settle(() => open.resolve(frame.body as DataRequest))
    else if (frame.kind === 'ERROR') open.settle(() => open.reject(frame.error ?? nameless()))
  }

  /** Expects nothing more for a call whose caller has left. */
  forget(id: number): void {
    this.#open.delete(id)
  }

  /** Rejects what is open, and all that comes after. */
  close(error: FlowError): void {
    this.#closed ??= error
    for (const open of [...this.#open.values()]) open.settle(() => open.reject(error))
  }

  // parts come one at a time: the next one is sent when this one was taken
  #deliver({ id, body }: Frame, { call, reject }: Open): void {
    const taken = call.emit
      ? call.emit(body as DataRequest)
      : Promise.reject(new FlowError('INTERNAL', 'not asked for'))
    taken.then(
      () => this.#send({ id, kind: 'CREDIT' }),
      (reason) => {
        const error = FlowError.from(reason)
        this.#send({ id, kind: 'CANCEL', error })
        reject(error)
      },
    )
  }

  #send(frame: Frame): void {
    if (!this.#closed) this.#post(frame)
  }
}

function nameless(): FlowError {
  return new FlowError('UNKNOWN', 'the executor gave no reason')
}
