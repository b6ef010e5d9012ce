import type { Interceptor } from '../proto/index.ts'

/** Requests that began while the same nodes were behind the gateway, counted: who takes nodes away waits for them. */
export class Generation {
  #running = 0
  #onIdle: (() => void) | undefined

  readonly counted: Interceptor = (next) => (request, call) => {
    this.#running++
    const answer = next(request, call)
    answer.then(this.#ended, this.#ended)
    return answer
  }

  /** Resolves when none of them runs any more; none may begin after this. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  readonly #ended = (): void => {
    if (--this.#running === 0) this.#onIdle?.()
  }
}
