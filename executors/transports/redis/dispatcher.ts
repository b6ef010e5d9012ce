import { encodeFrame, FlowError, type Frame, remainingMs, turnOf } from '../../../proto/index.ts'
import { FairQueue } from '../../fair-queue.ts'

/** A request that waits to be put into a job. */
interface Waiting {
  readonly frame: Frame
  readonly deadline: number | undefined
  readonly documents: number
  take(): void
}

/** Requests that go together. */
export interface Job {
  readonly id: string
  readonly frames: readonly Uint8Array[]
  /** How long the longest of them may take. Unit: ms. */
  readonly lifetimeMs: number
  /** Those of its requests that are not answered. */
  readonly open: ReadonlySet<number>
}

export interface DispatcherOptions {
  /** What the names of its jobs begin with; unique among gateways and deployments. */
  readonly name: string
  readonly maxJobDocuments: number
  readonly maxJobBytes: number
  readonly maxJobWorkMs: number
  readonly maxQueued: number
  /** Hands a job over. Rejects where that failed: none of its requests will be answered. */
  submit(job: Job): Promise<void>
  /** Tells that a request will not be answered. */
  fail(id: number, error: FlowError): void
}

/** What the dispatcher is told of the consumers. */
export interface Capacity {
  readonly consumers: number
  /** Jobs that all of them can work on at once. */
  readonly slots: number
  /** Requests that one of them runs at once. */
  readonly concurrency: number
}

/** Requests that take less are quick: their jobs cost more than they do. Unit: µs. */
const quickUs = 5000

/** How long what belongs to a job is kept after its last request has expired. Unit: ms. */
export const marginMs = 10_000

/** Fewer requests are not shared among jobs. */
const shareable = 64

/**
 * Puts requests into jobs. What waits goes, as soon as there is room for a job: twice as many are open as consumers work on, so that
 * none of them waits for the next; of quick ones, four for each consumer, which share what waits, so that gateway, Redis and executor
 * have something to do at once. A job takes no more than its limits, and no more work than leaves something for other consumers.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #queue = new FairQueue<Waiting>()
  /** In the order in which they came: how to take each out, and since when it waits. */
  readonly #waiting = new Map<number, { remove(): void; since: number }>()
  /** Jobs that are not answered, by their requests. */
  readonly #jobOf = new Map<number, { id: string; position: number; open: Set<number> }>()
  /** Jobs of which is not known that they were handed over. */
  readonly #unconfirmed = new Set<string>()
  #capacity: Capacity = { consumers: 0, slots: 0, concurrency: 1 }
  #held = false
  #openJobs = 0
  #count = 0
  #scheduled = false
  /** What a request takes; until something is known, as much as a job may. Unit: µs. */
  #workUs: number

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#workUs = options.maxJobWorkMs * 1000
  }

  get queued(): number {
    return this.#queue.size
  }

  /** How long the request that waits longest has waited; 0 where none does. Unit: ms. */
  get oldestMs(): number {
    const [oldest] = this.#waiting.values()
    return oldest ? performance.now() - oldest.since : 0
  }

  get openJobs(): number {
    return this.#openJobs
  }

  set capacity(capacity: Capacity) {
    this.#capacity = capacity
    this.#schedule()
  }

  /** While it is held, nothing goes. */
  set held(held: boolean) {
    this.#held = held
    this.#schedule()
  }

  /** @throws {FlowError} RESOURCE_EXHAUSTED where the queue is full */
  add(frame: Frame, deadline: number | undefined): void {
    if (this.#queue.size >= this.#options.maxQueued) {
      throw new FlowError('RESOURCE_EXHAUSTED', `${this.#queue.size} requests wait (maxQueued)`, {
        hint: 'Try again later, or start more replicas',
        retryAfterMs: 1000,
      })
    }
    const documents = Math.max(1, frame.body?.docs.length ?? 0)
    const waiting = { frame, deadline, documents, take: () => this.#waiting.delete(frame.id) }
    const remove = this.#queue.push(turnOf(frame.caller), waiting)
    this.#waiting.set(frame.id, { remove, since: performance.now() })
    this.#schedule()
  }

  /** Takes a request out that nobody waits for. Gives back where it is, if it has gone. */
  cancel(id: number): { readonly job: string; readonly position: number } | undefined {
    const waiting = this.#waiting.get(id)
    if (waiting) {
      waiting.remove()
      this.#waiting.delete(id)
      return undefined
    }
    const place = this.#jobOf.get(id)
    this.ended(id)
    return place && { job: place.id, position: place.position }
  }

  /** Jobs that are not answered, and their requests. */
  get open(): ReadonlyMap<string, readonly number[]> {
    const jobs = new Map<string, number[]>()
    for (const [request, { id }] of this.#jobOf) jobs.set(id, [...(jobs.get(id) ?? []), request])
    return jobs
  }

  /** Those of {@link open} of which is not known that they were handed over. */
  get unconfirmed(): ReadonlyMap<string, readonly number[]> {
    return new Map([...this.open].filter(([job]) => this.#unconfirmed.has(job)))
  }

  /** A request was answered. */
  ended(id: number, workUs?: number): void {
    if (workUs !== undefined) this.#workUs += (workUs - this.#workUs) / 4
    const place = this.#jobOf.get(id)
    if (!place) return
    this.#jobOf.delete(id)
    place.open.delete(id)
    if (place.open.size > 0) return
    this.#openJobs--
    this.#schedule()
  }

  /** Fails what waits. */
  failWaiting(error: FlowError): void {
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      next.take()
      this.#options.fail(next.frame.id, error)
    }
  }

  // requests that come together go together; where nothing is under way, those that come in one go do
  #schedule(): void {
    if (this.#scheduled || this.#queue.size === 0) return
    this.#scheduled = true
    const send = () => {
      this.#scheduled = false
      while (this.#queue.size > 0 && !this.#held && this.#openJobs < this.#maxOpen) this.#send()
    }
    if (this.#openJobs === 0) process.nextTick(send)
    else setImmediate(send)
  }

  // what is done at once is cheapest in few large jobs, what takes its time must not wait for others to end
  get #maxOpen(): number {
    const { consumers, slots } = this.#capacity
    return this.#workUs < quickUs ? 4 * consumers : 2 * slots
  }

  #send(): void {
    const { name, maxJobDocuments, maxJobBytes, maxJobWorkMs } = this.#options
    const worth = Math.max(1, Math.floor((maxJobWorkMs * 1000 * this.#capacity.concurrency) / this.#workUs))
    const share = Math.ceil(this.#queue.size / (this.#maxOpen - this.#openJobs))
    const most = Math.min(worth, Math.max(share, shareable))
    const ids: number[] = []
    const frames: Uint8Array[] = []
    let [bytes, documents, lifetimeMs] = [0, 0, 0]
    while (frames.length < most && bytes < maxJobBytes && documents < maxJobDocuments) {
      const next = this.#queue.shift()
      if (!next) break
      next.take()
      const leftMs = remainingMs({ deadline: next.deadline })
      const frame = encodeFrame(next.deadline === undefined ? next.frame : { ...next.frame, remainingMs: leftMs })
      ids.push(next.frame.id)
      frames.push(frame)
      bytes += frame.length
      documents += next.documents
      lifetimeMs = Math.max(lifetimeMs, Number.isFinite(leftMs) ? leftMs : maxLifetimeMs)
    }
    const id = `${name}-${this.#count++}`
    const open = new Set(ids)
    for (const [position, request] of ids.entries()) this.#jobOf.set(request, { id, position, open })
    this.#openJobs++
    this.#unconfirmed.add(id)
    const submitted = this.#options.submit({ id, frames, lifetimeMs: Math.ceil(lifetimeMs) + marginMs, open })
    const failed = (error: unknown) => {
      for (const request of [...open]) {
        this.ended(request)
        this.#options.fail(request, FlowError.from(error, 'UNAVAILABLE'))
      }
    }
    submitted.catch(failed).finally(() => this.#unconfirmed.delete(id))
  }
}

/** For requests without a deadline, which no gateway sends. Unit: ms. */
const maxLifetimeMs = 24 * 60 * 60 * 1000
