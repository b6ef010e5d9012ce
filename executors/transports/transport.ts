import type { ApiDescription, Handler } from '../../proto/index.ts'
import type { Relay } from './hop/relay.ts'

/**
 * How a caller reaches an executor. Both halves of a transport stand in one folder: dial.ts and listen.ts.
 *
 * The contract, which `transport.conformance.ts` checks: `send` may be called concurrently without limit; it never changes
 * the request; a failed executor resolves with a status, everything else rejects with a FlowError of the same code, executor
 * and message on every transport; when the call's signal aborts it rejects at once and the other side is told; `close`
 * rejects what is pending with UNAVAILABLE; a listener's `drain` stops accepting, finishes what runs, then resolves.
 *
 * It knows nothing of topologies, protocols or retries: those wrap `send`.
 */
export interface Transport {
  /** The scheme of its addresses, such as `inproc`. */
  readonly scheme: string
  dial(address: string): Promise<Connection>
  listen(address: string, executor: Served): Promise<Listener>
}

export type Stats = Readonly<Record<string, number>>

/** An executor as a listener serves it. */
export interface Served {
  readonly handler: Handler
  /** Name of its deployment: what it calls itself in routes. @default "executor" */
  readonly name?: string
  /** For requests that come in frames, where they need not be read on the way. */
  readonly relay?: Relay
  readonly endpoints: readonly string[]
  /** What it serves with types. @default nothing */
  readonly apis?: readonly ApiDescription[] | undefined
  /** Requests that it runs at once. @default 1 */
  readonly concurrency?: number
  /** Endpoints whose requests must not run twice. @default none */
  readonly onceOnly?: readonly string[]
  /** Whether it can run something now: one that is being started again cannot. @default it can */
  ready?(): boolean
  /** Figures for who watches: what runs, what waits. Names in camelCase. */
  stats?(): Stats
}

/** The caller's half. */
export interface Connection {
  readonly send: Handler
  /** Endpoints of the executor, where known: a node that binds neither the endpoint nor `/default` is skipped. */
  readonly endpoints: readonly string[] | undefined
  /** Typed endpoints of the executor, where known. The same list until it changes. */
  readonly apis?: readonly ApiDescription[] | undefined
  readonly ready: boolean
  /** Figures for who watches: what waits, who is there. Names in camelCase. @default none */
  readonly stats?: Stats | undefined
  close(): Promise<void>
}

/** The executor's half. */
export interface Listener {
  readonly address: string
  drain(): Promise<void>
  close(): Promise<void>
}
