import type { Queue } from 'bullmq'
import {
  type ApiDescription,
  type Call,
  type DataRequest,
  encodeFrame,
  FlowError,
  type Frame,
} from '../../../proto/index.ts'
import { HopCaller } from '../hop/caller.ts'
import type { Connection } from '../transport.ts'
import { Absence } from './absence.ts'
import type { About } from './consumer.ts'
import { Dispatcher, type Job, marginMs } from './dispatcher.ts'
import { packFrames } from './frames.ts'
import type { Answered, Hub, Member } from './hub.ts'
import { type JobDesk, writeJob } from './job-data.ts'

export interface DialOptions {
  readonly maxQueued: number
  /** Let requests wait for executors where there are none, instead of refusing them. */
  readonly waitForExecutors: boolean
}

/** How a deployment behind Redis does, as one gateway sees it. */
export type RedisStats = Readonly<{
  /** Requests that wait at the gateway for a job. */
  queued: number
  /** How long the one that waits longest has waited. Unit: ms. */
  oldestMs: number
  /** Jobs that are not answered. */
  openJobs: number
  /** Consumers that are there. */
  consumers: number
  /** Requests so far that were answered after a consumer was lost that had begun them. */
  redelivered: number
  /** Answers so far that came when nobody waited any more. */
  lateReplies: number
}>

/** A gateway's connection to the consumers of one deployment. */
export class RedisConnection implements Connection, Member {
  readonly #hub: Hub
  readonly #deployment: string
  readonly #waitForExecutors: boolean
  readonly #queue: Queue
  readonly #desk: JobDesk
  readonly #dispatcher: Dispatcher
  readonly #caller: HopCaller
  /** Requests that are not answered. */
  readonly #open = new Set<number>()
  #consumers: readonly About[] = []
  #redelivered = 0
  /** What they say of themselves, by its text: it rarely changes. */
  #abouts: ReadonlyMap<string, About> = new Map()
  #apis: readonly ApiDescription[] | undefined
  #absence = new Absence()
  #closed = false

  constructor(hub: Hub, deployment: string, { maxQueued, waitForExecutors }: DialOptions) {
    const { maxJobBytes, maxJobDocuments, maxJobWorkMs } = hub.options
    this.#hub = hub
    this.#deployment = deployment
    this.#waitForExecutors = waitForExecutors
    this.#queue = hub.queueOf(deployment)
    this.#desk = hub.deskOf(deployment)
    this.#dispatcher = new Dispatcher({
      name: `${hub.id}-${deployment}`,
      maxJobBytes,
      maxJobDocuments,
      maxJobWorkMs,
      maxQueued,
      submit: (job) => this.#submit(job),
      fail: (id, error) => this.receive({ id, kind: 'ERROR', error }),
    })
    this.#caller = new HopCaller((frame) => this.#post(frame), hub.join(this))
  }

  readonly send = (request: DataRequest, call: Call): Promise<DataRequest> => {
    const refused = this.#refused()
    if (refused) return Promise.reject(refused.with({ requestId: request.header.requestId }))
    return this.#caller.send(request, call)
  }

  get endpoints(): readonly string[] | undefined {
    return this.#consumers[0]?.endpoints
  }

  get apis(): readonly ApiDescription[] | undefined {
    return this.#apis
  }

  get ready(): boolean {
    return !this.#closed && !this.#hub.away && !this.#absence.certain
  }

  /** For who shows queues. */
  get queue(): Queue {
    return this.#queue
  }

  get stats(): RedisStats {
    const { queued, openJobs, oldestMs } = this.#dispatcher
    const { length: consumers } = this.#consumers
    return {
      queued,
      oldestMs,
      openJobs,
      consumers,
      redelivered: this.#redelivered,
      lateReplies: this.#caller.lateReplies,
    }
  }

  receive(frame: Frame, about?: Answered): void {
    if (frame.kind === 'END' || frame.kind === 'ERROR') {
      this.#open.delete(frame.id)
      if (about?.lost) this.#redelivered++
      this.#dispatcher.ended(frame.id, about?.workUs)
    }
    this.#caller.receive(frame)
  }

  async look(): Promise<void> {
    const told = await this.#hub.redis.slCensus(this.#hub.keys.consumers(this.#deployment))
    const known = this.#abouts
    this.#abouts = new Map(told.map((about) => [about, known.get(about) ?? (JSON.parse(about) as About)]))
    this.#consumers = [...this.#abouts.values()]
    // where all have left, calls are refused for that, and not as unknown
    this.#apis = this.#consumers[0]?.apis ?? this.#apis
    const slots = this.#consumers.reduce((sum, consumer) => sum + consumer.slots, 0)
    const { length: consumers } = this.#consumers
    this.#dispatcher.capacity = { consumers, slots, concurrency: this.#consumers[0]?.concurrency ?? 1 }
    this.#absence.look(slots > 0, this.#hub.backAt)
    if (this.#absence.certain && !this.#waitForExecutors) await this.#failAll()
  }

  /** Nobody is there to do what waits. What a consumer that is leaving has begun, it may still finish. */
  async #failAll(): Promise<void> {
    this.#dispatcher.failWaiting(this.#nobody())
    for (const [job, requests] of this.#dispatcher.open) {
      // it cannot be removed while a consumer holds it
      const removed = await this.#queue.remove(job).catch(() => 0)
      if (removed) for (const id of requests) this.receive({ id, kind: 'ERROR', error: this.#nobody() })
    }
  }

  hold(held: boolean): void {
    this.#dispatcher.held = held
  }

  away(error: FlowError): void {
    this.#dispatcher.failWaiting(error)
    for (const [job, requests] of this.#dispatcher.unconfirmed) this.#takeBack(job, requests, error)
  }

  /** Nobody knows whether Redis has them. If it has, nobody is to begin them when it is back. */
  #takeBack(job: string, requests: readonly number[], error: FlowError): void {
    const positions: number[] = []
    for (const id of requests) {
      positions.push(this.#dispatcher.cancel(id)?.position as number)
      this.receive({ id, kind: 'ERROR', error })
    }
    this.#hub.redis.slGiveUp(this.#hub.keys.done(job), marginMs, ...positions).catch(() => {})
  }

  lost(error: FlowError): void {
    this.#dispatcher.failWaiting(error)
    for (const id of [...this.#open]) this.receive({ id, kind: 'ERROR', error })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#caller.close(new FlowError('UNAVAILABLE', `the connection to "${this.#deployment}" is closed`))
    await Promise.all([this.#queue.close(), this.#desk.queue.close()]).catch(() => {})
  }

  #refused(): FlowError | undefined {
    if (this.#closed) return new FlowError('UNAVAILABLE', `the connection to "${this.#deployment}" is closed`)
    if (this.#hub.away) return this.#hub.away.with({ executor: this.#deployment })
    return this.#absence.certain && !this.#waitForExecutors ? this.#nobody() : undefined
  }

  #nobody(): FlowError {
    return new FlowError('UNAVAILABLE', 'no executor is there', {
      executor: this.#deployment,
      hint: `Start one: sluice executor --name ${this.#deployment} --uses … --redis ${this.#hub.options.shown}`,
      retryAfterMs: 1000,
    })
  }

  #post(frame: Frame): void {
    if (frame.kind === 'REQUEST') this.#enqueue(frame)
    else if (frame.kind === 'CANCEL') this.#cancel(frame)
    else this.#tell(frame)
  }

  #enqueue(frame: Frame): void {
    this.#open.add(frame.id)
    const { remainingMs } = frame
    try {
      this.#dispatcher.add(frame, remainingMs === undefined ? undefined : performance.now() + remainingMs)
    } catch (error) {
      this.receive({ id: frame.id, kind: 'ERROR', error: FlowError.from(error).with({ executor: this.#deployment }) })
    }
  }

  #cancel(frame: Frame): void {
    const place = this.#dispatcher.cancel(frame.id)
    this.#open.delete(frame.id)
    this.#caller.forget(frame.id)
    if (!place || this.#hub.away) return
    // one that has not begun never will, one that runs is told to stop
    this.#hub.redis.slGiveUp(this.#hub.keys.done(place.job), marginMs, place.position).catch(() => {})
    this.#tell(frame)
  }

  /** Best effort: who does not hear it hears the deadline. */
  #tell(frame: Frame): void {
    const message = packFrames([Buffer.from(this.#hub.id), encodeFrame(frame)])
    this.#hub.redis.publish(this.#hub.keys.control(this.#deployment), message).catch(() => {})
  }

  async #submit({ id, frames, lifetimeMs, open }: Job): Promise<void> {
    const about = { gateway: this.#hub.id, writtenMs: this.#hub.clock.now(), lifetimeMs }
    if (await this.#hub.writer.untilCut(() => writeJob(this.#desk, id, frames, about))) return
    const again = async () => open.size > 0 && writeJob(this.#desk, id, frames, { ...about, again: true })
    while (!(await this.#hub.writer.untilCut(again)));
  }
}
