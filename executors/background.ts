import { type Logger, messageOf } from '../proto/index.ts'
import type { Stats } from './transports/transport.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever the function takes, which `add` checks
type Function = (...args: any[]) => unknown

/**
 * Work of a call that its caller does not wait for: it begins when the answer has been handed over, one after the other in the order in
 * which it was added, and holds no place of the executor's `concurrency`. One that fails is logged, and what comes after it is not done.
 * A call that fails does none of it. Stopping waits for it; what a crash interrupts is lost.
 */
export class Background {
  /** `settled`: one that fails does not keep the others from being done. @default "sequential" */
  mode: 'sequential' | 'settled' = 'sequential'
  readonly #jobs: (() => unknown)[] = []

  /** Adds `fn(...args)`; it may be async. */
  add<F extends Function>(fn: F, ...args: Parameters<F>): this {
    this.#jobs.push(() => fn(...args))
    return this
  }

  /** How much is still to be done. */
  get size(): number {
    return this.#jobs.length
  }

  /** @internal The next one. */
  take(): (() => unknown) | undefined {
    return this.#jobs.shift()
  }

  /** @internal All of another, after what is there. */
  addAll(other: Background): void {
    if (other.mode === 'settled') this.mode = 'settled'
    for (let job = other.take(); job; job = other.take()) this.#jobs.push(job)
  }
}

/** A result, and what is to be done when it has been handed over. */
export class TaskResponse<T> {
  readonly result: T
  readonly background: Background

  constructor(result: T, background: Background) {
    this.result = result
    this.background = background
  }
}

/**
 * What a typed endpoint may return: its result, and what is to be done when that has been handed over. The same as `context.background`.
 * @param background - functions without arguments, or a {@link Background}
 */
export function taskResponse<T>(
  result: T,
  background: (() => unknown) | readonly (() => unknown)[] | Background,
): TaskResponse<T> {
  if (background instanceof Background) return new TaskResponse(result, background)
  const own = new Background()
  for (const fn of [background].flat()) own.add(fn as () => unknown)
  return new TaskResponse(result, own)
}

/** Whose work it is, for the log. */
export interface BackgroundOwner {
  readonly executor: string
  readonly endpoint: string
  readonly requestId: string
}

/** What an executor does in the background. */
export class BackgroundWork {
  readonly #logger: Logger
  #running = 0
  #done = 0
  #failed = 0
  #onIdle: (() => void)[] = []
  /** Is told when a figure has changed. */
  onChange = (): void => {}

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Begins when what is settled by now has been handed over; from now on {@link idle} waits for it. */
  begin(background: Background, owner: BackgroundOwner): void {
    if (background.size === 0) return
    this.#running++
    this.onChange()
    setImmediate(() => this.#run(background, owner))
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  /** Calls whose background work is not done, and functions so far that ended well and ill. */
  readonly stats = (): Stats => ({
    backgroundRunning: this.#running,
    backgroundDone: this.#done,
    backgroundFailed: this.#failed,
  })

  async #run(background: Background, owner: BackgroundOwner): Promise<void> {
    for (let job = background.take(); job; job = background.take()) {
      try {
        await job()
        this.#done++
      } catch (err) {
        this.#failed++
        const dropped = background.mode === 'settled' ? 0 : background.size
        this.#logger.warn({ err, ...owner, dropped }, `background work failed: ${messageOf(err)}`)
        if (background.mode === 'sequential') break
      }
    }
    this.#running--
    this.onChange()
    if (this.#running === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }
}
