import type { IncomingMessage } from 'node:http'
import { type ClientOptions, WebSocket } from 'ws'
import { FlowError } from '../../proto/index.ts'
import { closeError, messageTooLarge } from './close-error.ts'
import { Gate } from './gate.ts'
import { refusal } from './http-status.ts'
import { type Dial, type DialOptions, highWaterBytes, type Socket, type SocketListener, SUBPROTOCOL } from './socket.ts'
import { unreachable } from './unreachable.ts'

/** What goes to `node:tls`. */
export type SecureOptions = Pick<ClientOptions, 'ca' | 'cert' | 'key' | 'passphrase'> & { readonly servername?: string }

/** WebSockets of Node's, by the library `ws`. */
export function nodeDial(secure: SecureOptions): Dial {
  return (url, options, listener) => new NodeSocket(url, options, secure, listener)
}

class NodeSocket implements Socket {
  readonly #socket: WebSocket
  readonly #gate = new Gate()
  readonly #url: string
  readonly #maxMessageBytes: number
  /** What went wrong, known before the connection is closed for it. */
  #error: FlowError | undefined

  constructor(url: string, options: DialOptions, secure: SecureOptions, listener: SocketListener) {
    this.#url = url
    this.#maxMessageBytes = options.maxMessageBytes
    this.#gate.shut()
    const { headers, compression = 'NoCompression', maxMessageBytes: maxPayload } = options
    const perMessageDeflate = compression !== 'NoCompression'
    const socket = new WebSocket(url, SUBPROTOCOL, { ...secure, headers, perMessageDeflate, maxPayload })
    socket.on('upgrade', echoSubprotocol)
    socket.on('open', () => this.#gate.open())
    socket.on('message', (data: Buffer, binary: boolean) => listener.message(binary ? data : data.toString()))
    socket.on('unexpected-response', (_request, response) => this.#refused(response))
    socket.on('error', (error) => (this.#error ??= this.#errorOf(error)))
    socket.on('close', (code, reason) => {
      this.#gate.open()
      listener.closed(this.#error ?? closeError(url, code, reason.toString()))
    })
    this.#socket = socket
  }

  room(): Promise<void> | undefined {
    return this.#gate.opened
  }

  send(message: Uint8Array): void {
    this.#socket.send(message, this.#sent)
    if (this.#socket.bufferedAmount > highWaterBytes) this.#gate.shut()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#socket.close(1000)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  // one for all messages
  readonly #sent = (): void => {
    if (this.#socket.bufferedAmount <= highWaterBytes / 2) this.#gate.open()
  }

  #errorOf(error: Error & { code?: unknown }): FlowError {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return messageTooLarge(this.#url, this.#maxMessageBytes)
    if (String(error.code).startsWith('WS_ERR_')) {
      return new FlowError('INTERNAL', `${this.#url} sent a frame that is none: ${error.message}`, { cause: error })
    }
    return unreachable(this.#url, error)
  }

  #refused(response: IncomingMessage): void {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      if (text.length > 500) response.destroy()
    })
    response.on('close', () => {
      this.#error ??= refusal(response.statusCode ?? 0, text)
      this.terminate()
    })
  }
}

// Jina does not echo what was offered, which the library takes for an error
function echoSubprotocol({ headers }: IncomingMessage): void {
  headers['sec-websocket-protocol'] ??= SUBPROTOCOL
}
