import { hostname } from 'node:os'
import type { Job, Worker } from 'bullmq'
import { type ApiDescription, decodeFrame, newId } from '../../../proto/index.ts'
import type { Served } from '../transport.ts'
import { RedisClock } from './clock.ts'
import { connect, type Libraries, within } from './connect.ts'
import { unpackFrames } from './frames.ts'
import type { JobData } from './job-data.ts'
import { againMs, Jobs } from './jobs.ts'
import { Keys } from './keys.ts'
import type { CompiledRedisOptions } from './options.ts'
import { createPatientWorker } from './patient-worker.ts'
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
  readonly apis?: readonly ApiDescription[] | undefined
}

/** How often a consumer says that it is there, and how long that is believed. Unit: ms. */
const beatMs = 500
const beatTtlMs = 5000

/** Jobs that a consumer works on at once, at most. */
const maxSlots = 16

/** How long closing waits for Redis. Unit: ms. */
const closeMs = 1000

/** How often is looked whether an executor is there again. Unit: ms. */
const restMs = 50

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
  readonly #clock = new RedisClock()
  readonly #jobs: Jobs
  readonly #timers: NodeJS.Timeout[] = []
  #worker: Worker<JobData>
  #active = 0
  #taken = 0
  readonly #watchdog = new Watchdog()
  #hearingSinceMs: number | undefined
  #stopping = false

  constructor(libraries: Libraries, options: CompiledRedisOptions, deployment: string, served: Served) {
    this.#libraries = libraries
    this.#options = options
    this.#deployment = deployment
    this.#served = served
    this.#keys = new Keys(options.prefix)
    this.#redis = connect(libraries, options, `executor:${deployment}`)
    this.#control = connect(libraries, options, `control:${deployment}`, { autoResubscribe: false })
    const queue = new libraries.Queue<JobData>(deployment, {
      connection: this.#redis,
      prefix: options.prefix,
      skipVersionCheck: true,
    })
    queue.on('error', () => {})
    const [keys, redis, clock, { leaseMs, logger }] = [this.#keys, this.#redis, this.#clock, options]
    const hearingSinceMs = () => this.#hearingSinceMs
    this.#jobs = new Jobs({ deployment, served, keys, redis, queue, clock, leaseMs, hearingSinceMs, logger })
    this.#redis.on('ready', () => this.#comeBack())
    this.#redis.on('close', () => this.#clock.forget())
    this.#control.on('close', () => {
      this.#hearingSinceMs = undefined
    })
    this.#worker = this.#createWorker()
  }

  /** Resolves when gateways can see it. */
  async start(): Promise<void> {
    this.#control.on('messageBuffer', (_channel: Buffer, message: Buffer) => this.#hear(message))
    await this.#beat()
    await this.#listen()
    this.#control.on('ready', () => this.#listen().catch(() => {}))
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
    while (!(await within(closeMs, closed).catch(() => false)) && this.#jobs.running);
  }

  async close(): Promise<void> {
    await this.#stop()
    await within(closeMs, this.#jobs.end()).catch(() => {})
    this.#jobs.close()
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
    const work = (job: Job<JobData>, token: string) => this.#work(job, token)
    const worker = createPatientWorker(this.#libraries, this.#deployment, work, {
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
      // it would write to the console what is told to the logger
      skipVersionCheck: true,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    })
    worker.on('error', (err) =>
      this.#options.logger.debug({ reason: err.message, executor: this.#deployment }, 'BullMQ'),
    )
    worker.on('failed', (_, err) =>
      this.#options.logger.error({ err, executor: this.#deployment }, 'a job cannot be done'),
    )
    return worker
  }

  get #ready(): boolean {
    return this.#served.ready?.() ?? true
  }

  async #beat(): Promise<void> {
    const askedAt = performance.now()
    if (!this.#ready) {
      const [seconds, micros] = await this.#redis.time()
      this.#clock.learn(Number(seconds) * 1000 + Number(micros) / 1000, askedAt)
      return
    }
    const { endpoints, apis } = this.#served
    const [slots, concurrency] = [this.#slots, this.#concurrency]
    const about: About = { id: this.#id, host: hostname(), slots, concurrency, endpoints, apis }
    const told = [this.#keys.consumers(this.#deployment), this.#id, beatTtlMs, JSON.stringify(about)] as const
    this.#clock.learn(await this.#redis.slBeat(...told), askedAt)
  }

  async #listen(): Promise<void> {
    await this.#control.subscribe(this.#keys.control(this.#deployment))
    this.#hearingSinceMs = this.#clock.now()
  }

  // gateways that look just now see it
  #comeBack(): void {
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
      await this.#jobs.do(job, token)
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

  #hear(message: Buffer): void {
    const [gateway, bytes] = unpackFrames(message) as [Buffer, Uint8Array]
    this.#jobs.hear(gateway.toString(), decodeFrame(bytes))
  }
}
