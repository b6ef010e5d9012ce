import type { Job, Queue } from 'bullmq'
import {
  type DataRequest,
  decodeFrame,
  encodeFrame,
  FlowError,
  type Frame,
  type Header,
  type Logger,
} from '../../../proto/index.ts'
import { HandlerRelay, type Relay } from '../hop/relay.ts'
import type { Served } from '../transport.ts'
import { Claims, type ClaimsOptions } from './claims.ts'
import type { RedisClock } from './clock.ts'
import { type JobData, writeJob } from './job-data.ts'
import { asSent, JobRun, type Part } from './job-run.ts'
import type { Keys } from './keys.ts'
import { Replies, type RepliesOptions } from './replies.ts'
import type { ScriptedRedis } from './scripts.ts'

/** A request that was begun by so many consumers that were lost is not tried again: it may be what ends them. */
const maxLost = 2

/** How long to wait before Redis is asked again for what it refused. Unit: ms. */
export const againMs = 500

/** What jobs need of their consumer. */
export interface JobsOptions extends Omit<ClaimsOptions, 'insist'> {
  readonly served: Served
  readonly queue: Queue<JobData>
  readonly logger: Logger
}

/** The jobs that one consumer has taken: what is run of each, and what is not, as it was begun before. */
export class Jobs {
  readonly #deployment: string
  readonly #served: Served
  readonly #keys: Keys
  readonly #redis: ScriptedRedis
  readonly #queue: Queue<JobData>
  readonly #logger: Logger
  readonly #clock: RedisClock
  readonly #claims: Claims
  readonly #relay: Relay
  readonly #options: RepliesOptions
  readonly #runs = new Map<string, JobRun>()
  #suspects: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: JobsOptions) {
    const { deployment, served, keys, redis, queue, clock, logger } = options
    this.#deployment = deployment
    this.#served = served
    this.#keys = keys
    this.#redis = redis
    this.#queue = queue
    this.#clock = clock
    this.#logger = logger
    this.#relay = served.relay ?? new HandlerRelay(served.handler)
    const insist: RepliesOptions['insist'] = (lifetimeMs, ask) => this.#insist(lifetimeMs, ask)
    this.#options = { deployment, keys, redis, insist }
    this.#claims = new Claims({ ...options, insist })
  }

  /**
   * Resolves when all of a job is answered. Jobs that were lost are run one after the other: the one that ends this process takes no other
   * one along a second time.
   */
  do(job: Job<JobData>, token: string): Promise<void> {
    if (!job.data.lost) return this.#begin(job, token)
    const begun = this.#suspects.then(() => this.#begin(job, token))
    this.#suspects = begun.catch(() => {})
    return begun
  }

  /** Whether a request runs; a job that is only taken is left to others where Redis does not say what is in it. */
  get running(): boolean {
    return this.#runs.size > 0
  }

  /** Takes what a gateway says of one of its requests. */
  hear(gateway: string, frame: Frame): void {
    const run = this.#runs.get(`${gateway} ${frame.id}`)
    if (run) run.receive(frame)
    else this.#claims.hear(gateway, frame)
  }

  /** Ends what runs, and resolves when that has been told. */
  async end(): Promise<void> {
    await Promise.all([...new Set(this.#runs.values())].map((run) => run.close()))
  }

  /** Redis is not asked any more. */
  close(): void {
    this.#closed = true
  }

  async #begin(job: Job<JobData>, token: string): Promise<void> {
    const parts = await this.#claims.claim(job, token)
    if (!parts) return
    const lost = await this.#lostBefore(job, token)
    const replies = new Replies(this.#options, job, token, parts.length, lost)
    if (lost >= maxLost || (lost > 0 && !job.data.lost)) await this.#giveAgain(job, parts, replies, lost)
    else await this.#giveAgain(job, await this.#run(job, parts, replies), replies, lost + 1)
    // on one connection, so before BullMQ gives the lock up
    replies.forget()
  }

  /** How many consumers were lost that had begun the job; one that is alone by now is counted when it begins, not when it is taken. */
  async #lostBefore(job: Job<JobData>, token: string): Promise<number> {
    const { lost, lifetimeMs } = job.data
    if (!lost) return Math.min(job.stalledCounter, 1)
    const begun = this.#keys.begun(job.id as string)
    return lost + ((await this.#insist(lifetimeMs, () => this.#redis.slBeginAgain(begun, token, lifetimeMs))) ?? 0)
  }

  /** Asks Redis again while it refuses, as it does when it is full; gives up when the job has expired or this consumer is closed. */
  async #insist<T>(lifetimeMs: number, ask: () => Promise<T>): Promise<T | undefined> {
    const until = performance.now() + lifetimeMs
    for (;;) {
      try {
        return await ask()
      } catch (err) {
        if (this.#closed || performance.now() > until) return undefined
        this.#logger.warn({ err, executor: this.#deployment }, 'Redis refuses, and is asked again')
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    }
  }

  async #run(job: Job<JobData>, parts: readonly Part[], replies: Replies): Promise<readonly Part[]> {
    const { concurrency = 1 } = this.#served
    const run = new JobRun({ parts, relay: this.#relay, concurrency, replies, logger: this.#logger })
    const keys = parts.map(({ id }) => `${job.data.gateway} ${id}`)
    for (const key of keys) this.#runs.set(key, run)
    try {
      return await run.run()
    } finally {
      for (const key of keys) this.#runs.delete(key)
    }
  }

  /** Requests that were lost with a worker are tried once more, each alone: one of them may have been the reason. */
  async #giveAgain(job: Job<JobData>, parts: readonly Part[], replies: Replies, lost: number): Promise<void> {
    if (parts.length === 0) return
    const { gateway, lifetimeMs } = job.data
    const told = await this.#insist(lifetimeMs, () => this.#redis.hkeys(this.#keys.told(job.id as string)))
    for (const part of parts) {
      const { id, position } = part
      const bytes = asSent(part)
      const { header } = decodeFrame(bytes).body as DataRequest
      // another answer would not fit a caller that has parts of one
      if (lost >= maxLost || this.#isOnceOnly(header) || told?.includes(String(position))) {
        const error = encodeFrame({ id, kind: 'ERROR', error: this.#givenUp(header, lost) })
        await replies.send({ frames: [error], done: [position], told: [] })
        continue
      }
      const desk = { redis: this.#redis, queue: this.#queue, keys: this.#keys }
      const about = { gateway, writtenMs: this.#clock.now(), lifetimeMs, lost }
      await this.#insist(lifetimeMs, () => writeJob(desk, `${job.id}.${position}`, [bytes], about))
    }
  }

  #isOnceOnly({ execEndpoint = '' }: Header): boolean {
    return this.#served.onceOnly?.includes(execEndpoint) ?? false
  }

  #givenUp({ execEndpoint: endpoint, requestId }: Header, lost: number): FlowError {
    const reason =
      lost >= maxLost
        ? `the executor was lost ${lost} times while it ran this request`
        : 'the executor was lost while it ran this request'
    return new FlowError('ABORTED', `${reason}; whether it took effect is unknown`, {
      executor: this.#deployment,
      endpoint,
      requestId,
    })
  }
}
