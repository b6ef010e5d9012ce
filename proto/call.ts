import { FlowError } from './flow-error.ts'
import type { Call, Caller } from './handler.ts'
import type { DataRequest } from './request.ts'

const NO_METADATA: ReadonlyMap<string, string> = new Map()

export interface CallOptions {
  deadline?: number | undefined
  metadata?: ReadonlyMap<string, string> | undefined
  caller?: Caller | undefined
  emit?: ((part: DataRequest) => Promise<void>) | undefined
  /** What cancels this call too: the call it is made for, or a signal of the user's. Then {@link CallContext.release} it in the end. */
  parent?: Call | AbortSignal | undefined
}

type Listener = (reason: FlowError) => void

/**
 * A Call that its maker can cancel. An AbortController costs more than the rest of a call together:
 * it is made when somebody reads `signal`; {@link whenCancelled} does without.
 */
export class CallContext implements Call {
  readonly deadline: number | undefined
  readonly metadata: ReadonlyMap<string, string>
  readonly caller: Caller | undefined
  readonly emit: ((part: DataRequest) => Promise<void>) | undefined
  readonly #parent: Call | AbortSignal | undefined
  #leaveParent: (() => unknown) | undefined
  #reason: FlowError | undefined
  #controller: AbortController | undefined
  #listeners: Set<Listener> | undefined

  constructor(options: CallOptions = {}) {
    this.deadline = options.deadline
    this.metadata = options.metadata ?? NO_METADATA
    this.caller = options.caller
    this.emit = options.emit
    this.#parent = options.parent
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      this.#follow()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Why it was cancelled, if it was by its maker. */
  get cancelled(): FlowError | undefined {
    return this.#reason
  }

  /** Tells everybody downstream to stop; the first reason stays. */
  cancel(reason: FlowError = new FlowError('CANCELLED', 'the caller left')): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
    for (const listener of this.#listeners ?? []) listener(reason)
  }

  /** @internal See {@link whenCancelled}. */
  subscribe(listener: Listener): () => unknown {
    this.#follow()
    if (this.#reason) listener(this.#reason)
    this.#listeners ??= new Set()
    this.#listeners.add(listener)
    return () => this.#listeners?.delete(listener)
  }

  /** Stops listening to its parent; for who made it with one. */
  release(): void {
    this.#leaveParent?.()
  }

  #follow(): void {
    if (!this.#parent || this.#leaveParent) return
    this.#leaveParent = () => {}
    this.#leaveParent = whenCancelled(this.#parent, (reason) => this.cancel(reason))
  }
}

/** Calls `listener` once when the call is cancelled, at once if it is already; gives back how to stop listening. */
export function whenCancelled(call: Call | AbortSignal, listener: Listener): () => unknown {
  if (call instanceof CallContext) return call.subscribe(listener)
  const signal = call instanceof AbortSignal ? call : call.signal
  const onAbort = () => listener(FlowError.from(signal.reason, 'CANCELLED'))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return () => signal.removeEventListener('abort', onAbort)
}

/** Settles as `promise` does, or rejects when the call is cancelled before. */
export function orCancelled<T>(call: Call | AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = whenCancelled(call, reject)
    promise.then(resolve, reject).finally(leave)
  })
}

/** Milliseconds left before the call's deadline; Infinity without one. */
export function remainingMs(call: Pick<Call, 'deadline'>): number {
  return call.deadline === undefined ? Number.POSITIVE_INFINITY : call.deadline - performance.now()
}
