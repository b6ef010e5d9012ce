import { hostname } from 'node:os'
import type { Job, Queue, Worker } from 'bullmq'
import { decodeFrame, encodeFrame, FlowError, newId } from '../../../proto/index.ts'
import type { Served } from '../transport.ts'
import { connect, type Libraries, within } from './connect.ts'
import type { JobData } from './dial.ts'
import { packFrames, unpackFrames } from './frames.ts'
import { JobRun, type Part, partsToDo } from './job-run.ts'
import { Keys } from './keys.ts'
import type { CompiledRedisOptions } from './options.ts'
import type { ScriptedRedis } from './scripts.ts'

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
const beatTtlMs = 2000

/** How long closing waits for Redis. Unit: ms. */
const closeMs = 1000

/** How long a gateway may take to be back when Redis is; until then, one that is not there is not gone. Unit: ms. */
const gatewayBackMs = 2000

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
  #idleWithWork = 0
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
    await this.#worker.close()
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
    return this.#concurrency === 1 ? 1 : 2
  }

  #createWorker(): Worker<JobData> {
    const { prefix, leaseMs } = this.#options
    const worker = new this.#libraries.Worker<JobData>(this.#deployment, (job, token) => this.#work(job, token ?? ''), {
      connection: this.#redis,
      prefix,
      concurrency: this.#slots,
      lockDuration: leaseMs,
      stalledInterval: leaseMs / 4,
      runRetryDelay: againMs,
      // what happens to a job whose consumer was lost is decided here
      maxStalledCount: 1000,
      drainDelay: 2,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
    worker.on('error', (err) => this.#options.logger.debug({ err, executor: this.#deployment }, 'BullMQ'))
    worker.on('failed', (_, err) => this.#options.logger.error({ err, executor: this.#deployment }, 'a job cannot be done'))
    return worker
  }

  async #beat(): Promise<void> {
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
    const taken = this.#taken
    if (this.#redis.status !== 'ready' || this.#active > 0) return
    const waiting = await this.#redis.llen(`${this.#options.prefix}:${this.#deployment}:wait`)
    this.#idleWithWork = waiting > 0 && this.#active === 0 ? this.#idleWithWork + 1 : 0
    if (this.#idleWithWork < 2 || this.#stopping) return
    this.#idleWithWork = 0
    this.#options.logger.warn({ executor: this.#deployment, waiting }, 'the queue is not read: its reader is replaced')
    this.#worker.close(true).catch(() => {})
    this.#worker = this.#createWorker()
  }

  async #work(job: Job<JobData>, token: string): Promise<void> {
    this.#active++
    try {
      await this.#begin(job, token)
    } finally {
      this.#active--
    }
  }

  async #begin(job: Job<JobData>, token: string): Promise<void> {
    const id = job.id as string
    const { gateway, lifetimeMs } = job.data
    const [payload, done] = [this.#keys.payload(id), this.#keys.done(id)]
    const claimed = await this.#redis.slClaimBuffer(payload, done, this.#keys.gateway(gateway), lifetimeMs)
    if (!claimed) return
    const [packed, ageMs, finished] = claimed
    const frames = unpackFrames(packed)
    const parts = partsToDo(frames, Number(ageMs), new Set(finished.map((position) => Number(position.toString()))))
    const reply = this.#replyTo(job, token)
    // begun before, by a consumer that was lost
    const lost = (job.data.lost ?? 0) + job.stalledCounter
    if (lost === 0) await this.#giveAgain(job, await this.#run(job, parts, reply), reply)
    else if (lost >= maxLost || frames.length > 1 || this.#onceOnly(parts))
      await this.#giveAgain(job, parts, reply, lost)
    else await this.#giveAgain(job, await this.#run(job, parts, reply), reply, lost + 1)
  }

  async #run(job: Job<JobData>, parts: readonly Part[], reply: Reply): Promise<readonly Part[]> {
    const run = new JobRun({ parts, handler: this.#served.handler, concurrency: this.#concurrency, reply })
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
    for (const part of parts) {
      const { frame, position } = part
      if (lost >= maxLost || this.#onceOnly([part])) {
        await reply([encodeFrame({ id: frame.id, kind: 'ERROR', error: this.#givenUp(part, lost) })], [position])
        continue
      }
      const id = `${job.id}.${position}`
      await this.#redis.set(this.#keys.payload(id), packFrames([encodeFrame(frame)]), 'PX', lifetimeMs)
      await this.#queue.add(
        'frames',
        { gateway, lifetimeMs, lost },
        { jobId: id, removeOnComplete: true, removeOnFail: true },
      )
    }
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
    ] as const
    return async (frames, positions) =>
      (await this.#redis.slReply(...keys, token, lifetimeMs, packFrames(frames), ...positions)) === 1
  }

  #hear(message: Buffer): void {
    const [gateway, bytes] = unpackFrames(message) as [Buffer, Uint8Array]
    const frame = decodeFrame(bytes)
    this.#runs.get(`${gateway.toString()} ${frame.id}`)?.receive(frame)
  }
}

type Reply = (frames: readonly Uint8Array[], positions: readonly number[]) => Promise<boolean>
