import type { handleBidiStreamingCall, Server, ServerDuplexStream } from '@grpc/grpc-js'
import { definitionOf, HOP, toBuffer } from '../../../proto/grpc/index.ts'
import { decodeFrame, encodeFrame, FlowError, type Frame, type Handler } from '../../../proto/index.ts'
import { HopCallee } from '../hop/callee.ts'
import { grpcStatus } from './errors.ts'

type Stream = ServerDuplexStream<Buffer, Buffer>

/** `sluice.Hop/Stream`: frames of our gateways. Each stream is a caller of its own. */
export class HopService {
  readonly #handler: Handler
  readonly #callees = new Map<Stream, HopCallee>()
  #stopping: FlowError | undefined

  constructor(handler: Handler) {
    this.#handler = handler
  }

  addTo(server: Server): void {
    const accept: handleBidiStreamingCall<Buffer, Buffer> = (stream) => this.#accept(stream)
    server.addService(definitionOf(HOP), { [HOP.method]: accept })
  }

  /** Tells callers to send no more, and resolves when what runs is answered. */
  async drain(stopping: FlowError): Promise<void> {
    this.#stopping ??= stopping
    for (const stream of this.#callees.keys()) post(stream, { id: 0, kind: 'DRAIN' })
    await Promise.all([...this.#callees.values()].map((callee) => callee.drain(stopping)))
  }

  close(stopped: FlowError): void {
    this.#stopping = stopped
    for (const callee of this.#callees.values()) callee.close(stopped)
    this.#callees.clear()
  }

  #accept(stream: Stream): void {
    const callee = new HopCallee(this.#handler, (frame) => post(stream, frame))
    this.#callees.set(stream, callee)
    if (this.#stopping) {
      callee.drain(this.#stopping)
      post(stream, { id: 0, kind: 'DRAIN' })
    }
    const leave = () => {
      if (this.#callees.delete(stream)) callee.close(new FlowError('CANCELLED', 'the caller left'))
    }
    stream.on('data', (bytes: Buffer) => {
      try {
        callee.receive(decodeFrame(bytes))
      } catch (error) {
        leave()
        stream.emit('error', grpcStatus(FlowError.from(error)))
      }
    })
    // who does not read its answers is not given more
    stream.on('drain', () => stream.resume())
    stream.on('end', () => {
      leave()
      stream.end()
    })
    stream.on('cancelled', leave).on('error', leave)
  }
}

function post(stream: Stream, frame: Frame): void {
  if (!stream.cancelled && !stream.write(toBuffer(encodeFrame(frame)))) stream.pause()
}
