import type { MessagePort } from 'node:worker_threads'
import type { ApiDescription, JsonObject } from '../../proto/index.ts'
import type { HostSpec } from '../host.ts'
import type { Stats } from '../transports/transport.ts'

// What a worker and the thread that started it tell each other, beside the frames of requests.

/** What a worker runs; everything in it can be cloned. */
export interface WorkerSpec extends HostSpec {
  /** `./file.ts#Export`, a package, a name of the library or of an export of `modules`. */
  readonly uses: string
  /** Where relative `uses` and `modules` start. */
  readonly baseDir: string
  /** Files whose exports `uses` may name. */
  readonly modules?: readonly string[] | undefined
}

/** `workerData` of a worker. */
export interface WorkerData {
  readonly spec: WorkerSpec
  /** Frames of requests come and go here. */
  readonly port: MessagePort
  /** Its own requests to other deployments go here. */
  readonly peersPort: MessagePort
}

/** To the worker: finish what runs, close the executor, and end. */
export type ToWorker = { readonly kind: 'drain' }

/** From the worker. */
export type FromWorker =
  | {
      readonly kind: 'ready'
      readonly endpoints: readonly string[]
      readonly onceOnly: readonly string[]
      readonly apis: readonly ApiDescription[]
    }
  /** It cannot start; `error` is an ERROR frame. */
  | { readonly kind: 'failed'; readonly error: Uint8Array }
  | { readonly kind: 'drained' }
  /** What it does in the background has changed. */
  | { readonly kind: 'stats'; readonly stats: Stats }
  | {
      readonly kind: 'log'
      readonly level: LogLevel
      readonly fields: JsonObject
      readonly message: string | undefined
    }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
