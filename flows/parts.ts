import {
  type Connection,
  type ExecutorClass,
  type GrpcTransport,
  type HostSpec,
  host,
  type Listener,
  loadExecutor,
  type RedisTransport,
  roundRobin,
  type Served,
  SupervisedWorker,
  type Transport,
} from '../executors/index.ts'
import { FlowError, type Handler, type Logger } from '../proto/index.ts'
import type { CompiledDeployment, CompiledFlowOptions } from './options.ts'

/** Where a deployment's executors run: the connection to them, and how they end. */
export interface Seat {
  readonly connection: Connection
  /** Endpoints whose requests must not run twice. */
  readonly onceOnly: readonly string[]
  /** Takes nothing new, and resolves when what runs is answered. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** What all workers of a flow share. */
export type WorkerOptions = Pick<SeatOptions, 'baseDir' | 'workspace' | 'exposeStacks' | 'modules' | 'peers' | 'logger'>

/** What all seats of a flow share. */
export interface SeatOptions extends Pick<CompiledFlowOptions, 'workspace' | 'exposeStacks' | 'modules'> {
  readonly inproc: Transport
  readonly grpc: GrpcTransport
  /** Made when first asked for. */
  redis(): Promise<RedisTransport>
  /** What deployments have that do not say so themselves. */
  readonly transport: 'inproc' | 'redis'
  readonly timeoutSend: number
  readonly retries: number
  /** Start no executors: they run elsewhere. */
  readonly remote: boolean
  /** Where relative `uses` start. */
  readonly baseDir: string
  /** How executors reach one another. */
  readonly peers: Handler
  readonly logger: Logger
}

/** One executor of a deployment with its replicas: a shard, or what comes before or after them. */
export interface Part {
  /** Its address, and what it is called among the results before `/rep-0`. */
  readonly address: string
  readonly runtimeName: (replica: number) => string
  readonly uses: CompiledDeployment['uses']
  readonly shard?: number
  /** Another executor than the deployment's, which takes none of its options. */
  readonly beside?: boolean
  readonly replicas: number
}

/** A deployment's executor, or one of its shards. */
export function shardOf({ name, uses, replicas }: CompiledDeployment, shard?: number): Part {
  if (shard === undefined) return { address: name, runtimeName: (replica) => `${name}/rep-${replica}`, uses, replicas }
  const runtimeName = (replica: number) => `${name}/shard-${shard}/rep-${replica}`
  return { address: `${name}-${shard}`, runtimeName, uses, shard, replicas }
}

/** What stands before or after the shards of a deployment. */
export type Beside = 'uses_before' | 'uses_after'

/** The executor before or after the shards of a deployment, if it has one. */
export function besideOf({ name, usesBefore, usesAfter }: CompiledDeployment, kind: Beside): Part | undefined {
  const uses = kind === 'uses_before' ? usesBefore : usesAfter
  if (uses === undefined) return undefined
  return { address: `${name}-${kind}`, runtimeName: () => `${name}/${kind}-0`, uses, beside: true, replicas: 1 }
}

/** How several end, which may still become more. */
export function together(seats: readonly Seat[]): Omit<Seat, 'connection'> {
  return {
    get onceOnly() {
      return seats.flatMap(({ onceOnly }) => onceOnly)
    },
    async drain() {
      await Promise.all(seats.map((one) => one.drain()))
    },
    async close() {
      for (const one of seats.toReversed()) await one.close()
    },
  }
}

/** Starts the replicas of one part, each where the deployment says. */
export function seatPart(deployment: CompiledDeployment, part: Part, options: SeatOptions): Promise<Seat> {
  const { env, runtime = env ? 'thread' : 'inproc', transport = options.transport } = deployment
  if (transport === 'redis')
    return options.remote ? dialRedis(deployment, part, options) : seatBehindRedis(deployment, part, options)
  if (options.remote) throw runsHere(deployment)
  return seatReplicas(deployment, part, options, runtime === 'thread' ? seatInThread : seatHere)
}

type SeatOne = (deployment: CompiledDeployment, part: Part, replica: number, options: SeatOptions) => Promise<Seat>

async function seatReplicas(
  deployment: CompiledDeployment,
  part: Part,
  options: SeatOptions,
  seatOne: SeatOne,
): Promise<Seat> {
  const seats: Seat[] = []
  const all = together(seats)
  try {
    for (let i = 0; i < part.replicas; i++) seats.push(await seatOne(deployment, part, i, options))
  } catch (error) {
    await all.close()
    throw error
  }
  return {
    ...all,
    connection: roundRobin(seats.map(({ connection }) => connection)),
  }
}

const seatHere: SeatOne = async (deployment, part, replica, options) => {
  const { inproc, baseDir, peers, logger } = options
  const Class = await classOf(part.uses, baseDir, modulesOf(deployment, options))
  const hosted = await host(Class, specOf(deployment, part, replica, options), { peers, logger })
  const address = `inproc://${part.address}/${replica}`
  const listener = await inproc.listen(address, hosted)
  const connection = await inproc.dial(address)
  return {
    connection,
    onceOnly: hosted.onceOnly,
    drain: () => listener.drain().then(() => hosted.background.idle()),
    async close() {
      await connection.close()
      await listener.close()
      await hosted.close()
    },
  }
}

const seatInThread: SeatOne = async (deployment, part, replica, options) => {
  const worker = await startWorker(deployment, options, part, replica)
  return { connection: worker, onceOnly: worker.onceOnly, drain: () => worker.drain(), close: () => worker.close() }
}

/** Its own consumers, so that the flow works alone; others join them from elsewhere. */
async function seatBehindRedis(deployment: CompiledDeployment, part: Part, options: SeatOptions): Promise<Seat> {
  const redis = await options.redis()
  const consumers: { listener: Listener; worker: SupervisedWorker }[] = []
  const close = async () => {
    for (const { listener, worker } of consumers) {
      await listener.close()
      await worker.close()
    }
  }
  try {
    for (let replica = 0; replica < part.replicas; replica++) {
      const worker = await startWorker(deployment, options, part, replica)
      const served = servedBy(worker, deployment)
      const listener = await redis.listen(part.address, served).catch(async (error) => {
        await worker.close()
        throw error
      })
      consumers.push({ listener, worker })
    }
    const dialled = await dialRedis(deployment, part, options)
    return {
      connection: dialled.connection,
      onceOnly: consumers[0]?.worker.onceOnly ?? [],
      async drain() {
        await Promise.all(consumers.map(({ listener, worker }) => listener.drain().then(() => worker.drain())))
      },
      close: () => dialled.close().then(close),
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function dialRedis(
  { maxQueued, waitForExecutors }: CompiledDeployment,
  { address }: Part,
  options: SeatOptions,
): Promise<Seat> {
  const redis = await options.redis()
  const connection = await redis.dial(address, { maxQueued, waitForExecutors })
  return { connection, onceOnly: [], async drain() {}, close: () => connection.close() }
}

/** @throws {FlowError} INVALID_ARGUMENT for an executor that is a class: threads load their own */
export function startWorker(
  deployment: CompiledDeployment,
  options: WorkerOptions,
  part: Part = shardOf(deployment),
  replica = 0,
): Promise<SupervisedWorker> {
  const { name, env } = deployment
  const { uses = 'PassThrough' } = part
  if (typeof uses !== 'string') {
    throw new FlowError('INVALID_ARGUMENT', `deployment "${name}": a class cannot be given to another thread`, {
      hint: 'Name its file: uses: "./file.ts#Export"',
    })
  }
  const { baseDir, peers, logger } = options
  const own = specOf(deployment, part, replica, options)
  const spec = { ...own, uses, baseDir, modules: modulesOf(deployment, options) }
  return SupervisedWorker.start({ spec, env, peers, logger })
}

function specOf(deployment: CompiledDeployment, part: Part, replica: number, options: WorkerOptions): HostSpec {
  const { name, concurrency, maxQueued, usesMetas: metas, usesRequests: requests, outputArrayType } = deployment
  return {
    name,
    runtimeName: part.runtimeName(replica),
    shard: part.shard,
    ...(!part.beside && { options: deployment.usesWith, metas, requests, outputArrayType }),
    workspace: deployment.workspace ?? options.workspace,
    concurrency,
    maxQueued,
    exposeStacks: options.exposeStacks,
  }
}

/** A worker as a listener serves it. */
export function servedBy(
  worker: SupervisedWorker,
  { name, concurrency }: Pick<CompiledDeployment, 'name' | 'concurrency'>,
): Served {
  const { send: handler, endpoints = [], onceOnly, apis } = worker
  return { name, handler, relay: worker, endpoints, onceOnly, apis, concurrency, ready: () => worker.ready }
}

function modulesOf({ modules }: CompiledDeployment, options: Pick<SeatOptions, 'modules'>): readonly string[] {
  return modules ?? options.modules
}

async function classOf(
  uses: CompiledDeployment['uses'],
  baseDir: string,
  modules: readonly string[],
): Promise<ExecutorClass> {
  return typeof uses === 'function' ? uses : loadExecutor(uses ?? 'PassThrough', baseDir, modules)
}

function runsHere({ name }: CompiledDeployment): FlowError {
  return new FlowError('INVALID_ARGUMENT', `deployment "${name}" runs in the process of its flow`, {
    hint: 'Give it transport: redis, say where it is with external: true, or start the whole flow',
  })
}
