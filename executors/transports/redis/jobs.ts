import type { Job, Queue } from 'bullmq'
import { encodeFrame, FlowError, type Frame, type Logger } from '../../../proto/index.ts'
import type { Served } from '../transport.ts'
import type { JobData } from './dial.ts'
import { marginMs } from './dispatcher.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { JobRun, type Outbox, type Part, partsToDo } from './job-run.ts'
import type { Keys } from './keys.ts'
import type { ScriptedRedis } from './scripts.ts'

/** A request that was begun by so many consumers that were lost is not tried again: it may be what ends them. */
const maxLost = 2

/** How long a gateway may take to be back when Redis is; until then, one that is not there is not gone. Unit: ms. */
const gatewayBackMs = 2000

/** How long to wait before Redis is asked again for what it refused. Unit: ms. */
export const againMs = 500

/** What jobs need of their consumer. */
export interface JobsOptions {
  readonly deployment: string
  readonly served: Served
  readonly keys: Keys
  readonly redis: ScriptedRedis
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
  readonly #runs = new Map<string, JobRun>()
  #backAt = performance.now()
  #suspects: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor({ deployment, served, keys, redis, queue, logger }: JobsOptions) {
    this.#deployment = deployment
    this.#served = served
    this.#keys = keys
    this.#redis = redis
    this.#queue = queue
    this.#logger = logger
    redis.on('ready', () => {
      this.#backAt = performance.now()
    })
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
    this.#runs.get(`${gateway} ${frame.id}`)?.receive(frame)
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
    const claimed = await this.#claim(job, token)
    if (!claimed) return
    const [packed, ageMs, finished] = claimed
    const frames = unpackFrames(packed)
    const parts = partsToDo(frames, Number(ageMs), new Set(finished.map((position) => Number(position.toString()))))
    const reply = this.#replyTo(job, token)
    const lost = await this.#lostBefore(job, token)
    if (lost >= maxLost || (lost > 0 && !job.data.lost)) await this.#giveAgain(job, parts, reply, lost)
    else await this.#giveAgain(job, await this.#run(job, parts, reply), reply, lost + 1)
    this.#forget(job, token)
  }

  async #claim({ id = '', data }: Job<JobData>, token: string): Promise<Claimed | null> {
    const { gateway, lifetimeMs } = data
    const lock = this.#keys.lock(this.#deployment, id)
    const keys = [this.#keys.payload(id), this.#keys.done(id), this.#keys.gateway(gateway), lock] as const
    const claim = () => this.#insist(lifetimeMs, () => this.#redis.slClaimBuffer(...keys, lifetimeMs, token))
    const claimed = await claim()
    const waitMs = this.#backAt + gatewayBackMs - performance.now()
    if (claimed || waitMs <= 0) return claimed ?? null
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    return (await claim()) ?? null
  }

  /** How many consumers were lost that had begun the job; one that is alone by now is counted when it begins, not when it is taken. */
  async #lostBefore(job: Job<JobData>, token: string): Promise<number> {
    const { lost, lifetimeMs } = job.data
    if (!lost) return Math.min(job.stalledCounter, 1)
    const begun = this.#keys.begun(job.id as string)
    return lost + ((await this.#insist(lifetimeMs, () => this.#redis.slBeginAgain(begun, token, lifetimeMs))) ?? 0)
  }

  // on one connection, so before BullMQ gives the lock up
  #forget({ id = '' }: Job<JobData>, token: string): void {
    const keys = this.#keys
    const kept = [keys.payload(id), keys.begun(id), keys.told(id), keys.done(id)] as const
    this.#redis.slForget(keys.lock(this.#deployment, id), ...kept, token, marginMs).catch(() => {})
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

  async #run(job: Job<JobData>, parts: readonly Part[], reply: Reply): Promise<readonly Part[]> {
    const { handler, concurrency = 1 } = this.#served
    const run = new JobRun({ parts, handler, concurrency, reply, logger: this.#logger })
    const keys = parts.map(({ frame }) => `${job.data.gateway} ${frame.id}`)
    for (const key of keys) this.#runs.set(key, run)
    try {
      return await run.run()
    } finally {
      for (const key of keys) this.#runs.delete(key)
    }
  }

  /** Requests that were lost with a worker are tried once more, each alone: one of them may have been the reason. */
  async #giveAgain(job: Job<JobData>, parts: readonly Part[], reply: Reply, lost = 1): Promise<void> {
    const { gateway, lifetimeMs } = job.data
    const told = await this.#toldOf(job, parts)
    for (const part of parts) {
      const { frame, position } = part
      if (lost >= maxLost || this.#onceOnly([part]) || told.has(position)) {
        const error = encodeFrame({ id: frame.id, kind: 'ERROR', error: this.#givenUp(part, lost) })
        await reply({ frames: [error], done: [position], told: [] })
        continue
      }
      const id = `${job.id}.${position}`
      const packed = packFrames([encodeFrame(frame)])
      await this.#insist(lifetimeMs, () => this.#redis.set(this.#keys.payload(id), packed, 'PX', lifetimeMs))
      const options = { jobId: id, removeOnComplete: true, removeOnFail: true }
      await this.#insist(lifetimeMs, () => this.#queue.add('frames', { gateway, lifetimeMs, lost }, options))
    }
  }

  /** Positions of requests whose callers have parts of an answer: another answer would not fit them. */
  async #toldOf({ id = '', data }: Job<JobData>, parts: readonly Part[]): Promise<ReadonlySet<number>> {
    if (!parts.some(({ frame }) => frame.parts)) return new Set()
    const told = await this.#insist(data.lifetimeMs, () => this.#redis.hkeys(this.#keys.told(id)))
    return new Set(told?.map(Number))
  }

  #onceOnly(parts: readonly Part[]): boolean {
    const { onceOnly = [] } = this.#served
    return parts.some(({ frame }) => onceOnly.includes(frame.body?.header.execEndpoint ?? ''))
  }

  #givenUp({ frame }: Part, lost: number): FlowError {
    const { execEndpoint: endpoint, requestId } = frame.body?.header ?? {}
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

  #replyTo(job: Job<JobData>, token: string): Reply {
    const id = job.id as string
    const { gateway, lifetimeMs } = job.data
    const keys = [
      this.#keys.lock(this.#deployment, id),
      this.#keys.done(id),
      this.#keys.inbox(gateway),
      this.#keys.gateway(gateway),
      this.#keys.told(id),
    ] as const
    let count = 0
    return async ({ frames, done, told }) => {
      const packed = packFrames(frames)
      const args = [told.length > 0 ? ++count : 0, done.length, ...done, ...told] as const
      return (
        (await this.#insist(lifetimeMs, () => this.#redis.slReply(...keys, token, lifetimeMs, packed, ...args))) === 1
      )
    }
  }
}

type Claimed = Awaited<ReturnType<ScriptedRedis['slClaimBuffer']>>

type Reply = (outbox: Outbox) => Promise<boolean>
