import { type ApiDescription, type Call, type DataRequest, decodeFrame, FlowError } from '../../../proto/index.ts'
import { HopCaller } from '../hop/caller.ts'
import type { Connection } from '../transport.ts'
import { type Port, postFrame } from './port.ts'

/** A connection to an executor at the other end of a port. */
export class PortConnection implements Connection {
  endpoints: readonly string[] | undefined
  apis: readonly ApiDescription[] | undefined
  readonly #address: string
  readonly #port: Port
  readonly #caller: HopCaller
  #ready = true

  constructor(address: string, port: Port, endpoints: readonly string[] | undefined) {
    this.#address = address
    this.#port = port
    this.endpoints = endpoints
    this.#caller = new HopCaller((frame) => postFrame(port, frame))
    port.on('message', (bytes: Uint8Array) => this.#caller.receive(decodeFrame(bytes)))
  }

  readonly send = (request: DataRequest, call: Call): Promise<DataRequest> => this.#caller.send(request, call)

  get ready(): boolean {
    return this.#ready
  }

  /** How long past its deadline a call has gone on. Unit: ms; negative: none has. */
  get overdueMs(): number {
    return this.#caller.overdueMs
  }

  /** Rejects what is pending, and all that comes after. */
  fail(error: FlowError): void {
    this.#ready = false
    this.#caller.close(error)
  }

  async close(): Promise<void> {
    this.fail(new FlowError('UNAVAILABLE', `the connection to ${this.#address} is closed`))
    this.#port.close()
  }
}
