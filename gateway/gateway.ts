import { readFileSync } from 'node:fs'
import type { RedisOptions } from '../executors/transports/index.ts'
import {
  CallContext,
  Code,
  compose,
  DataRequest,
  Document,
  DocumentArray,
  FlowError,
  type Handler,
  type Logger,
  type Status,
  silent,
  statusOfError,
} from '../proto/index.ts'
import { processInfo } from '../proto/info.ts'
import { authenticator, type ExpressMiddleware, type Middleware, openLayers } from './around/index.ts'
import { createProbes } from './health.ts'
import { concurrency, Slots } from './interceptors/concurrency.ts'
import { deadline } from './interceptors/deadline.ts'
import { EndpointLimits } from './interceptors/endpoint-limits.ts'
import { metrics } from './interceptors/metrics.ts'
import { GatewayMetrics } from './metrics/metrics.ts'
import { createMetricsSite } from './metrics/site.ts'
import type { Mount } from './mounts/mount.ts'
import { Mounts } from './mounts/site.ts'
import { type CompiledGatewayOptions, compileGatewayOptions, type GatewayOptions } from './options.ts'
import { holderOf } from './port-holder.ts'
import { portsOf } from './ports.ts'
import {
  ByteBudget,
  type Front,
  type PortOptions,
  type ProtocolName,
  type Running,
  startPort,
  type TlsFiles,
  type WebSite,
} from './protocols/index.ts'
import type { Queues } from './queues/board.ts'
import { openQueues } from './queues/site.ts'
import { Tasks } from './tasks/index.ts'
import type { NodeTarget } from './topology/spec.ts'
import { Wiring } from './wiring.ts'

/** What a gateway is made of besides its options. */
export interface GatewayParts {
  /** The nodes in the order they were added, each with a connection to its executor. */
  nodes: readonly NodeTarget[]
  /** Queues in which requests wait for executors elsewhere. */
  queues?: Queues | undefined
  /** Where tasks are kept. @default in memory */
  redis?: RedisOptions | undefined
  /** What the user put around all that the web ports answer, the first outermost. */
  middleware?: readonly (Middleware | ExpressMiddleware)[]
  /** Other frameworks' apps beside the APIs, on HTTP's port. */
  mounts?: readonly Mount[]
  /** Let {@link Gateway.replace} be called: requests are counted for it. */
  replaceable?: boolean
  logger?: Logger
}

/** Answered by every executor, by doing nothing. Jina's name. */
const DRY_RUN = '_jina_dry_run_'

/**
 * The front door: protocols, the engine behind them, and their life.
 */
export class Gateway {
  /** Sends a request through the graph, with the gateway's deadline: what every protocol calls. */
  readonly handler: Handler
  readonly #options: CompiledGatewayOptions
  /** The same array all its life: those who watch look at it. */
  readonly #nodes: NodeTarget[]
  readonly #parts: GatewayParts
  readonly #metrics: GatewayMetrics | undefined
  readonly #mounts: Mounts | undefined
  /** What the gateway itself asks finds a place, however much is going on. */
  readonly #unlimited: Handler
  readonly #running: { readonly running: Running; readonly protocols: readonly ProtocolName[] }[] = []
  readonly #tasks: Tasks
  readonly #front: Front
  readonly #wire: (nodes: readonly NodeTarget[]) => Wiring
  #wiring: Wiring
  #draining = false

  /** @throws {FlowError} INVALID_ARGUMENT for wrong options, or nodes that make no graph */
  constructor(options: GatewayOptions, parts: GatewayParts) {
    const { nodes, logger = silent } = parts
    this.#options = compileGatewayOptions(options)
    this.#nodes = [...nodes]
    this.#parts = parts
    this.#mounts = openMounts(parts.mounts ?? [], this.#options, logger)
    this.#metrics = this.#options.metrics ? new GatewayMetrics(this.#options, this.#nodes) : undefined
    const { timeoutMs, maxConcurrency } = this.#options
    const limits = new EndpointLimits(this.#options, this.#nodes)
    const inTime = deadline({ timeoutMs, endpointTimeoutMs: (endpoint) => limits.of(endpoint).timeoutMs, logger })
    const everything = maxConcurrency === undefined ? undefined : new Slots(maxConcurrency)
    const limited = compose(
      concurrency(() => everything),
      concurrency((endpoint) => limits.of(endpoint).slots),
      inTime,
    )
    const { replaceable = false } = parts
    const metrics = this.#metrics
    this.#wire = (nodes) => new Wiring(nodes, { limited, metrics, replaceable, logger })
    this.#wiring = this.#wire(nodes)
    // what can be replaced is looked up for each request
    const graph: Handler = replaceable ? (request, call) => this.#wiring.handler(request, call) : this.#wiring.handler
    this.#unlimited = inTime(graph)
    this.handler = limited(graph)
    this.#tasks = new Tasks({
      services: () => this.#wiring.taskServices,
      options: this.#options.tasks,
      redis: parts.redis,
      logger,
    })
    this.#front = {
      handler: this.handler,
      dryRun: () => this.dryRun(),
      info: processInfo,
      unready: () => this.#unready(),
      budget: new ByteBudget(this.#options.maxInFlightBytes),
      services: () => this.#wiring.services,
      tasks: this.#tasks,
      logger,
    }
  }

  /** Port of each started protocol. */
  get ports(): Readonly<Partial<Record<ProtocolName, number>>> {
    return Object.fromEntries(
      this.#running.flatMap(({ running, protocols }) => protocols.map((name) => [name, running.port])),
    )
  }

  get host(): string {
    return this.#options.host
  }

  /** Bytes of requests in flight and of answers that were not read yet, over all protocols. */
  get inFlightBytes(): number {
    return this.#front.budget.usedBytes
  }

  /**
   * Starts listening on every protocol, or on none.
   * @throws {FlowError} UNAVAILABLE where a port is taken, INVALID_ARGUMENT or FAILED_PRECONDITION for queues that cannot be shown
   */
  async start(): Promise<void> {
    const { tls, queues, auth, ...options } = this.#options
    const { middleware = [] } = this.#parts
    const sites = queues ? [await openQueues(this.#parts.queues ?? [], this.#options)] : []
    const authenticate = auth && authenticator(auth, this.#front.logger)
    const started: Omit<PortOptions, 'port'> = {
      ...{ ...options, tls: tls && filesOf(tls), authenticate, sites },
      infrastructure: this.#infrastructure(),
      ...(this.#mounts && { mounts: (isTaken) => (this.#mounts as Mounts).site(isTaken) }),
      layers: await openLayers({ ...options, middleware, authenticate, logger: this.#front.logger }),
    }
    try {
      if ([this.#options.protocol].flat().includes('http')) await this.#tasks.start()
      for (const { port, protocols } of portsOf(this.#options)) {
        const running = await startPort(protocols, (protocol) => this.#frontOf(protocol), { ...started, port })
        this.#running.push({ running, protocols })
      }
      await this.#mounts?.start(this.#url)
    } catch (error) {
      await this.close()
      throw heldError(error, this.#options)
    }
  }

  /** Stops accepting, and resolves when what runs is answered and what floats has ended. */
  async drain(): Promise<void> {
    this.#draining = true
    await Promise.all(this.#running.map(({ running }) => running.drain()))
    await this.#tasks.drain()
    await this.#wiring.idle()
  }

  async close(): Promise<void> {
    this.#draining = true
    await Promise.all(this.#running.splice(0).map(({ running }) => running.close()))
    await this.#tasks.close()
  }

  /** Endpoints of each node's executor, where they are known. */
  get endpoints(): ReadonlyMap<string, readonly string[] | undefined> {
    return new Map(this.#nodes.map(({ name, connection }) => [name, connection.endpoints]))
  }

  /**
   * Sends what comes from now on through these nodes; resolves when what came before is answered. For a gateway that is `replaceable`.
   * @throws {FlowError} INVALID_ARGUMENT for nodes that make no graph: all stays as it was
   */
  async replace(nodes: readonly NodeTarget[]): Promise<void> {
    const before = this.#wiring
    this.#wiring = this.#wire(nodes)
    this.#nodes.splice(0, this.#nodes.length, ...nodes)
    await before.idle()
  }

  /** Sends one empty document through all nodes; tells how it went, and never throws. */
  async dryRun(): Promise<Status> {
    const request = new DataRequest({ header: { execEndpoint: DRY_RUN }, docs: new DocumentArray([new Document()]) })
    try {
      const answer = await this.#unlimited(request, new CallContext())
      return answer.status ?? { code: 0, description: '' }
    } catch (error) {
      return statusOfError(FlowError.from(error))
    }
  }

  /** Where programs that are mounted find the APIs. */
  get #url(): string {
    const { host, tls } = this.#options
    const place = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
    return `http${tls ? 's' : ''}://${place}:${this.ports.http}`
  }

  /** What a protocol sees: its requests are counted as its own. */
  #frontOf(protocol: ProtocolName): Front {
    if (!this.#metrics) return this.#front
    const handler = metrics(this.#metrics.protocol(protocol))(this.handler)
    return { ...this.#front, handler, services: () => this.#wiring.servicesOf(protocol) }
  }

  #infrastructure(): WebSite[] {
    const unready = () => this.#unready()
    const probes = createProbes(this.#options.health, unready)
    const counted = this.#metrics
    if (!counted) return [probes]
    const figures = () => counted.metrics({ inFlightBytes: this.inFlightBytes, unready })
    return [probes, createMetricsSite(figures, this.#front.logger)]
  }

  #unready(): string[] {
    const nodes = this.#nodes.filter(({ connection }) => !connection.ready).map(({ name }) => name)
    const names = [...nodes, ...(this.#mounts?.unready() ?? [])]
    return this.#draining ? ['gateway', ...names] : names
  }
}

/** The error that says who holds the port, where it is about that and the system tells. */
function heldError(error: unknown, options: CompiledGatewayOptions): unknown {
  const { code, reason, details } = FlowError.from(error)
  if (code !== Code.UNAVAILABLE) return error
  const taken = portsOf(options).find(({ port }) => port !== 0 && reason.includes(`:${port}`))
  const holder = taken && holderOf(taken.port)
  return holder ? new FlowError('UNAVAILABLE', `${reason}; it is held by ${holder}`, details) : error
}

function openMounts(mounts: readonly Mount[], options: CompiledGatewayOptions, logger: Logger): Mounts | undefined {
  if (mounts.length === 0) return undefined
  if ([options.protocol].flat().includes('http')) return new Mounts(mounts, { timeoutMs: options.timeoutMs, logger })
  throw new FlowError('INVALID_ARGUMENT', `mount "${mounts[0]?.path}": apps are mounted on HTTP, which is not spoken`, {
    hint: 'Add "http" to protocol',
  })
}

function filesOf({ cert, key, ca }: NonNullable<CompiledGatewayOptions['tls']>): TlsFiles {
  return { cert: bytesOf(cert), key: bytesOf(key), ca: ca === undefined ? undefined : bytesOf(ca) }
}

function bytesOf(file: string | Uint8Array): Uint8Array {
  if (typeof file !== 'string') return file
  try {
    return readFileSync(file)
  } catch (error) {
    throw new FlowError('INVALID_ARGUMENT', `tls: ${FlowError.from(error).reason}`, { cause: error })
  }
}
