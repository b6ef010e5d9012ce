import { decodeFrame, encodeFrame, FlowError } from '../../../proto/index.ts'
import { HopCallee } from '../hop/callee.ts'
import type { Listener, Served } from '../transport.ts'
import { FramePort, type Port } from './port.ts'

/** An executor at one end of ports; each port is a caller of its own. */
export class PortListener implements Listener {
  readonly address: string
  readonly served: Served
  readonly #callees = new Map<FramePort, HopCallee>()
  readonly #forget: () => void
  #stopping: FlowError | undefined

  constructor(address: string, served: Served, forget: () => void = () => {}) {
    this.address = address
    this.served = served
    this.#forget = forget
  }

  /** Serves a caller at the other end of `port`. */
  accept(port: Port): void {
    const frames = new FramePort(port, (frame) => callee.receive(decodeFrame(frame)))
    const callee = new HopCallee(this.served.handler, (frame) => frames.post(encodeFrame(frame)))
    if (this.#stopping) callee.drain(this.#stopping)
    this.#callees.set(frames, callee)
    port.on('close', () => {
      this.#callees.delete(frames)
      callee.close(new FlowError('CANCELLED', 'the caller left'))
    })
  }

  async drain(): Promise<void> {
    const stopping = new FlowError('UNAVAILABLE', `the executor at ${this.address} is stopping`)
    this.#stopping ??= stopping
    await Promise.all([...this.#callees.values()].map((callee) => callee.drain(stopping)))
  }

  async close(): Promise<void> {
    this.#forget()
    const stopped = new FlowError('UNAVAILABLE', `the executor at ${this.address} has stopped`)
    for (const [port, callee] of this.#callees) {
      callee.close(stopped)
      port.close()
    }
    this.#callees.clear()
  }
}
