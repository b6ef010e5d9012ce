import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { CallContext, type DataRequest, FlowError, maxTimerMs } from '../../../proto/index.ts'
import type { Front, ProtocolOptions } from '../protocol.ts'
import { RequestStream } from '../request-stream.ts'
import { callerOf, metadataOf } from '../web-call.ts'
import { highWaterBytes, type Wire } from '../wire.ts'
import { type Codec, codecs } from './codec.ts'
import type { Mode } from './mode.ts'
import { closeOf } from './status.ts'

/** What a connection is made with beside what its protocol is. */
export interface ConnectionOptions extends ProtocolOptions {
  /** What each of its requests may take. Unit: ms. */
  readonly perRequestMs: number | undefined
}

type Message = string | Uint8Array

/** One WebSocket: messages in, answers out, until one side ends it. */
export class Connection implements Wire<Message> {
  readonly #socket: WebSocket
  readonly #codec: Codec
  readonly #stream: RequestStream<Message>
  #alive = true
  #paused = false
  #draining = false

  constructor(socket: WebSocket, request: IncomingMessage, mode: Mode, front: Front, options: ConnectionOptions) {
    this.#socket = socket
    this.#codec = codecs[mode]
    const { prefetch, maxConnectionBytes, timeoutMs: stallMs, perRequestMs: timeoutMs } = options
    const context = contextOf(request)
    this.#stream = new RequestStream(this, front, { context, prefetch, maxConnectionBytes, timeoutMs })
    // Node's timer knows a slow reader, who takes some of a large message now and then, from one who does not read
    request.socket.setTimeout(Math.min(stallMs, maxTimerMs))
    request.socket.on('timeout', () => socket.bufferedAmount > 0 && this.#stream.stalled())
    socket.on('message', (message: Buffer, binary: boolean) => this.#receive(message, binary))
    socket.on('pong', () => (this.#alive = true))
    socket.on('close', () => this.#stream.leave())
    // a frame that is none: the library closes with the code that says why
    socket.on('error', (err) => front.logger.debug({ err }, 'a WebSocket broke off'))
  }

  /** Asks the peer whether it is still there; the second time without an answer ends the connection. */
  beat(): void {
    // a paused connection does not read its pongs either
    if (!this.#alive && !this.#paused) this.terminate()
    else this.#socket.ping()
    this.#alive = false
  }

  /** Answers what runs, then says goodbye. */
  async drain(): Promise<void> {
    this.#draining = true
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.#stream.stop()
    await closed
  }

  terminate(): void {
    this.#socket.terminate()
  }

  decode(message: Message): DataRequest {
    return this.#codec.decode(message as Buffer)
  }

  encode(answer: DataRequest): Message {
    return this.#codec.encode(answer)
  }

  write(message: Message): boolean {
    this.#socket.send(message, this.#sent)
    return this.#socket.bufferedAmount <= highWaterBytes
  }

  pause(): void {
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    this.#paused = false
    this.#alive = true
    this.#socket.resume()
  }

  end(): void {
    this.#close(this.#draining ? 1001 : 1000, this.#draining ? 'the gateway is stopping' : '')
  }

  fail(error: FlowError): void {
    // who does not read would not read why either
    const { code, reason } = closeOf(error)
    if (error.codeName === 'DEADLINE_EXCEEDED') this.terminate()
    else this.#close(code, reason)
  }

  // one for all messages
  readonly #sent = (): void => {
    if (this.#socket.bufferedAmount <= highWaterBytes / 2) this.#stream.drained()
  }

  #receive(message: Buffer, binary: boolean): void {
    this.#alive = true
    if (binary !== this.#codec.binary) this.#stream.refuse(wrongFrame(binary))
    else if (this.#codec.isEnd(message)) this.#stream.end()
    else this.#stream.take(message)
  }

  // the close frame is read only by who reads
  #close(code: number, reason: string): void {
    if (this.#paused) this.resume()
    this.#socket.close(code, reason)
  }
}

/** Answers how all executors are, and closes; whatever is sent meanwhile is left unread. */
export async function answerDryRun(socket: WebSocket, mode: Mode, front: Front): Promise<void> {
  socket.on('error', (err) => front.logger.debug({ err }, 'a WebSocket broke off'))
  socket.send(codecs[mode].encodeStatus(await front.dryRun()))
  socket.close(1000)
}

function contextOf(request: IncomingMessage): CallContext {
  return new CallContext({ metadata: metadataOf(request.headers), caller: callerOf(request) })
}

function wrongFrame(binary: boolean): FlowError {
  const [came, wanted, name] = binary ? ['binary', 'text', 'json'] : ['text', 'binary', 'bytes']
  return new FlowError('UNIMPLEMENTED', `a ${came} frame where sub-protocol ${name} has ${wanted} ones`)
}
