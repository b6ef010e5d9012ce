import { FlowError } from '../../../proto/index.ts'
import { InFlight } from '../in-flight.ts'
import type { Listener, Served } from '../transport.ts'

/** An executor that can be reached in this process. */
export class InprocListener implements Listener {
  readonly address: string
  readonly served: Served
  readonly inFlight = new InFlight()
  /** Why it takes no more calls, if so. */
  closed: FlowError | undefined
  readonly #forget: () => void

  constructor(address: string, served: Served, forget: () => void) {
    this.address = address
    this.served = served
    this.#forget = forget
  }

  async drain(): Promise<void> {
    this.closed ??= new FlowError('UNAVAILABLE', `the executor at ${this.address} is stopping`)
    await this.inFlight.idle()
  }

  async close(): Promise<void> {
    this.closed = new FlowError('UNAVAILABLE', `the executor at ${this.address} has stopped`)
    this.#forget()
    this.inFlight.rejectAll(this.closed)
  }
}
