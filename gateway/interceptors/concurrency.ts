import { FlowError, type FlowErrorDetails, type Interceptor } from '../../proto/index.ts'

/** So many at once, and no queue: what is too much is told so at once, and may try again. */
export class Slots {
  readonly max: number
  #taken = 0

  constructor(max: number) {
    this.max = max
  }

  get taken(): number {
    return this.#taken
  }

  /**
   * Takes one; whoever has it must {@link give} it back.
   * @throws {FlowError} RESOURCE_EXHAUSTED where none is left
   */
  take(details: FlowErrorDetails = {}): void {
    if (this.#taken >= this.max) {
      throw new FlowError('RESOURCE_EXHAUSTED', `${this.#taken} requests run (maxConcurrency)`, {
        hint: 'Try again later',
        retryAfterMs: 1000,
        ...details,
      })
    }
    this.#taken++
  }

  give(): void {
    this.#taken--
  }
}

/** Lets as many requests run as there are slots; where `slotsOf` knows none for an endpoint, all. */
export function concurrency(slotsOf: (endpoint: string) => Slots | undefined): Interceptor {
  return (next) => (request, call) => {
    const { execEndpoint = '', requestId } = request.header
    const slots = slotsOf(execEndpoint)
    if (!slots) return next(request, call)
    try {
      slots.take({ endpoint: execEndpoint, requestId })
    } catch (error) {
      return Promise.reject(error)
    }
    return next(request, call).finally(() => slots.give())
  }
}
