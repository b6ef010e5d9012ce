import {
  type Connection,
  createExecutor,
  createRunner,
  type ExecutorClass,
  endpointsOf,
  limit,
  loadExecutor,
  SupervisedWorker,
  type Transport,
} from '../executors/index.ts'
import { FlowError, type Logger } from '../proto/index.ts'
import type { CompiledDeployment } from './options.ts'

/** Where a deployment's executor runs: the connection to it, and how it ends. */
export interface Seat {
  readonly connection: Connection
  /** Takes nothing new, and resolves when what runs is answered. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** What all seats of a flow share. */
export interface SeatOptions {
  readonly transport: Transport
  /** Where relative `uses` start. */
  readonly baseDir: string
  readonly workspace: string | undefined
  readonly exposeStacks: boolean
  readonly logger: Logger
}

/** @throws {FlowError} INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION: why the executor did not start */
export function seat(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { env, runtime = env ? 'thread' : 'inproc' } = deployment
  return runtime === 'thread' ? seatInThread(deployment, options) : seatHere(deployment, options)
}

async function seatHere(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { name, concurrency, maxQueued, usesWith } = deployment
  const { transport, baseDir, exposeStacks, logger } = options
  const workspace = deployment.workspace ?? options.workspace
  const Class = await classOf(deployment, baseDir)
  const executor = await createExecutor(Class, { name, options: usesWith, logger, ...(workspace && { workspace }) })
  const handler = limit({ executor: name, concurrency, maxQueued })(createRunner(executor, { exposeStacks, logger }))
  const address = `inproc://${name}`
  const listener = await transport.listen(address, { handler, endpoints: endpointsOf(executor) })
  const connection = await transport.dial(address)
  return {
    connection,
    drain: () => listener.drain(),
    async close() {
      await connection.close()
      await listener.close()
      await executor.close?.()
    },
  }
}

async function seatInThread(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { name, uses = 'PassThrough', concurrency, maxQueued, usesWith, env } = deployment
  if (typeof uses !== 'string') {
    throw new FlowError('INVALID_ARGUMENT', `deployment "${name}": a class cannot be given to another thread`, {
      hint: 'Name its file: uses: "./file.ts#Export"',
    })
  }
  const { baseDir, exposeStacks, logger } = options
  const workspace = deployment.workspace ?? options.workspace
  const spec = { name, uses, baseDir, options: usesWith, workspace, concurrency, maxQueued, exposeStacks }
  const worker = await SupervisedWorker.start({ spec, env, logger })
  return { connection: worker, drain: () => worker.drain(), close: () => worker.close() }
}

async function classOf({ uses }: CompiledDeployment, baseDir: string): Promise<ExecutorClass> {
  return typeof uses === 'function' ? uses : loadExecutor(uses ?? 'PassThrough', baseDir)
}
