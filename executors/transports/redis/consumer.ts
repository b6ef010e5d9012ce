import { hostname } from 'node:os'
import type { Job, Queue, Worker } from 'bullmq'
import { decodeFrame, encodeFrame, FlowError, newId } from '../../../proto/index.ts'
import type { Served } from '../transport.ts'
import { connect, type Libraries, within } from './connect.ts'
import type { JobData } from './dial.ts'
import { marginMs } from './dispatcher.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { JobRun, type Outbox, type Part, partsToDo } from './job-run.ts'
import { Keys } from './keys.ts'
import type { CompiledRedisOptions } from './options.ts'
import type { ScriptedRedis } from './scripts.ts'
import { Watchdog } from './watchdog.ts'

/** What a live consumer says of itself. */
export interface About {
  readonly id: string
  /** The machine, or the container, that it runs on. */
  readonly host: string
  /** Jobs that it works on at once. */
  readonly slots: number
  /** Requests that it runs at once. */
  readonly concurrency: number
  readonly endpoints: readonly string[]
}

/** How often a consumer says that it is there, and how long that is believed. Unit: ms. */
const beatMs = 500
const beatTtlMs = 5000

/** Jobs that a consumer works on at once, at most. */
const maxSlots = 16

/** How long closing waits for Redis. Unit: ms. */
const closeMs = 1000

/** How long a gateway may take to be back when Redis is; until then, one that is not there is not gone. Unit: ms. */
const gatewayBackMs = 2000

/** How often is looked whether an executor is there again. Unit: ms. */
const restMs = 50

/** How long to wait before Redis is asked again for what it refused. Unit: ms. */
const againMs = 500

/** A request that was begun by so many consumers that were lost is not tried again: it may be what ends them. */
const maxLost = 2

/** Takes jobs of one deployment from Redis and lets its executor do them. */
export class Consumer {
  readonly #id = newId()
  readonly #libraries: Libraries
  readonly #options: CompiledRedisOptions
  readonly #deployment: string
  readonly #served: Served
  readonly #keys: Keys
  readonly #redis: ScriptedRedis
  readonly #control: ScriptedRedis
  readonly #queue: Queue<JobData>
  readonly #runs = new Map<string, JobRun>()
  readonly #timers: NodeJS.Timeout[] = []
  #worker: Worker<JobData>
  #active = 0
  #taken = 0
  readonly #watchdog = new Watchdog()
  #backAt = performance.now()
  #suspects: Promise<unknown> = Promise.resolve()
  #stopping = false
  #closed = false

  constructor(libraries: Libraries, options: CompiledRedisOptions, deployment: string, served: Served) {
    this.#libraries = libraries
    this.#options = options
    this.#deployment = deployment
    this.#served = served
    this.#keys = new Keys(options.prefix)
    this.#redis = connect(libraries, options, `executor:${deployment}`)
    this.#control = connect(libraries, options, `control:${deployment}`)
    this.#queue = new libraries.Queue(deployment, { connection: this.#redis, prefix: options.prefix })
    this.#queue.on('error', () => {})
    this.#redis.on('ready', () => this.#comeBack())
    this.#worker = this.#createWorker()
  }

  /** Resolves when gateways can see it. */
  async start(): Promise<void> {
    await this.#control.subscribe(this.#keys.control(this.#deployment))
    this.#control.on('messageBuffer', (_channel: Buffer, message: Buffer) => this.#hear(message))
    await this.#beat()
    this.#timers.push(setInterval(() => this.#beat().catch(() => {}), beatMs))
    this.#timers.push(setInterval(() => this.#watch().catch(() => {}), this.#options.leaseMs))
  }

  /** Takes nothing new, and resolves when what it has is answered. */
  async drain(): Promise<void> {
    await this.#stop()
    const closed = this.#worker.close().then(
      () => true,
      () => true,
    )
    // where Redis is away, a worker that has nothing to do would wait for it
    while (!(await within(closeMs, closed).catch(() => false)) && this.#active > 0);
  }

  async close(): Promise<void> {
    await this.#stop()
    const runs = [...new Set(this.#runs.values())]
    await within(closeMs, Promise.all(runs.map((run) => run.close()))).catch(() => {})
    this.#closed = true
    this.#worker.close(true).catch(() => {})
    this.#control.disconnect()
    this.#redis.disconnect()
  }

  async #stop(): Promise<void> {
    if (this.#stopping) return
    this.#stopping = true
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
    const gone = this.#redis.hdel(this.#keys.consumers(this.#deployment), this.#id)
    await within(closeMs, gone).catch(() => {})
  }

  get #concurrency(): number {
    return this.#served.concurrency ?? 1
  }

  get #slots(): number {
    return Math.min(this.#concurrency, maxSlots)
  }

  #createWorker(): Worker<JobData> {
    const { prefix, leaseMs } = this.#options
    const worker = new this.#libraries.Worker<JobData>(this.#deployment, (job, token) => this.#work(job, token ?? ''), {
      connection: this.#redis,
      prefix,
      concurrency: this.#slots,
      lockDuration: leaseMs,
      lockRenewTime: leaseMs / 4,
      stalledInterval: leaseMs / 4,
      runRetryDelay: againMs,
      // what happens to a job whose consumer was lost is decided here
      maxStalledCount: 1000,
      drainDelay: 2,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
    worker.on('error', (err) => this.#options.logger.debug({ err, executor: this.#deployment }, 'BullMQ'))
    worker.on('failed', (_, err) =>
      this.#options.logger.error({ err, executor: this.#deployment }, 'a job cannot be done'),
    )
    return worker
  }

  get #ready(): boolean {
    return this.#served.ready?.() ?? true
  }

  async #beat(): Promise<void> {
    if (!this.#ready) return
    const { endpoints } = this.#served
    const [slots, concurrency] = [this.#slots, this.#concurrency]
    const about: About = { id: this.#id, host: hostname(), slots, concurrency, endpoints }
    await this.#redis.slBeat(this.#keys.consumers(this.#deployment), this.#id, beatTtlMs, JSON.stringify(about))
  }

  // gateways that look just now see it
  #comeBack(): void {
    this.#backAt = performance.now()
    if (!this.#stopping) this.#beat().catch(() => {})
  }

  /** A worker that leaves jobs waiting while it has nothing to do has stopped reading: another takes its place. */
  async #watch(): Promise<void> {
    if (this.#redis.status !== 'ready' || !this.#ready) return
    const waiting = await this.#redis.llen(`${this.#options.prefix}:${this.#deployment}:wait`)
    if (this.#stopping || !this.#watchdog.bites({ waiting, active: this.#active, taken: this.#taken })) return
    this.#options.logger.warn({ executor: this.#deployment, waiting }, 'the queue is not read: its reader is replaced')
    this.#worker.close(true).catch(() => {})
    this.#worker = this.#createWorker()
  }

  async #work(job: Job<JobData>, token: string): Promise<void> {
    this.#taken++
    if (!this.#ready) await this.#handBack(job, token)
    this.#active++
    try {
      await (job.data.lost ? this.#oneByOne(() => this.#begin(job, token)) : this.#begin(job, token))
    } finally {
      this.#active--
    }
  }

  /** An executor that is being started again leaves jobs to others, if there are. */
  async #handBack(job: Job<JobData>, token: string): Promise<never> {
    const worker = this.#worker
    worker.pause(true).catch(() => {})
    const resting = setInterval(() => {
      if (!this.#ready && !this.#stopping) return
      clearInterval(resting)
      if (!this.#stopping) worker.resume()
    }, restMs)
    await job.moveToWait(token)
    throw new this.#libraries.WaitingError()
  }

  /** Requests that were lost are run one after the other: the one that ends this process takes no other one along a second time. */
  #oneByOne(begin: () => Promise<void>): Promise<void> {
    const begun = this.#suspects.then(begin)
    this.#suspects = begun.catch(() => {})
    return begun
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
        this.#options.logger.warn({ err, executor: this.#deployment }, 'Redis refuses, and is asked again')
        await new Promise((resolve) => setTimeout(resolve, againMs))
      }
    }
  }

  async #run(job: Job<JobData>, parts: readonly Part[], reply: Reply): Promise<readonly Part[]> {
    const { logger } = this.#options
    const run = new JobRun({ parts, handler: this.#served.handler, concurrency: this.#concurrency, reply, logger })
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

  #hear(message: Buffer): void {
    const [gateway, bytes] = unpackFrames(message) as [Buffer, Uint8Array]
    const frame = decodeFrame(bytes)
    this.#runs.get(`${gateway.toString()} ${frame.id}`)?.receive(frame)
  }
}

type Claimed = Awaited<ReturnType<ScriptedRedis['slClaimBuffer']>>

type Reply = (outbox: Outbox) => Promise<boolean>
