import type { handleBidiStreamingCall, Server, ServerDuplexStream } from '@grpc/grpc-js'
import { definitionOf, HOP, toBuffer } from '../../../proto/grpc/index.ts'
import { decodeFrame, encodeFrame, FlowError, type Frame, type Handler } from '../../../proto/index.ts'
import { HopCallee } from '../hop/callee.ts'
import { grpcStatus, tooLarge } from './errors.ts'

type Stream = ServerDuplexStream<Buffer, Buffer>

/** `sluice.Hop/Stream`: frames of our gateways. Each stream is a caller of its own. */
export class HopService {
  readonly #handler: Handler
  readonly #maxMessageBytes: number
  readonly #callees = new Map<Stream, HopCallee>()
  #stopping: FlowError | undefined

  constructor(handler: Handler, maxMessageBytes: number) {
    this.#handler = handler
    this.#maxMessageBytes = maxMessageBytes
  }

  addTo(server: Server): void {
    const accept: handleBidiStreamingCall<Buffer, Buffer> = (stream) => this.#accept(stream)
    server.addService(definitionOf(HOP), { [HOP.method]: accept })
  }

  /** Tells callers to send no more, and resolves when what runs is answered. */
  async drain(stopping: FlowError): Promise<void> {
    this.#stopping ??= stopping
    for (const stream of this.#callees.keys()) this.#post(stream, { id: 0, kind: 'DRAIN' })
    await Promise.all([...this.#callees.values()].map((callee) => callee.drain(stopping)))
  }

  close(stopped: FlowError): void {
    this.#stopping = stopped
    for (const [stream, callee] of this.#callees) {
      callee.close(stopped)
      stream.end()
    }
    this.#callees.clear()
  }

  #accept(stream: Stream): void {
    const callee = new HopCallee(this.#handler, (frame) => this.#post(stream, frame))
    this.#callees.set(stream, callee)
    if (this.#stopping) {
      callee.drain(this.#stopping)
      this.#post(stream, { id: 0, kind: 'DRAIN' })
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

  #post(stream: Stream, frame: Frame): void {
    if (stream.cancelled) return
    const bytes = toBuffer(encodeFrame(frame))
    if (bytes.length <= this.#maxMessageBytes) {
      if (!stream.write(bytes)) stream.pause()
      return
    }
    // the stream would end, and all other calls with it; who emits a part hears of it
    const error = tooLarge(bytes.length, this.#maxMessageBytes)
    if (frame.kind === 'PART') throw error
    this.#post(stream, { id: frame.id, kind: 'ERROR', error })
  }
}
