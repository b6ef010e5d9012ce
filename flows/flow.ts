import { Client, type PostOptions } from '../client/index.ts'
import {
  createGraph,
  type ExpressMiddleware,
  type FetchHandler,
  type Middleware,
  type Mount,
  type MountedApp,
  type MountOptions,
  type NodeHandler,
  type ProtocolName,
} from '../gateway/index.ts'
import { FlowError, type Handler, type Status } from '../proto/index.ts'
import { Deployments } from './deployments.ts'
import type { FlowDescription } from './exports/description.ts'
import {
  type CompiledDeployment,
  type CompiledFlowOptions,
  compile,
  type DeploymentOptions,
  type FlowOptions,
  flowOptions,
} from './options.ts'
import { type RunningParts, specOf, startParts } from './orchestrator.ts'
import { type Overrides, overridden } from './overrides.ts'
import { createLogger, untilStopped } from './process.ts'
import type { OnStart } from './seating.ts'
import { withUses } from './uses.ts'
import type { Variables } from './variables.ts'

/**
 * A gateway and the executors behind it, described.
 *
 * @example
 * const flow = new Flow({ protocol: 'http', port: 8080 }).add({ uses: Upper }).add({ name: 'embed', uses: Embed })
 * await using running = await flow.start()
 * const docs = await running.post('/index', new Document('hello'))
 */
export class Flow {
  readonly #options: CompiledFlowOptions
  readonly #deployments: Deployments
  readonly #middleware: (Middleware | ExpressMiddleware)[] = []
  readonly #mounts: Mount[] = []
  readonly #baseDir: string
  readonly #variables: Variables

  /**
   * @param baseDir - where relative `uses` start; default: the working directory
   * @param variables - what variables in YAML files of executors stand for
   * @throws {FlowError} INVALID_ARGUMENT that names every wrong option
   */
  constructor(options: FlowOptions = {}, baseDir: string = process.cwd(), variables: Variables = {}) {
    this.#options = compile(flowOptions, options, 'flow')
    this.#deployments = new Deployments(this.#options)
    this.#baseDir = baseDir
    this.#variables = variables
  }

  /**
   * Adds a deployment after the last one that does not float, or after those it `needs`, which may be added later. A name that is taken gets
   * the deployment's place appended, with a warning.
   * @throws {FlowError} INVALID_ARGUMENT for a wrong option
   */
  add(options: DeploymentOptions = {}): this {
    this.#deployments.add(this.#withUses(options))
    return this
  }

  /**
   * Adds a deployment that joins several: it gets their documents merged by id, in this order; with `noReduce`, apart.
   * @throws {FlowError} INVALID_ARGUMENT for less than two names
   */
  needs(names: readonly string[], options: DeploymentOptions = {}): this {
    this.#deployments.join(names, this.#withUses(options))
    return this
  }

  /** Adds a deployment that joins all that nothing needs. */
  needsAll(options: DeploymentOptions = {}): this {
    this.#deployments.joinAll(this.#withUses(options))
    return this
  }

  /** Adds a deployment beside the last one, which looks at the same documents; the flow's option `inspect` says what becomes of it. */
  inspect(options: DeploymentOptions = {}): this {
    this.#deployments.inspect(this.#withUses(options))
    return this
  }

  /** Adds a deployment that joins the last one and those that {@link inspect} added; a flow does so itself at its end. */
  gatherInspect(options: DeploymentOptions = {}): this {
    this.#deployments.gatherInspect(this.#withUses(options))
    return this
  }

  /** Lets the user know something when the flow starts. @internal */
  notice(text: string): void {
    this.#deployments.notices.push(text)
  }

  /**
   * Checks the graph, as starting does.
   * @throws {FlowError} INVALID_ARGUMENT for needs that are no deployments or go in a circle; in a strict flow, for a deployment whose answer
   * nobody takes
   */
  build(): this {
    this.#build()
    return this
  }

  /**
   * Puts a middleware around all that HTTP, WebSocket handshakes and GraphQL answer; the first is outermost. One of Express's, which takes a
   * third argument, puts all routes behind Express.
   */
  use(middleware: Middleware): this
  use(middleware: ExpressMiddleware): this
  use(middleware: Middleware | ExpressMiddleware): this {
    this.#middleware.push(middleware)
    return this
  }

  /**
   * Puts another framework's app beside the APIs, on HTTP's port: a handler of Fetch's or Node's kind (an Express app is one), `{proxy}` for one
   * that listens elsewhere, `{command}` for a program that is started and stopped with the flow. It gets what no API takes below `path`, which
   * is taken off.
   */
  mount(path: string, app: FetchHandler | Exclude<MountedApp, NodeHandler>, options?: MountOptions): this
  mount(path: string, app: NodeHandler, options?: MountOptions): this
  mount(path: string, app: MountedApp, options: MountOptions = {}): this {
    this.#mounts.push({ path, app, options })
    return this
  }

  /** What it consists of, for those who draw it or write it down in another form. */
  describe(): FlowDescription {
    return { options: this.#options, deployments: this.#deployments.finished(), baseDir: this.#baseDir }
  }

  /**
   * Starts the executors and the gateway.
   * @param overrides - what is said of it in place of what the flow says
   * @param onStart - told how each deployment is getting on
   * @throws {FlowError} INVALID_ARGUMENT for a graph that is none, UNAVAILABLE for a port that is taken, FAILED_PRECONDITION for an
   * executor that does not start, DEADLINE_EXCEEDED for those that are not ready after `readyTimeoutMs`
   */
  start(overrides: Overrides = {}, onStart?: OnStart): Promise<RunningFlow> {
    return this.#start(false, overrides, onStart)
  }

  /**
   * Starts the gateway alone; its executors run elsewhere, as `sluice executor`.
   * @param overrides - what is said of it in place of what the flow says
   * @throws {FlowError} as {@link start}, and INVALID_ARGUMENT for a deployment that can only be reached in the flow's own process
   */
  startGateway(overrides: Overrides = {}): Promise<RunningFlow> {
    return this.#start(true, overrides)
  }

  async #start(remote: boolean, overrides: Overrides, onStart?: OnStart): Promise<RunningFlow> {
    const { options, deployments, baseDir } = overridden(this.describe(), overrides)
    const { notices } = this.#build()
    const logger = options.logger ?? createLogger()
    for (const notice of notices) logger.warn({}, notice)
    const web = { middleware: this.#middleware, mounts: this.#mounts, replaceable: overrides.reload ?? false }
    const parts = await startParts(deployments, options, baseDir, logger, remote, { ...web, onStart })
    return new RunningFlow(parts, options)
  }

  #build(): { deployments: readonly CompiledDeployment[]; notices: readonly string[] } {
    const deployments = this.#deployments.finished()
    const { loose } = createGraph(deployments.map(specOf))
    const notices = loose.map((name) => `nobody takes the answer of "${name}", and nobody waits for it`)
    if (notices.length > 0 && this.#options.strict) {
      const hint = 'Join it with needsAll, or say floating'
      throw new FlowError('INVALID_ARGUMENT', notices.join('; '), { executor: loose[0], hint })
    }
    return { deployments, notices: [...this.#deployments.notices, ...notices] }
  }

  #withUses(options: DeploymentOptions): DeploymentOptions {
    return withUses(options, this.#baseDir, this.#variables)
  }
}

const schemes: Readonly<Record<ProtocolName, string>> = { grpc: 'grpc', http: 'http', websocket: 'ws', graphql: 'http' }

function urlOf(protocol: ProtocolName, place: string, tls: unknown): string {
  return `${schemes[protocol]}${tls ? 's' : ''}://${place}${protocol === 'graphql' ? '/graphql' : ''}`
}

function credentialsOf({ auth }: CompiledFlowOptions): Record<string, string> {
  if (auth === undefined || typeof auth === 'function') return {}
  const token = 'token' in auth ? auth.token : Object.values(auth.tokens)[0]
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** A started flow. It stops with {@link close}, or at the end of an `await using` block. */
export class RunningFlow {
  readonly #parts: RunningParts
  readonly #options: CompiledFlowOptions
  #client: Client | undefined
  #closed: Promise<void> | undefined

  /** @internal Use {@link Flow.start}. */
  constructor(parts: RunningParts, options: CompiledFlowOptions) {
    this.#parts = parts
    this.#options = options
  }

  /** The first protocol's name. */
  get protocol(): ProtocolName {
    return [this.#options.protocol].flat()[0] as ProtocolName
  }

  /** The first protocol's port. */
  get port(): number {
    return this.ports[this.protocol] as number
  }

  /** Port of each protocol. */
  get ports(): Readonly<Partial<Record<ProtocolName, number>>> {
    return this.#parts.gateway.ports
  }

  /** Where each protocol answers, such as `http://localhost:8080`: addresses that a client of this machine takes as they are. */
  get urls(): string[] {
    const { host, tls } = this.#options
    const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
    return Object.entries(this.ports).map(([protocol, port]) => urlOf(protocol as ProtocolName, `${name}:${port}`, tls))
  }

  /**
   * A client of this flow, over the first of its protocols; with TLS, the flow's certificate must be for `localhost`. It has the flow's token,
   * the first of several; where `auth` is a function, make a Client of your own.
   */
  get client(): Client {
    this.#client ??= new Client({
      host: this.#options.tls ? 'localhost' : '127.0.0.1',
      port: this.port,
      protocol: this.protocol === 'graphql' ? 'http' : this.protocol,
      tls: this.#parts.clientTls ?? false,
      metadata: credentialsOf(this.#options),
    })
    return this.#client
  }

  /** {@link Client.post} to this flow: for tests and small programs; others have a Client of their own. */
  readonly post: Client['post'] = ((on: string, inputs?: never, options?: PostOptions) =>
    this.client.post(on, inputs, options)) as Client['post']

  /**
   * Goes on with another flow's deployments, where this one was started with `reload`; no request is lost.
   * @param stale - names of deployments that start again although nothing is different
   * @throws {FlowError} why one did not start: all stays as it was
   * @internal
   */
  replace(flow: Flow, stale: ReadonlySet<string>): Promise<void> {
    return this.#parts.replace(overridden(flow.describe(), { reload: true }).deployments, stale)
  }

  /** Sends an empty document through all executors and tells how it went, without a protocol between. */
  dryRun(): Promise<Status> {
    return this.#parts.gateway.dryRun()
  }

  /** Endpoints of each executor, where they are known. */
  get endpoints(): ReadonlyMap<string, readonly string[] | undefined> {
    return this.#parts.gateway.endpoints
  }

  /** What every protocol calls: for who checks a flow from within. @internal */
  get handler(): Handler {
    return this.#parts.gateway.handler
  }

  /** Waits for SIGINT or SIGTERM, then closes; a second one ends the process at once. */
  async block(): Promise<void> {
    await untilStopped()
    await this.close()
  }

  /** Finishes what runs, then stops everything. */
  close(): Promise<void> {
    this.#closed ??= this.#stop()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #stop(): Promise<void> {
    await this.#parts.stop()
    await this.#client?.close()
  }
}
