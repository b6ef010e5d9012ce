import { type Call, type DataRequest, type FlowError, whenCancelled } from '../../proto/index.ts'

/** Calls that have begun and not ended: what a cancelled call, a drain and a close are about, in one place. */
export class InFlight {
  /** Of those that somebody waits for. A call that was cancelled and never ends must hold nothing. */
  readonly #rejects = new Set<(error: FlowError) => void>()
  #size = 0
  #onIdle: (() => void) | undefined

  get size(): number {
    return this.#size
  }

  /** Settles as `start` does, or rejects at once when the call is cancelled or {@link rejectAll} is called; what comes later is dropped. */
  run(call: Call, start: () => Promise<DataRequest>): Promise<DataRequest> {
    return new Promise((resolve, reject) => {
      const leave = whenCancelled(call, (reason) => {
        this.#rejects.delete(reject)
        reject(reason)
      })
      this.#rejects.add(reject)
      this.#size++
      const end = () => {
        leave()
        this.#rejects.delete(reject)
        if (--this.#size === 0) this.#onIdle?.()
      }
      start().then(resolve, reject).then(end)
    })
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    if (this.#size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  rejectAll(error: FlowError): void {
    for (const reject of this.#rejects) reject(error)
    this.#rejects.clear()
  }
}
