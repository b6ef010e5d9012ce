import { readFileSync } from 'node:fs'
import {
  CallContext,
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
import { createEngine, type Engine } from './engine.ts'
import { gatewayInfo } from './info.ts'
import { deadline } from './interceptors/deadline.ts'
import { type CompiledGatewayOptions, compileGatewayOptions, type GatewayOptions } from './options.ts'
import { portsOf } from './ports.ts'
import { ByteBudget, type Front, type ProtocolName, type Running, startPort, type TlsFiles } from './protocols/index.ts'
import type { Queues } from './queues/board.ts'
import { openQueues } from './queues/site.ts'
import type { NodeTarget } from './topology/spec.ts'

/** What a gateway is made of besides its options. */
export interface GatewayParts {
  /** The nodes in the order they were added, each with a connection to its executor. */
  nodes: readonly NodeTarget[]
  /** Queues in which requests wait for executors elsewhere. */
  queues?: Queues | undefined
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
  readonly #nodes: readonly NodeTarget[]
  readonly #engine: Engine
  readonly #queues: Queues
  readonly #running: { readonly running: Running; readonly protocols: readonly ProtocolName[] }[] = []
  readonly #front: Front
  #draining = false

  /** @throws {FlowError} INVALID_ARGUMENT for wrong options, or nodes that make no graph */
  constructor(options: GatewayOptions, { nodes, queues = [], logger = silent }: GatewayParts) {
    this.#options = compileGatewayOptions(options)
    this.#nodes = nodes
    this.#queues = queues
    this.#engine = createEngine(nodes, logger)
    this.handler = deadline({ timeoutMs: this.#options.timeoutMs, logger })(this.#engine.handler)
    this.#front = {
      handler: this.handler,
      dryRun: () => this.dryRun(),
      info: gatewayInfo,
      unready: () => this.#unready(),
      budget: new ByteBudget(this.#options.maxInFlightBytes),
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
    const { tls, queues, ...options } = this.#options
    const sites = queues ? [await openQueues(this.#queues, this.#options)] : []
    const started = { ...options, tls: tls && filesOf(tls), sites }
    try {
      for (const { port, protocols } of portsOf(this.#options)) {
        const running = await startPort(protocols, this.#front, { ...started, port })
        this.#running.push({ running, protocols })
      }
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Stops accepting, and resolves when what runs is answered and what floats has ended. */
  async drain(): Promise<void> {
    this.#draining = true
    await Promise.all(this.#running.map(({ running }) => running.drain()))
    await this.#engine.idle()
  }

  async close(): Promise<void> {
    this.#draining = true
    await Promise.all(this.#running.splice(0).map(({ running }) => running.close()))
  }

  /** Sends one empty document through all nodes; tells how it went, and never throws. */
  async dryRun(): Promise<Status> {
    const request = new DataRequest({ header: { execEndpoint: DRY_RUN }, docs: new DocumentArray([new Document()]) })
    try {
      const answer = await this.handler(request, new CallContext())
      return answer.status ?? { code: 0, description: '' }
    } catch (error) {
      return statusOfError(FlowError.from(error))
    }
  }

  #unready(): string[] {
    const nodes = this.#nodes.filter(({ connection }) => !connection.ready).map(({ name }) => name)
    return this.#draining ? ['gateway', ...nodes] : nodes
  }
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
