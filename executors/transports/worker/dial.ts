import {
  type ApiDescription,
  type Call,
  type DataRequest,
  decodeFrame,
  encodeFrame,
  FlowError,
  readHead,
} from '../../../proto/index.ts'
import { HopCaller } from '../hop/caller.ts'
import { HopRelay, type Relay, type RelayBack } from '../hop/relay.ts'
import type { Connection, Stats } from '../transport.ts'
import { FramePort, type Port } from './port.ts'

/** Calls have ids below, requests that are passed on from here. */
const firstRelayed = 2 ** 40

/** A connection to an executor at the other end of a port. */
export class PortConnection implements Connection, Relay {
  endpoints: readonly string[] | undefined
  apis: readonly ApiDescription[] | undefined
  stats: Stats | undefined
  readonly #address: string
  readonly #port: FramePort
  readonly #caller: HopCaller
  readonly #relay: HopRelay
  #ready = true

  constructor(address: string, port: Port, endpoints: readonly string[] | undefined) {
    this.#address = address
    this.endpoints = endpoints
    this.#port = new FramePort(port, (frame) => {
      if (readHead(frame).id < firstRelayed) this.#caller.receive(decodeFrame(frame))
      else this.#relay.receive(frame)
    })
    this.#caller = new HopCaller((frame) => this.#port.post(encodeFrame(frame)))
    this.#relay = new HopRelay((frame) => this.#port.post(frame), firstRelayed)
  }

  readonly send = (request: DataRequest, call: Call): Promise<DataRequest> => this.#caller.send(request, call)

  pass(request: Uint8Array, back: RelayBack): (frame: Uint8Array) => void {
    return this.#relay.pass(request, back)
  }

  flush(): void {
    this.#port.flush()
  }

  get ready(): boolean {
    return this.#ready
  }

  /** How long past its deadline a call has gone on. Unit: ms; negative: none has. */
  get overdueMs(): number {
    return Math.max(this.#caller.overdueMs, this.#relay.overdueMs)
  }

  /** Rejects what is pending, and all that comes after. */
  fail(error: FlowError): void {
    this.#ready = false
    this.#caller.close(error)
    this.#relay.close(error)
  }

  async close(): Promise<void> {
    this.fail(new FlowError('UNAVAILABLE', `the connection to ${this.#address} is closed`))
    this.#port.close()
  }
}
