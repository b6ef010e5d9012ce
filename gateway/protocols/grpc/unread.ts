import { maxTimerMs } from '../../../proto/index.ts'

/**
 * What was written to a peer that it has not read. A message that is not read whole in the time that a request has, is not read: HTTP/2
 * says no more, for the library's timers take a ping for progress.
 */
export class Unread {
  readonly #ms: number
  readonly #onStalled: () => void
  #bytes = 0
  #timer: NodeJS.Timeout | undefined

  constructor(ms: number, onStalled: () => void) {
    this.#ms = Math.min(ms, maxTimerMs)
    this.#onStalled = onStalled
  }

  get bytes(): number {
    return this.#bytes
  }

  add(bytes: number): void {
    this.#bytes += bytes
    this.#timer ??= setTimeout(this.#onStalled, this.#ms)
  }

  remove(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes > 0) this.#timer?.refresh()
    else this.stop()
  }

  /** Nobody looks any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
