import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { FlowError, type Logger } from '../../proto/index.ts'
import { HeldResponse } from '../around/held.ts'
import { Slots } from '../interceptors/concurrency.ts'
import { httpStatus } from '../protocols/http/status.ts'
import type { WebSite } from '../protocols/index.ts'
import { refuseUpgrade } from '../protocols/refuse-upgrade.ts'
import { type App, fetchApp, type MountedRequest, nodeApp } from './app.ts'
import { Child } from './child.ts'
import { below, checkedMounts, type Mount } from './mount.ts'
import { proxyApp } from './proxy.ts'

export interface MountsOptions {
  /** How long answers may take to begin where a mount does not say. Unit: ms. */
  readonly timeoutMs: number
  readonly logger: Logger
}

interface Mounted {
  readonly path: string
  readonly app: App
  readonly timeoutMs: number
  readonly slots: Slots
}

/** Other frameworks' apps on the web port, below their paths: each gets what no API takes there. */
export class Mounts {
  readonly #mounts: readonly Mounted[]
  readonly #children = new Map<string, Child>()
  readonly #logger: Logger
  readonly #sockets = new Set<Duplex>()
  #running = 0
  #idle: (() => void) | undefined

  /** @throws {FlowError} INVALID_ARGUMENT for a path that is none, or an app that is none */
  constructor(mounts: readonly Mount[], { timeoutMs, logger }: MountsOptions) {
    this.#logger = logger
    this.#mounts = checkedMounts(mounts).map(({ path, app, options = {} }) => ({
      path,
      app: this.#appOf(path, app, options),
      timeoutMs: options.timeoutMs ?? timeoutMs,
      slots: new Slots(options.maxConcurrency ?? Number.POSITIVE_INFINITY),
    }))
  }

  /** Starts programs. @throws {FlowError} FAILED_PRECONDITION where one does not start */
  async start(url: string): Promise<void> {
    await Promise.all([...this.#children.values()].map((child) => child.start(url)))
  }

  /** Names of those that cannot be asked. */
  unready(): string[] {
    return [...this.#children].filter(([, { ready }]) => !ready).map(([path]) => `mount ${path}`)
  }

  /** @param isTaken - whether an API has a path */
  site(isTaken: (path: string) => boolean): WebSite {
    const find = (url = '') => {
      const mount = this.#mounts.find(({ path }) => below(path, url) !== undefined)
      return mount && !isTaken(url.split('?', 1)[0] as string) ? mount : undefined
    }
    return {
      answer: (request, response) => {
        const mount = find(request.url)
        if (mount) this.#answer(mount, request, response)
        return mount !== undefined
      },
      upgrade: (request, socket, head) => {
        const mount = find(request.url)
        if (!mount?.app.upgrade) return false
        this.#upgrade(mount, request, socket, head)
        return true
      },
      refuse(request, response, error) {
        if (!find(request.url)) return false
        refuse(response, error)
        return true
      },
      drain: () => this.#drain(),
      close: () => this.stop(),
    }
  }

  /** Ends all that still runs. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all([...this.#children.values()].map((child) => child.stop()))
  }

  /** Waits for answers; what stays open beyond its answer is ended by its app, or else here. */
  async #drain(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    await Promise.all([...this.#children.values()].map((child) => child.stop()))
    for (const socket of this.#sockets) socket.end(() => socket.destroy())
  }

  async #answer(mount: Mounted, request: MountedRequest, response: ServerResponse): Promise<void> {
    const { app, timeoutMs, slots } = mount
    try {
      slots.take()
    } catch (error) {
      return refuse(response, FlowError.from(error))
    }
    this.#running++
    const timer = setTimeout(() => late(mount, request, response), Math.min(timeoutMs, 2 ** 31 - 1))
    response.once('close', () => {
      clearTimeout(timer)
      slots.give()
      if (--this.#running === 0) this.#idle?.()
    })
    try {
      await app.answer(mounted(mount, request), response)
    } catch (error) {
      this.#fail(mount, response, error)
    }
  }

  #upgrade(mount: Mounted, request: MountedRequest, socket: Duplex, head: Buffer): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    const refuse = ({ message }: FlowError) => refuseUpgrade(socket, '503 Service Unavailable', message)
    try {
      mount.app.upgrade?.(mounted(mount, request), socket, head, refuse)
    } catch (error) {
      refuse(FlowError.from(error))
    }
  }

  #fail({ path }: Mounted, response: ServerResponse, err: unknown): void {
    if (response.headersSent || response.destroyed) {
      response.destroy()
      return
    }
    if (!FlowError.is(err)) this.#logger.error({ err, mount: path }, 'a mounted app failed')
    refuse(response, FlowError.is(err) ? err : new FlowError('INTERNAL', `the app at ${path} failed`))
  }

  #appOf(path: string, app: Mount['app'], options: Mount['options'] = {}): App {
    if (typeof app === 'function') {
      if (app.length > 1) return nodeApp(app as Parameters<typeof nodeApp>[0], options)
      if (app.length === 1) return fetchApp(app as Parameters<typeof fetchApp>[0])
    } else if ('fetch' in app) {
      return fetchApp((request) => app.fetch(request))
    } else if ('proxy' in app) {
      const target = addressOf(path, app.proxy)
      return proxyApp(() => target)
    } else if ('command' in app) {
      const child = new Child(app, path, this.#logger)
      this.#children.set(path, child)
      return proxyApp(() => child.target)
    }
    throw new FlowError('INVALID_ARGUMENT', `mount "${path}": that is no app`, {
      hint: 'Give (request) => Response, (request, response) => …, {fetch}, {proxy} or {command}',
    })
  }
}

/** The request as its app sees it: the mount's path is taken off, as ASGI and Express do. */
function mounted({ path }: Mounted, request: MountedRequest): MountedRequest {
  const { url = '/' } = request
  request.originalUrl = url
  request.baseUrl = path === '/' ? '' : path
  request.url = below(path, url) ?? url
  return request
}

function addressOf(path: string, proxy: string | URL): URL {
  try {
    const url = new URL(proxy)
    if (url.protocol === 'http:' || url.protocol === 'https:') return url
  } catch {}
  throw new FlowError('INVALID_ARGUMENT', `mount "${path}": ${proxy} is no address; write it like http://host:8000`)
}

// what the app goes on to write, nobody reads
function late({ app, timeoutMs }: Mounted, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return
  const error = new FlowError('DEADLINE_EXCEEDED', `Not able to process the request in ${timeoutMs / 1000} seconds`)
  new HeldResponse(response).replaceBy(() => refuse(response, error))
  app.abort?.(request)
}

/** In the words of typed routes: who mounts an app speaks no dialect of Jina's. */
function refuse(response: ServerResponse, error: FlowError): void {
  const { retryAfterMs } = error.details
  const words = error.codeName === 'RESOURCE_EXHAUSTED' ? 'Too many requests' : error.reason
  const text = JSON.stringify({ error: words })
  response.writeHead(httpStatus(error), {
    'content-length': Buffer.byteLength(text),
    'content-type': 'application/json',
    ...(retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }),
  })
  response.end(text)
}
