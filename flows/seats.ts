import {
  apisOf,
  type Connection,
  createExecutor,
  createRunner,
  type ExecutorClass,
  endpointsOf,
  type GrpcTransport,
  limit,
  loadExecutor,
  type RedisTransport,
  type Served,
  SupervisedWorker,
  type Transport,
} from '../executors/index.ts'
import { FlowError, type Handler, type Logger } from '../proto/index.ts'
import { dialExternal } from './external.ts'
import type { CompiledDeployment } from './options.ts'

/** Where a deployment's executor runs: the connection to it, and how it ends. */
export interface Seat {
  readonly connection: Connection
  /** Takes nothing new, and resolves when what runs is answered. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** What all workers of a flow share. */
export type WorkerOptions = Pick<SeatOptions, 'baseDir' | 'workspace' | 'exposeStacks' | 'peers' | 'logger'>

/** What all seats of a flow share. */
export interface SeatOptions {
  readonly inproc: Transport
  readonly grpc: GrpcTransport
  /** Made when first asked for. */
  redis(): Promise<RedisTransport>
  /** What deployments have that do not say so themselves. */
  readonly transport: 'inproc' | 'redis'
  /** Start no executors: they run elsewhere. */
  readonly remote: boolean
  /** Where relative `uses` start. */
  readonly baseDir: string
  readonly workspace: string | undefined
  readonly exposeStacks: boolean
  /** How executors reach one another. */
  readonly peers: Handler
  readonly logger: Logger
}

/** @throws {FlowError} INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION: why the executor did not start */
export function seat(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { env, runtime = env ? 'thread' : 'inproc', transport = options.transport } = deployment
  if (deployment.external) return seatElsewhere(deployment, options)
  if (transport === 'redis')
    return options.remote ? dialRedis(deployment, options) : seatBehindRedis(deployment, options)
  if (options.remote) throw runsHere(deployment)
  return runtime === 'thread' ? seatInThread(deployment, options) : seatHere(deployment, options)
}

async function seatElsewhere(deployment: CompiledDeployment, { grpc, baseDir }: SeatOptions): Promise<Seat> {
  const connection = await dialExternal(deployment, grpc, baseDir)
  return { connection, async drain() {}, close: () => connection.close() }
}

async function seatHere(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { name, concurrency, maxQueued, usesWith } = deployment
  const { inproc, baseDir, exposeStacks, peers, logger } = options
  const workspace = deployment.workspace ?? options.workspace
  const Class = await classOf(deployment, baseDir)
  const executor = await createExecutor(Class, { name, options: usesWith, logger, ...(workspace && { workspace }) })
  const limited = limit({ executor: name, concurrency, maxQueued })
  const runner = createRunner(executor, { exposeStacks, peers, logger })
  const handler = limited(runner)
  const stats = () => ({ ...limited.stats(), ...runner.background.stats() })
  const address = `inproc://${name}`
  const served = { handler, endpoints: endpointsOf(executor), apis: apisOf(executor), stats }
  const listener = await inproc.listen(address, served)
  const connection = await inproc.dial(address)
  return {
    connection,
    drain: () => listener.drain().then(() => runner.background.idle()),
    async close() {
      await connection.close()
      await listener.close()
      await executor.close?.()
    },
  }
}

async function seatInThread(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const worker = await startWorker(deployment, options)
  return { connection: worker, drain: () => worker.drain(), close: () => worker.close() }
}

/** One consumer, so that the flow works alone; others join it from elsewhere. */
async function seatBehindRedis(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { name } = deployment
  const redis = await options.redis()
  const worker = await startWorker(deployment, options)
  const listener = await redis.listen(name, servedBy(worker, deployment))
  const { connection, close } = await dialRedis(deployment, options)
  return {
    connection,
    drain: () => listener.drain().then(() => worker.drain()),
    async close() {
      await close()
      await listener.close()
      await worker.close()
    },
  }
}

async function dialRedis(
  { name, maxQueued, waitForExecutors }: CompiledDeployment,
  options: SeatOptions,
): Promise<Seat> {
  const redis = await options.redis()
  const connection = await redis.dial(name, { maxQueued, waitForExecutors })
  return { connection, async drain() {}, close: () => connection.close() }
}

/** @throws {FlowError} INVALID_ARGUMENT for an executor that is a class: threads load their own */
export function startWorker(deployment: CompiledDeployment, options: WorkerOptions): Promise<SupervisedWorker> {
  const { name, uses = 'PassThrough', concurrency, maxQueued, usesWith, env } = deployment
  if (typeof uses !== 'string') {
    throw new FlowError('INVALID_ARGUMENT', `deployment "${name}": a class cannot be given to another thread`, {
      hint: 'Name its file: uses: "./file.ts#Export"',
    })
  }
  const { baseDir, exposeStacks, peers, logger } = options
  const workspace = deployment.workspace ?? options.workspace
  const spec = { name, uses, baseDir, options: usesWith, workspace, concurrency, maxQueued, exposeStacks }
  return SupervisedWorker.start({ spec, env, peers, logger })
}

/** A worker as a listener serves it. */
export function servedBy(
  worker: SupervisedWorker,
  { name, concurrency }: Pick<CompiledDeployment, 'name' | 'concurrency'>,
): Served {
  const { send: handler, endpoints = [], onceOnly, apis } = worker
  return { name, handler, relay: worker, endpoints, onceOnly, apis, concurrency, ready: () => worker.ready }
}

function runsHere({ name }: CompiledDeployment): FlowError {
  return new FlowError('INVALID_ARGUMENT', `deployment "${name}" runs in the process of its flow`, {
    hint: 'Give it transport: redis, say where it is with external: true, or start the whole flow',
  })
}

async function classOf({ uses }: CompiledDeployment, baseDir: string): Promise<ExecutorClass> {
  return typeof uses === 'function' ? uses : loadExecutor(uses ?? 'PassThrough', baseDir)
}
