import { decodeFrame, encodeFrame, FlowError, type Frame, type Handler, type Logger } from '../../../proto/index.ts'
import { wasLost } from '../../workers/lost.ts'
import { HopCallee } from '../hop/callee.ts'

/** One request of a job. */
export interface Part {
  readonly position: number
  readonly frame: Frame
}

/** What a run needs of its job. */
export interface JobParts {
  readonly parts: readonly Part[]
  readonly handler: Handler
  readonly concurrency: number
  readonly logger: Logger
  /** Sends frames to the gateway; false where this consumer does not hold the job any more, or nobody waits. */
  reply(outbox: Outbox): Promise<boolean>
}

/** Frames that go together, and the places of their requests in the job. */
export interface Outbox {
  readonly frames: Uint8Array[]
  /** Those that are answered. */
  readonly done: number[]
  /** Those that are given parts of their answers. */
  readonly told: number[]
}

/** The requests of one job at work: each is answered as it finishes, those that finish together in one message. */
export class JobRun {
  readonly #job: JobParts
  readonly #callee: HopCallee
  readonly #positions: ReadonlyMap<number, number>
  readonly #begun = performance.now()
  #outbox: Outbox = { frames: [], done: [], told: [] }
  #flushing: Promise<void> | undefined
  readonly #lost: Part[] = []

  constructor(job: JobParts) {
    this.#job = job
    this.#positions = new Map(job.parts.map(({ position, frame }) => [frame.id, position]))
    this.#callee = new HopCallee(job.handler, (frame) => this.#post(frame))
  }

  /** Takes what the gateway says of one of them: that nobody waits any more, or that a part was taken. */
  receive(frame: Frame): void {
    this.#callee.receive(frame)
  }

  /** Resolves when all answers are on their way, with those that were lost with their worker. */
  async run(): Promise<readonly Part[]> {
    for (const { frame } of this.#job.parts) this.#callee.receive(frame)
    await this.#callee.idle()
    while (this.#flushing) await this.#flushing
    return this.#lost
  }

  /** Ends what runs, and resolves when that has been told. */
  async close(): Promise<void> {
    this.#callee.close(new FlowError('UNAVAILABLE', 'the executor has stopped'))
    while (this.#flushing) await this.#flushing
  }

  #post(frame: Frame): void {
    const position = this.#positions.get(frame.id) as number
    if (frame.kind === 'ERROR' && wasLost(frame.error)) {
      this.#lost.push(this.#job.parts.find((part) => part.position === position) as Part)
      return
    }
    this.#outbox.frames.push(encodeFrame(frame.kind === 'PART' ? frame : { ...frame, workUs: this.#workUs() }))
    this.#outbox[frame.kind === 'PART' ? 'told' : 'done'].push(position)
    this.#flushing ??= this.#flush()
  }

  // requests of a job that share a place follow one another
  #workUs(): number {
    const { parts, concurrency } = this.#job
    return ((performance.now() - this.#begun) * 1000 * Math.min(concurrency, parts.length)) / parts.length
  }

  async #flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#outbox.frames.length > 0) {
      const outbox = this.#outbox
      this.#outbox = { frames: [], done: [], told: [] }
      const told = this.#job.reply(outbox).then((held) => {
        if (!held) this.#callee.close(new FlowError('CANCELLED', 'nobody waits for this job any more'))
      })
      // what ends the job follows on the same connection
      if (this.#callee.size > 0) await told
      else told.catch((err) => this.#job.logger.error({ err }, 'answers could not be written'))
    }
    this.#flushing = undefined
  }
}

/** The parts of a job that are still to be done: not those that are answered or given up, nor those whose time has passed. */
export function partsToDo(frames: readonly Uint8Array[], ageMs: number, done: ReadonlySet<number>): Part[] {
  return frames.flatMap((bytes, position) => {
    if (done.has(position)) return []
    const frame = decodeFrame(bytes)
    if (frame.remainingMs === undefined) return [{ position, frame }]
    const remainingMs = frame.remainingMs - ageMs
    return remainingMs > 0 ? [{ position, frame: { ...frame, remainingMs } }] : []
  })
}
