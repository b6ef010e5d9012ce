import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { FlowError } from '../../proto/index.ts'
import { infrastructurePaths } from '../health.ts'

/** An app of Hono's kind, or of anything else that speaks Fetch. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** An Express app, or anything else that takes Node's own objects. */
export type NodeHandler = {
  // as a method, so that Express's own types of its request and response will do
  call(request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): unknown
}['call']

/** An app that listens somewhere. */
export interface ProxyApp {
  /** Where, such as `http://10.0.0.7:8000`; a path is put before what is asked for. */
  readonly proxy: string | URL
}

/** A program that listens at a port of this machine: it is started with the gateway, started again when it ends, and stopped with it. */
export interface CommandApp {
  /**
   * The program and its arguments, in which `{port}` and `{path}` stand for its port and the path that it is mounted at. In its environment
   * are PORT, ROOT_PATH, and SLUICE_URL, where the gateway answers.
   */
  readonly command: readonly [string, ...string[]]
  /** @default a free one, on each start */
  readonly port?: number
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** A path of the app that answers 2xx while it is well; where three in a row fail, it is started again. @default any answer will do, once */
  readonly probe?: string
  /** How often the probe is asked, and how long it may take. Unit: ms. @default 5000 */
  readonly probeIntervalMs?: number
  /** How long it may take until it answers first. Unit: ms. @default 30 000 */
  readonly startTimeoutMs?: number
  /** How long it may take to end when it is told to. Unit: ms. @default 5000 */
  readonly stopTimeoutMs?: number
}

export type MountedApp = FetchHandler | { readonly fetch: FetchHandler } | NodeHandler | ProxyApp | CommandApp

export interface MountOptions {
  /** Takes over WebSockets that a Node handler answers; proxies and commands take their own. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** How long an answer may take to begin; then it is 504. Unit: ms. @default the gateway's */
  readonly timeoutMs?: number
  /** Requests at once; more are refused with 429. @default no limit */
  readonly maxConcurrency?: number
}

/** What stands where beside the APIs. */
export interface Mount {
  readonly path: string
  readonly app: MountedApp
  readonly options?: MountOptions
}

/** @throws {FlowError} INVALID_ARGUMENT for a path that is none, is taken, or is another's */
export function checkedMounts(mounts: readonly Mount[]): Mount[] {
  const checked = mounts.map((mount) => ({ ...mount, path: mount.path.replace(/(.)\/$/, '$1') }))
  for (const [i, { path }] of checked.entries()) {
    const refused = (reason: string) => new FlowError('INVALID_ARGUMENT', `mount ${JSON.stringify(path)}: ${reason}`)
    if (!/^\/[\w.~/-]*$/.test(path) || path.includes('//')) throw refused('is no path; write it like /v1')
    if (infrastructurePaths.includes(path)) throw refused("that path is the server's own")
    if (checked.findIndex((other) => other.path === path) !== i) throw refused('something is mounted there already')
  }
  return checked.sort((a, b) => b.path.length - a.path.length)
}

/** What a path is below a mount, query and all; undefined where it is not below it. */
export function below(mount: string, url: string): string | undefined {
  if (mount === '/') return url.startsWith('/') ? url : undefined
  if (!url.startsWith(mount)) return undefined
  const rest = url.slice(mount.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : undefined
}
