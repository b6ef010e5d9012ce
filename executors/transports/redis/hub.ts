import type { Queue } from 'bullmq'
import { decodeFrame, FlowError, type Frame, type Logger, newId } from '../../../proto/index.ts'
import { RedisClock } from './clock.ts'
import { connect, type Libraries, warnOfLoss, within } from './connect.ts'
import { unpackFrames } from './frames.ts'
import type { JobDesk } from './job-data.ts'
import { Keys } from './keys.ts'
import type { CompiledRedisOptions } from './options.ts'
import type { ScriptedRedis } from './scripts.ts'
import { Writer } from './writer.ts'

/** How often a gateway looks after itself and its executors, and how long Redis may take to answer. Unit: ms. */
const lookMs = 250
const answerMs = 1000

/** How soon a connection that was cut must be back not to be missed. Unit: ms. */
const blinkMs = 300

/** How long reading the inbox waits for answers; shorter than what a dead connection may go unnoticed. Unit: ms. */
const blockMs = 2000

/** How long a gateway is believed to be alive after it was heard last. Unit: ms. */
const gatewayTtlMs = 10_000

/** Answers that were read are taken out of Redis with the next look, or when there are so many of them. Unit: bytes. */
const maxReadBytes = 1024 * 1024

/** Ids of one deployment's requests are below the next one's. */
const idsEach = 2 ** 40

/** What an executor says of requests that it answers. */
export interface Answered {
  /** What one takes. Unit: µs. */
  readonly workUs: number
  /** How many consumers were lost that had begun them. */
  readonly lost: number
}

/** One deployment's half of the hub. */
export interface Member {
  receive(frame: Frame, about: Answered): void
  /** Looks who is there. */
  look(): Promise<void>
  /** Nothing is to be written now: the connection was cut, maybe for a moment. */
  hold(held: boolean): void
  /** Redis is away: what has not been written will not be. */
  away(error: FlowError): void
  /** Redis has lost its data: nothing that was written will be answered. */
  lost(error: FlowError): void
}

/** What the connections of one gateway share: one way to Redis, and one inbox for all answers. */
export class Hub {
  readonly id = newId()
  readonly keys: Keys
  readonly redis: ScriptedRedis
  readonly clock = new RedisClock()
  readonly options: CompiledRedisOptions
  readonly #libraries: Libraries
  /** Jobs are written on it. */
  readonly writer: Writer
  readonly #reader: ScriptedRedis
  readonly #members = new Map<number, Member>()
  readonly #logger: Logger
  #away: FlowError | undefined
  #backAt = performance.now()
  #held: NodeJS.Timeout | undefined
  #onCut = () => {}
  #epoch: string | undefined
  #lastId = '0-0'
  /** Answers that were read and stand in Redis still. */
  #readBytes = 0
  #looking: NodeJS.Timeout | undefined
  #closed = false

  private constructor(libraries: Libraries, options: CompiledRedisOptions) {
    this.#libraries = libraries
    this.options = options
    this.#logger = options.logger
    this.keys = new Keys(options.prefix)
    this.redis = connect(libraries, options, `gateway:${this.id}`)
    // what it was asked before a connection was cut is asked anew
    const anew = { autoResendUnfulfilledCommands: false, enableOfflineQueue: false }
    this.#reader = connect(libraries, options, `inbox:${this.id}`, anew)
    this.writer = new Writer(connect(libraries, options, `jobs:${this.id}`, { autoResendUnfulfilledCommands: false }))
    this.#reader.on('close', () => this.#onCut())
    this.redis.on('close', () => this.#hold())
    this.redis.on('ready', () => this.#look())
  }

  static async open(libraries: Libraries, options: CompiledRedisOptions): Promise<Hub> {
    const hub = new Hub(libraries, options)
    await hub.#look()
    if (!hub.#away) await warnOfLoss(hub.redis, options, options.logger).catch(() => {})
    hub.#lookAgain()
    hub.#read()
    return hub
  }

  /** Why nothing can be sent now. */
  get away(): FlowError | undefined {
    return this.#away
  }

  /** Since when it has not been away. Unit: ms of this process. */
  get backAt(): number {
    return this.#backAt
  }

  queueOf(deployment: string): Queue {
    return this.#queueOn(this.redis, deployment)
  }

  /** Where jobs of a deployment are written. */
  deskOf(deployment: string): JobDesk {
    return { redis: this.writer.redis, queue: this.#queueOn(this.writer.redis, deployment), keys: this.keys }
  }

  #queueOn(connection: ScriptedRedis, deployment: string): Queue {
    const queue = new this.#libraries.Queue(deployment, {
      connection,
      prefix: this.options.prefix,
      skipWaitingForReady: true,
      skipVersionCheck: true,
      streams: { events: { maxLen: 100 } },
    })
    queue.on('error', () => {})
    return queue
  }

  /** @returns where the member's ids begin */
  join(member: Member): number {
    const place = this.#members.size
    this.#members.set(place, member)
    return place * idsEach + 1
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#looking)
    clearTimeout(this.#held)
    this.#reader.disconnect()
    if (this.redis.status === 'ready') {
      await within(answerMs, this.redis.del(this.keys.gateway(this.id), this.keys.inbox(this.id))).catch(() => {})
    }
    this.redis.disconnect()
    this.writer.redis.disconnect()
  }

  #lookAgain(): void {
    if (this.#closed) return
    this.#looking = setTimeout(() => this.#look().then(() => this.#lookAgain()), lookMs)
  }

  async #look(): Promise<void> {
    // when it is connected again, it looks at once
    if (this.redis.status === 'reconnecting' || this.redis.status === 'close') return
    try {
      const { keys, redis } = this
      const askedAt = performance.now()
      const greeted = within(answerMs, redis.slGreet(keys.gateway(this.id), keys.epoch, gatewayTtlMs, newId()))
      const [epoch, nowMs] = await greeted
      this.clock.learn(nowMs, askedAt)
      this.#trim()
      this.#comeBack()
      if (this.#epoch !== undefined && epoch !== this.#epoch) this.#lose()
      this.#epoch = epoch
      await within(answerMs, Promise.all([...this.#members.values()].map((member) => member.look())))
    } catch (error) {
      this.#goAway(FlowError.from(error).reason)
    }
  }

  #hold(): void {
    this.clock.forget()
    if (this.#closed || this.#held) return
    for (const member of this.#members.values()) member.hold(true)
    this.#held = setTimeout(() => this.#goAway('the connection was lost'), blinkMs)
  }

  #comeBack(): void {
    if (this.#away) this.#backAt = performance.now()
    this.#away = undefined
    clearTimeout(this.#held)
    this.#held = undefined
    for (const member of this.#members.values()) member.hold(false)
  }

  #goAway(reason: string): void {
    if (this.#closed || this.#away) return
    this.#away = new FlowError('UNAVAILABLE', `Redis at ${this.options.shown} is away: ${reason}`, {
      retryAfterMs: 1000,
    })
    for (const member of this.#members.values()) member.away(this.#away)
  }

  #lose(): void {
    this.#logger.error({ redis: this.options.shown }, 'Redis has lost its data: requests that waited in it have failed')
    const error = new FlowError('UNAVAILABLE', `Redis at ${this.options.shown} has lost its data`, {
      hint: 'Send the request again, and let Redis keep an append-only file',
    })
    this.#lastId = '0-0'
    for (const member of this.#members.values()) member.lost(error)
  }

  /** Reads answers in the order they were written, from the last one seen: none is lost, whatever happens to the connection. */
  async #read(): Promise<void> {
    const inbox = this.keys.inbox(this.id)
    while (!this.#closed) {
      try {
        const entries = await this.#readInbox(inbox)
        for (const [id, [, packed, , workUs, , lost]] of entries) {
          this.#lastId = id.toString()
          this.#readBytes += packed?.length ?? 0
          const about = { workUs: Number(workUs), lost: Number(lost) }
          for (const bytes of unpackFrames(packed as Buffer)) this.#deliver(decodeFrame(bytes), about)
        }
        if (this.#readBytes > maxReadBytes) this.#trim()
      } catch (error) {
        if (this.#closed) return
        this.#logger.debug({ reason: FlowError.from(error).reason }, 'the inbox is read again')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }

  #deliver(frame: Frame, about: Answered): void {
    this.#members.get(Math.floor(frame.id / idsEach))?.receive(frame, about)
  }

  /** What was read goes. */
  #trim(): void {
    if (this.#readBytes === 0) return
    this.#readBytes = 0
    this.redis.xtrim(this.keys.inbox(this.id), 'MINID', this.#lastId).catch(() => {})
  }

  async #readInbox(inbox: string): Promise<readonly [id: Buffer, fields: Buffer[]][]> {
    const cut = new Promise<never>((_, reject) => {
      this.#onCut = () => reject(new FlowError('UNAVAILABLE', 'the connection was cut'))
    })
    const reading = this.#reader.xreadBuffer('COUNT', 1000, 'BLOCK', blockMs, 'STREAMS', inbox, this.#lastId)
    // who hears nothing may have a connection that is one no more
    const unheard = () => this.#reader.disconnect(true)
    const found = await within(blockMs + answerMs, Promise.race([reading, cut]), unheard)
    return (found?.[0]?.[1] ?? []) as [id: Buffer, fields: Buffer[]][]
  }
}
