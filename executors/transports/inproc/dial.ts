import { type ApiDescription, type Call, type DataRequest, FlowError } from '../../../proto/index.ts'
import { InFlight } from '../in-flight.ts'
import type { Connection, Stats } from '../transport.ts'
import type { InprocListener } from './listen.ts'

/** A connection to whoever listens at an address of this process at the moment of a call. */
export class InprocConnection implements Connection {
  readonly #address: string
  readonly #find: () => InprocListener | undefined
  readonly #inFlight = new InFlight()
  #closed = false

  constructor(address: string, find: () => InprocListener | undefined) {
    this.#address = address
    this.#find = find
  }

  readonly send = (request: DataRequest, call: Call): Promise<DataRequest> => {
    const listener = this.#find()
    const refused = this.#refused(listener)
    if (refused) return Promise.reject(refused)
    const { inFlight, served } = listener as InprocListener
    return this.#inFlight.run(call, () => inFlight.run(call, () => served.handler(request, call)))
  }

  get endpoints(): readonly string[] | undefined {
    return this.#find()?.served.endpoints
  }

  get apis(): readonly ApiDescription[] | undefined {
    return this.#find()?.served.apis
  }

  get ready(): boolean {
    return this.#refused(this.#find()) === undefined
  }

  get stats(): Stats | undefined {
    return this.#find()?.served.stats?.()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#inFlight.rejectAll(new FlowError('UNAVAILABLE', `the connection to ${this.#address} was closed`))
  }

  #refused(listener: InprocListener | undefined): FlowError | undefined {
    if (this.#closed) return new FlowError('UNAVAILABLE', `the connection to ${this.#address} is closed`)
    return listener ? listener.closed : new FlowError('UNAVAILABLE', `nobody listens at ${this.#address}`)
  }
}
