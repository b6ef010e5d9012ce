import cluster from 'node:cluster'
import { randomBytes } from 'node:crypto'
import type { RedisOptions } from '../../executors/transports/index.ts'
import {
  type ApiDescription,
  type Call,
  CallContext,
  checkEndpoint,
  type DataRequest,
  FlowError,
  type Interceptor,
  type Logger,
  remainingMs,
} from '../../proto/index.ts'
import { deadline } from '../interceptors/deadline.ts'
import type { Service } from '../protocols/index.ts'
import { type Ending, packCall, unpackEnding } from './bytes.ts'
import { MemoryTasks } from './memory.ts'
import type { TaskOptions } from './options.ts'
import type { Task, TaskStore } from './task.ts'
import { createWork } from './work.ts'

export interface TasksParts {
  /** As they are now: deployments may be replaced. */
  services(): readonly Service[]
  readonly options: TaskOptions
  /** Where tasks are kept. @default in memory */
  readonly redis?: RedisOptions | undefined
  readonly logger: Logger
}

/** How long an executor may take to say whether arguments would do; then a task is taken as it is. Unit: ms. */
const checkMs = 5000

/** The tasks of a flow: typed calls that are submitted now and asked for later. */
export class Tasks {
  readonly #parts: TasksParts
  readonly #inTime: Interceptor
  #store: Promise<TaskStore> | undefined
  #closed = false

  constructor(parts: TasksParts) {
    this.#parts = parts
    const { logger, options } = parts
    this.#inTime = deadline({ timeoutMs: options.timeoutMs, logger })
  }

  /** Where tasks may be left over from before, they are gone on with. */
  async start(): Promise<void> {
    const { redis } = this.#parts
    const services = this.#parts.services()
    const has = services.some(({ apis }) => apis?.some(({ task }) => task))
    const mayHave = redis && services.some(({ apis }) => apis === undefined)
    if (has || mayHave) await this.#open()
  }

  /**
   * Takes a task, if its executor says that the arguments would do.
   * @returns the task; or the executor's answer, where it refuses them
   * @throws {FlowError} UNAVAILABLE where nobody could do it or it cannot be kept, RESOURCE_EXHAUSTED where too many are
   */
  async submit(deployment: string, api: ApiDescription, request: DataRequest, call: Call): Promise<Task | DataRequest> {
    const store = await this.#open()
    const refused = await this.#check(deployment, api, request, call)
    if (refused) return refused
    return this.#add(store, deployment, api, packCall({ request, metadata: call.metadata }))
  }

  /** A task of an endpoint; others have theirs. */
  async find(deployment: string, { name }: ApiDescription, id: string): Promise<Task | undefined> {
    const task = await (await this.#open()).find(id)
    return task?.deployment === deployment && task.api === name ? task : undefined
  }

  /** How a task ended; undefined where it is not there any more. */
  async endingOf({ id }: Task): Promise<Ending | undefined> {
    const bytes = await (await this.#open()).outcomeOf(id)
    return bytes && unpackEnding(bytes)
  }

  /** The same once more, as another task; undefined where it is not there any more. */
  async retry({ id, deployment }: Task, api: ApiDescription): Promise<Task | undefined> {
    const store = await this.#open()
    const call = await store.callOf(id)
    return call && this.#add(store, deployment, api, call)
  }

  /** Cancels a task; gives back how it stands then, which is another state where it had ended before. */
  async cancel({ id }: Task): Promise<Task | undefined> {
    const store = await this.#open()
    await store.cancel(id)
    return store.find(id)
  }

  async drain(): Promise<void> {
    await (await this.#opened)?.drain()
  }

  async close(): Promise<void> {
    this.#closed = true
    await (await this.#opened)?.close()
  }

  get #opened(): Promise<TaskStore | undefined> {
    return this.#store?.catch(() => undefined) ?? Promise.resolve(undefined)
  }

  #open(): Promise<TaskStore> {
    if (this.#closed) return Promise.reject(new FlowError('UNAVAILABLE', 'the gateway has stopped'))
    this.#store ??= this.#openStore().catch((error) => {
      this.#store = undefined
      throw error
    })
    return this.#store
  }

  async #openStore(): Promise<TaskStore> {
    const { options, redis, logger } = this.#parts
    const work = createWork((deployment, name) => {
      const service = this.#service(deployment)
      const api = service?.apis?.find((other) => other.name === name && other.task)
      return service && api && { api, send: this.#inTime(service.send) }
    }, options)
    if (redis) return (await import('./redis.ts')).RedisTasks.open(redis, options, work, logger)
    if (cluster.isWorker) {
      throw new FlowError('FAILED_PRECONDITION', 'tasks in memory are for one gateway, and this is one of a cluster', {
        hint: 'Give the flow a Redis: redis: redis://localhost:6379',
      })
    }
    logger.warn({}, 'tasks are kept in memory, and lost when this process ends; a flow with redis keeps them there')
    return new MemoryTasks(options, work)
  }

  #service(deployment: string): Service | undefined {
    return this.#parts.services().find(({ name }) => name === deployment)
  }

  async #check(
    deployment: string,
    { name }: ApiDescription,
    request: DataRequest,
    call: Call,
  ): Promise<DataRequest | undefined> {
    const service = this.#service(deployment)
    if (!service) throw new FlowError('NOT_FOUND', `there is no deployment "${deployment}"`)
    const header = { ...request.header, execEndpoint: checkEndpoint(name) }
    const before = performance.now() + Math.min(checkMs, remainingMs(call) / 2)
    const checking = new CallContext({ deadline: before, metadata: call.metadata, caller: call.caller, parent: call })
    try {
      const answer = await this.#inTime(service.send)(request.with({ header }), checking)
      return answer.failed ? answer : undefined
    } catch (error) {
      // its executors are busy, or have not come yet: it will be told by the task itself
      if (FlowError.is(error) && error.codeName === 'DEADLINE_EXCEEDED') return undefined
      throw error
    } finally {
      checking.release()
    }
  }

  async #add(store: TaskStore, deployment: string, { name: api }: ApiDescription, call: Uint8Array): Promise<Task> {
    const id = randomBytes(16).toString('hex')
    await store.add({ id, deployment, api, call })
    const now = Date.now()
    return { id, deployment, api, state: 'in_progress', createdMs: now, executedMs: undefined, progress: undefined }
  }
}
