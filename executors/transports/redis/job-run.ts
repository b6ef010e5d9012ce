import {
  encodeFrame,
  FlowError,
  type Frame,
  type FrameKind,
  type Logger,
  readHead,
  rewriteHead,
} from '../../../proto/index.ts'
import type { Relay } from '../hop/relay.ts'
import type { Replies } from './replies.ts'

/** One request of a job. */
export interface Part {
  readonly position: number
  /** What its gateway calls it. */
  readonly id: number
  readonly bytes: Uint8Array
  /** On this process's clock; undefined where it has none. Unit: ms. */
  readonly deadline: number | undefined
}

/** What a run needs of its job. */
export interface JobParts {
  readonly parts: readonly Part[]
  readonly relay: Relay
  readonly concurrency: number
  readonly logger: Logger
  readonly replies: Pick<Replies, 'send'>
}

/** Frames that go together, and the places of their requests in the job. */
export interface Outbox {
  readonly frames: Uint8Array[]
  /** Those that are answered. */
  readonly done: number[]
  /** Those that are given parts of their answers. */
  readonly told: number[]
  /** What a request takes. Unit: µs. */
  readonly workUs?: number
}

/** The requests of one job at work: each is answered as it finishes, those that finish together in one message. */
export class JobRun {
  readonly #job: JobParts
  readonly #running = new Map<number, { readonly part: Part; tell: (frame: Uint8Array) => void }>()
  readonly #begun = performance.now()
  readonly #lost: Part[] = []
  #outbox: Outbox = { frames: [], done: [], told: [] }
  #flushing: Promise<void> | undefined
  #onIdle = () => {}

  constructor(job: JobParts) {
    this.#job = job
  }

  /** Takes what the gateway says of one of them: that nobody waits any more, or that a part was taken. */
  receive(frame: Frame): void {
    this.#running.get(frame.id)?.tell(encodeFrame(frame))
  }

  /** Resolves when all answers are on their way, with those that were lost with their worker. */
  async run(): Promise<readonly Part[]> {
    for (const part of this.#job.parts) this.#begin(part)
    this.#job.relay.flush?.()
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    while (this.#flushing) await this.#flushing
    return this.#lost
  }

  /** Ends what runs, and resolves when that has been told. */
  async close(): Promise<void> {
    const error = new FlowError('UNAVAILABLE', 'the executor has stopped')
    for (const { part } of this.#cancel(error))
      this.#post(part, encodeFrame({ id: part.id, kind: 'ERROR', error }), 'ERROR')
    while (this.#flushing) await this.#flushing
  }

  #begin(part: Part): void {
    const running = { part, tell: (_frame: Uint8Array): void => {} }
    this.#running.set(part.id, running)
    running.tell = this.#job.relay.pass(part.bytes, {
      receive: (frame, kind) => {
        if (!this.#running.has(part.id)) return
        if (kind !== 'PART') this.#end(part)
        this.#post(part, frame, kind)
      },
      lost: () => {
        if (!this.#running.has(part.id)) return
        this.#lost.push(part)
        this.#end(part)
      },
    })
  }

  #end({ id }: Part): void {
    this.#running.delete(id)
    if (this.#running.size === 0) this.#onIdle()
  }

  #cancel(error: FlowError): { part: Part }[] {
    const running = [...this.#running.values()]
    for (const { part, tell } of running) {
      tell(encodeFrame({ id: part.id, kind: 'CANCEL', error }))
      this.#end(part)
    }
    return running
  }

  #post({ position }: Part, frame: Uint8Array, kind: FrameKind): void {
    this.#outbox.frames.push(frame)
    this.#outbox[kind === 'PART' ? 'told' : 'done'].push(position)
    this.#flushing ??= this.#flush()
  }

  // requests of a job that share a place follow one another
  get #workUs(): number {
    const { parts, concurrency } = this.#job
    return ((performance.now() - this.#begun) * 1000 * Math.min(concurrency, parts.length)) / parts.length
  }

  async #flush(): Promise<void> {
    // what is settled by now goes together
    await new Promise<void>((resolve) => process.nextTick(resolve))
    while (this.#outbox.frames.length > 0) {
      const outbox = { ...this.#outbox, workUs: this.#workUs }
      this.#outbox = { frames: [], done: [], told: [] }
      const told = this.#job.replies.send(outbox).then((held) => {
        if (!held) this.#cancel(new FlowError('CANCELLED', 'nobody waits for this job any more'))
      })
      // what ends the job follows on the same connection
      if (this.#running.size > 0) await told
      else told.catch((err) => this.#job.logger.error({ err }, 'answers could not be written'))
    }
    this.#flushing = undefined
  }
}

/** The parts of a job that are still to be done: not those that are answered or given up, nor those whose time has passed. */
export function partsToDo(frames: readonly Uint8Array[], ageMs: number, done: ReadonlySet<number>): Part[] {
  const now = performance.now()
  return frames.flatMap((bytes, position): Part | [] => {
    if (done.has(position)) return []
    const { id, remainingMs } = readHead(bytes)
    if (remainingMs === undefined) return { position, id, bytes, deadline: undefined }
    const leftMs = remainingMs - ageMs
    if (leftMs <= 0) return []
    rewriteHead(bytes, id, leftMs)
    return { position, id, bytes, deadline: now + leftMs }
  })
}

/** The request as it came, but for the time that is left now. */
export function asSent({ id, bytes, deadline }: Part): Uint8Array {
  rewriteHead(bytes, id, deadline === undefined ? undefined : deadline - performance.now())
  return bytes
}
