import type { DataRequest } from './request.ts'

/**
 * The one function type of the house. A protocol turns bytes into calls of it, a topology is one made of others,
 * a transport carries one over a wire, an executor is one.
 *
 * It resolves with the answer, also where an executor failed (the status says so), and rejects with a FlowError
 * where no answer could be had. It never changes the request it is given.
 */
export type Handler = (request: DataRequest, call: Call) => Promise<DataRequest>

/** Wraps a Handler: deadline, retry, metrics, … */
export type Interceptor = (next: Handler) => Handler

/** Who calls: fairness, quotas and authorisation are counted per caller. */
export interface Caller {
  /** One connection or session; requests of one caller take turns with those of others. */
  readonly id: string
  /** Who it proved to be, if it did. */
  readonly principal?: string | undefined
  /** The peer's address, for logs. */
  readonly address?: string | undefined
}

/** Whose turn a request takes: that of who its caller proved to be, over all connections, or else of its connection. */
export function turnOf(caller: Caller | undefined): string {
  return caller?.principal ?? caller?.id ?? ''
}

/** What accompanies one call and is no part of the request. */
export interface Call {
  /** Aborts when the deadline passes, the caller leaves or the process stops; its reason is a FlowError. Made on first read. */
  readonly signal: AbortSignal
  /** Unit: milliseconds on this process's monotonic clock (`performance.now()`). Crosses a hop as the remaining time. */
  readonly deadline?: number | undefined
  /** Headers and trace context that reach executors; keys in lower case. */
  readonly metadata: ReadonlyMap<string, string>
  readonly caller?: Caller | undefined
  /** Present where the caller wants partial results; awaiting it is backpressure. Rejects when the call is cancelled meanwhile. */
  readonly emit?: ((part: DataRequest) => Promise<void>) | undefined
}

/** `compose(a, b)(handler)` runs a, then b, then the handler. */
export function compose(...interceptors: Interceptor[]): Interceptor {
  return (handler) => interceptors.reduceRight((next, interceptor) => interceptor(next), handler)
}
