import { type Call, FlowError, remainingMs, whenCancelled } from '../../proto/index.ts'

/** Bytes that one request or connection holds of a budget. */
export interface Hold {
  readonly bytes: number
  add(bytes: number): void
  remove(bytes: number): void
  /** Gives back all, for good. */
  release(): void
}

/**
 * Bytes that are held for a while. Taking never fails: the bytes are there already; who would read more of them waits for room.
 */
export class ByteBudget {
  readonly #limit: number
  #used = 0
  readonly #waiting = new Set<() => void>()

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get full(): boolean {
    return this.fullWithout(0)
  }

  /** Whether others than these bytes fill it. */
  fullWithout(bytes: number): boolean {
    return this.#used - bytes >= this.#limit
  }

  get usedBytes(): number {
    return this.#used
  }

  hold(): Hold {
    let held = 0
    let released = false
    const add = (bytes: number) => {
      if (released) return
      held += bytes
      this.#add(bytes)
    }
    return {
      get bytes() {
        return held
      },
      add,
      remove: (bytes) => add(-bytes),
      release: () => {
        add(-held)
        released = true
      },
    }
  }

  /** Calls `listener` once when there is room; gives back how to stop waiting. */
  whenRoom(listener: () => void): () => void {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  /**
   * Waits for room.
   * @throws {FlowError} RESOURCE_EXHAUSTED where there is none before the call's deadline, CANCELLED where its caller left
   */
  async room(call: Call): Promise<void> {
    if (!this.full) return
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(noRoom(this.#limit))), Math.min(remainingMs(call), 2 ** 31 - 1))
      const leaveCall = whenCancelled(call, (reason) => end(() => reject(reason)))
      const leaveRoom = this.whenRoom(() => end(resolve))
      const end = (settle: () => void) => {
        clearTimeout(timer)
        leaveCall()
        leaveRoom()
        settle()
      }
    })
  }

  #add(bytes: number): void {
    this.#used += bytes
    if (bytes < 0 && this.#waiting.size > 0) this.#wake()
  }

  // in the order they came; one that fills it again leaves the others waiting
  #wake(): void {
    for (const listener of this.#waiting) {
      if (this.full) return
      this.#waiting.delete(listener)
      listener()
    }
  }
}

function noRoom(limit: number): FlowError {
  return new FlowError(
    'RESOURCE_EXHAUSTED',
    `the gateway has its fill of ${limit} bytes in flight (maxInFlightBytes)`,
    {
      hint: 'Send less at once, or try again later',
      retryAfterMs: 1000,
    },
  )
}
