import type { Job, Queue, Worker } from 'bullmq'
import {
  openLibraries,
  type RedisClient,
  type RedisLibraries,
  type RedisOptions,
} from '../../executors/transports/index.ts'
import { FlowError, type Logger } from '../../proto/index.ts'
import type { TaskOptions } from './options.ts'
import { addTask, beginTask, endTask, leaveTask, tellProgress } from './scripts.ts'
import type { NewTask, Outcome, Task, TaskState, TaskStore, Work } from './task.ts'

/** Name of the queue below its prefix. */
const QUEUE = 'run'

/** How long Redis may take to answer. Unit: ms. */
const answerMs = 1000

/** How long to wait before Redis is asked again. Unit: ms. */
const againMs = 500

/** How often a task's progress is written at most. Unit: ms. */
const progressMs = 100

/**
 * Tasks in Redis, for all gateways of a flow: each takes some, and what a lost one ran another begins again. A task is a hash; whose turn
 * it is says a BullMQ queue, which knows no more of it than its id.
 */
export class RedisTasks implements TaskStore {
  readonly #libraries: RedisLibraries
  readonly #redis: RedisClient
  readonly #control: RedisClient
  readonly #queue: Queue
  readonly #worker: Worker
  readonly #options: TaskOptions
  readonly #work: Work
  readonly #logger: Logger
  readonly #running = new Map<string, AbortController>()
  #closed = false

  private constructor(libraries: RedisLibraries, options: TaskOptions, work: Work, logger: Logger) {
    this.#libraries = libraries
    this.#options = options
    this.#work = work
    this.#logger = logger
    this.#redis = libraries.connect('tasks')
    this.#control = libraries.connect('tasks-control')
    const { leaseMs } = libraries.options
    const shared = { connection: this.#redis, prefix: `${libraries.options.prefix}:tasks`, skipVersionCheck: true }
    const forgotten = { removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } }
    this.#queue = new libraries.Queue(QUEUE, { ...shared, skipWaitingForReady: true, defaultJobOptions: forgotten })
    this.#worker = new libraries.Worker(QUEUE, (job, token) => this.#take(job, token), {
      ...shared,
      ...forgotten,
      concurrency: options.maxConcurrency,
      lockDuration: leaseMs,
      lockRenewTime: leaseMs / 4,
      stalledInterval: leaseMs / 4,
      runRetryDelay: againMs,
      // how often a task may be lost is decided here
      maxStalledCount: 1000,
    })
    this.#queue.on('error', () => {})
    this.#worker.on('error', (err) => logger.debug({ err }, 'BullMQ'))
    this.#worker.on('failed', (_, err) => logger.error({ err }, 'a task cannot be done'))
  }

  /** @throws {FlowError} FAILED_PRECONDITION where bullmq and ioredis are not installed, UNAVAILABLE where Redis does not answer */
  static async open(redis: RedisOptions, options: TaskOptions, work: Work, logger: Logger): Promise<RedisTasks> {
    const libraries = await openLibraries({ ...redis, logger })
    const tasks = new RedisTasks(libraries, options, work, logger)
    tasks.#control.on('message', (_channel: string, id: string) => tasks.#abort(id))
    await tasks.#asked(tasks.#control.subscribe(tasks.#channel)).catch(async (error) => {
      await tasks.close()
      throw error
    })
    return tasks
  }

  async add({ id, deployment, api, call }: NewTask): Promise<void> {
    const { timeoutMs, resultTtlMs } = this.#options
    const fields = ['deployment', deployment, 'api', api, 'call', Buffer.from(call)]
    await this.#asked(this.#redis.eval(addTask, 1, this.#key(id), timeoutMs + resultTtlMs, ...fields))
    await this.#asked(this.#queue.add('task', {}, { jobId: id }))
  }

  async find(id: string): Promise<Task | undefined> {
    const fields = ['deployment', 'api', 'state', 'created', 'executed', 'progress'] as const
    const values = await this.#asked(this.#redis.hmget(this.#key(id), ...fields))
    const [deployment, api, state, created, executed, progress] = values
    if (!deployment || !api || !state) return undefined
    return {
      ...{ id, deployment, api, state: state as TaskState, createdMs: Number(created) },
      executedMs: executed ? Number(executed) : undefined,
      progress: progress ?? undefined,
    }
  }

  async callOf(id: string): Promise<Uint8Array | undefined> {
    return (await this.#asked(this.#redis.hgetBuffer(this.#key(id), 'call'))) ?? undefined
  }

  async outcomeOf(id: string): Promise<Uint8Array | undefined> {
    return (await this.#asked(this.#redis.hgetBuffer(this.#key(id), 'outcome'))) ?? undefined
  }

  async cancel(id: string): Promise<void> {
    await this.#asked(this.#end(id, 'state', 'canceled'))
    await this.#asked(this.#redis.publish(this.#channel, id))
    // one that runs is held by its gateway, and cannot be removed
    await this.#asked(this.#queue.remove(id)).catch(() => {})
  }

  async drain(): Promise<void> {
    const closed = this.#worker.close().then(
      () => true,
      () => true,
    )
    // where Redis is away, a worker that has nothing to do would wait for it
    while (!(await this.#libraries.within(answerMs, closed).catch(() => false)) && this.#running.size > 0);
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new FlowError('UNAVAILABLE', 'the gateway is stopping')
    for (const abort of this.#running.values()) abort.abort(error)
    // what is stopped is given back first
    await this.#asked(this.#worker.close()).catch(() => {
      // where Redis is away, even this would wait for it
      this.#worker.close(true).catch(() => {})
    })
    this.#queue.close().catch(() => {})
    this.#control.disconnect()
    this.#redis.disconnect()
  }

  async #take(job: Job, token = ''): Promise<void> {
    const id = job.id as string
    const { timeoutMs, resultTtlMs } = this.#options
    const begun = await this.#insist(() => this.#redis.eval(beginTask, 1, this.#key(id), timeoutMs + resultTtlMs))
    if (typeof begun !== 'number') return
    const abort = new AbortController()
    this.#running.set(id, abort)
    try {
      const outcome = await this.#run(id, begun, abort.signal)
      if (this.#closed) await this.#giveBack(job, token)
      else if (outcome) {
        const { state, bytes } = outcome
        await this.#insist(() => this.#end(id, 'state', state, 'outcome', Buffer.from(bytes)))
      }
    } finally {
      this.#running.delete(id)
    }
  }

  async #run(id: string, lost: number, signal: AbortSignal): Promise<Outcome | undefined> {
    const task = await this.#insist(() => this.find(id))
    const call = await this.#insist(() => this.callOf(id))
    if (task?.state !== 'in_progress' || !call) return undefined
    if (lost > 0) this.#logger.warn({ task: id, lost }, 'a task is begun again: the gateway that ran it was lost')
    let nextMs = 0
    const progress = async (json: string) => {
      const waitMs = nextMs - performance.now()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      nextMs = performance.now() + progressMs
      await this.#asked(this.#redis.eval(tellProgress, 1, this.#key(id), json)).catch(() => {})
    }
    return this.#work({ task: { ...task, call }, signal, lost, progress })
  }

  async #giveBack(job: Job, token: string): Promise<never> {
    await this.#redis.eval(leaveTask, 1, this.#key(job.id as string))
    await job.moveToWait(token)
    throw new this.#libraries.WaitingError()
  }

  #end(id: string, ...fields: (string | Buffer)[]): Promise<unknown> {
    return this.#redis.eval(endTask, 1, this.#key(id), this.#options.resultTtlMs, ...fields)
  }

  #abort(id: string): void {
    this.#running.get(id)?.abort(new FlowError('CANCELLED', 'the task was canceled'))
  }

  /** @throws {FlowError} UNAVAILABLE where Redis does not answer */
  #asked<T>(command: Promise<T>): Promise<T> {
    return this.#libraries.asked(answerMs, command)
  }

  /** Asks again while Redis does not answer: what a task has come to must not be lost. */
  async #insist<T>(ask: () => Promise<T>): Promise<T | undefined> {
    while (!this.#closed) {
      try {
        return await ask()
      } catch (err) {
        this.#logger.warn({ err }, 'Redis refuses, and is asked again')
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    }
    return undefined
  }

  get #channel(): string {
    return `${this.#libraries.options.prefix}:tasks:cancel`
  }

  #key(id: string): string {
    return `${this.#libraries.options.prefix}:task:${id}`
  }
}
