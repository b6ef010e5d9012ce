import { FlowError } from './flow-error.ts'
import type { Call, Caller } from './handler.ts'
import type { DataRequest } from './request.ts'

const NO_METADATA: ReadonlyMap<string, string> = new Map()

export interface CallOptions {
  deadline?: number | undefined
  metadata?: ReadonlyMap<string, string> | undefined
  caller?: Caller | undefined
  emit?: ((part: DataRequest) => Promise<void>) | undefined
  /** What cancels this call too: the call it is made for, or a signal of the user's. */
  parent?: { readonly signal: AbortSignal } | undefined
}

/**
 * A Call that its maker can cancel. The AbortController, which costs more than the rest of a call together,
 * exists only once somebody has read `signal`.
 */
export class CallContext implements Call {
  readonly deadline: number | undefined
  readonly metadata: ReadonlyMap<string, string>
  readonly caller: Caller | undefined
  readonly emit: ((part: DataRequest) => Promise<void>) | undefined
  readonly #parent: { readonly signal: AbortSignal } | undefined
  #reason: FlowError | undefined
  #controller: AbortController | undefined

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
      if (this.#reason) this.#controller.abort(this.#reason)
      else if (this.#parent) follow(this.#parent.signal, this.#controller)
    }
    return this.#controller.signal
  }

  /** Why it was cancelled, if it was. */
  get cancelled(): FlowError | undefined {
    return this.#reason
  }

  /** Tells everybody downstream to stop; the first reason stays. */
  cancel(reason: FlowError = new FlowError('CANCELLED', 'the caller left')): void {
    if (this.#reason) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}

/** Milliseconds left before the call's deadline; Infinity without one. */
export function remainingMs(call: Pick<Call, 'deadline'>): number {
  return call.deadline === undefined ? Number.POSITIVE_INFINITY : call.deadline - performance.now()
}

function follow(parent: AbortSignal, controller: AbortController): void {
  const abort = () => controller.abort(FlowError.from(parent.reason, 'CANCELLED'))
  if (parent.aborted) abort()
  else parent.addEventListener('abort', abort, { once: true, signal: controller.signal })
}
