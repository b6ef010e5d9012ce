import type { ApiDescription, Handler, Logger } from '../proto/index.ts'
import { apisOf } from './api/api.ts'
import type { BackgroundWork } from './background.ts'
import { endpointsOf, onceOnlyOf } from './endpoints.ts'
import { createExecutor, type ExecutorClass } from './executor.ts'
import { limit } from './limit.ts'
import type { ExecutorMetas } from './options.ts'
import { createRunner } from './runner.ts'
import type { Stats } from './transports/index.ts'

/** How an executor of a deployment is made and run; everything in it can be cloned. */
export interface HostSpec {
  /** Name of the deployment. */
  readonly name: string
  /** What its objects are called among the results, such as `name/shard-1/rep-0`. @default `name/rep-0` */
  readonly runtimeName?: string | undefined
  readonly shard?: number | undefined
  readonly options?: Record<string, unknown> | undefined
  readonly metas?: ExecutorMetas | undefined
  readonly requests?: Readonly<Record<string, string>> | undefined
  readonly workspace?: string | undefined
  readonly outputArrayType?: string | undefined
  readonly concurrency: number
  readonly maxQueued: number
  readonly exposeStacks: boolean
}

/** An executor that runs, behind its queue. */
export interface Hosted {
  readonly handler: Handler
  readonly endpoints: readonly string[]
  /** Endpoints whose requests must not run twice. */
  readonly onceOnly: readonly string[]
  /** What it serves with types. */
  readonly apis: readonly ApiDescription[]
  /** What it does when its callers have their answers. */
  readonly background: BackgroundWork
  stats(): Stats
  close(): Promise<void>
}

export interface HostSurroundings {
  /** How it reaches other deployments: the one that `targetExecutor` names. */
  readonly peers?: Handler | undefined
  readonly logger: Logger
}

/** @throws {FlowError} INVALID_ARGUMENT or FAILED_PRECONDITION: why it did not start */
export async function host(Class: ExecutorClass, spec: HostSpec, { peers, logger }: HostSurroundings): Promise<Hosted> {
  const { name, runtimeName, shard, options, metas, requests, workspace } = spec
  const { concurrency, maxQueued, exposeStacks, outputArrayType } = spec
  const init = { name, shard, options, metas, requests, logger, ...(workspace !== undefined && { workspace }) }
  const executor = await createExecutor(Class, init)
  const running = { exposeStacks, outputArrayType, peers, logger, ...(runtimeName !== undefined && { runtimeName }) }
  const limited = limit({ executor: name, concurrency, maxQueued })
  const runner = createRunner(executor, running)
  const { background } = runner
  return {
    handler: limited(runner),
    background,
    stats: () => ({ ...limited.stats(), ...background.stats() }),
    apis: apisOf(executor),
    endpoints: endpointsOf(executor),
    onceOnly: onceOnlyOf(executor),
    async close() {
      await executor.close?.()
    },
  }
}
