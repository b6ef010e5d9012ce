import { FlowError } from '../../proto/index.ts'
import { closeError, messageTooLarge } from './close-error.ts'
import { Gate } from './gate.ts'
import { type Dial, type DialOptions, highWaterBytes, type Socket, type SocketListener, SUBPROTOCOL } from './socket.ts'

/** How often it is looked at whether enough was sent: browsers do not tell. Unit: ms. */
const pollMs = 10

/** WebSockets of a browser's. Compression is the browser's to choose. */
export const browserDial: Dial = (url, options, listener) => {
  const [name] = Object.keys(options.headers)
  if (name === undefined) return new BrowserSocket(url, options, listener)
  throw new FlowError('INVALID_ARGUMENT', `a browser sends no headers with a WebSocket, such as "${name}"`, {
    hint: 'Use protocol "http", or parameters instead of metadata',
  })
}

class BrowserSocket implements Socket {
  readonly #socket: WebSocket
  readonly #gate = new Gate()
  #polling: ReturnType<typeof setInterval> | undefined

  constructor(url: string, { maxMessageBytes }: DialOptions, listener: SocketListener) {
    this.#gate.shut()
    const socket = new WebSocket(url, SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    let tooLarge = false
    socket.addEventListener('open', () => this.#gate.open())
    socket.addEventListener('message', ({ data }: { data: ArrayBuffer | string }) => {
      if (tooLarge) return
      tooLarge = typeof data !== 'string' && data.byteLength > maxMessageBytes
      if (tooLarge) socket.close()
      else listener.message(typeof data === 'string' ? data : new Uint8Array(data))
    })
    socket.addEventListener('close', ({ code, reason }) => {
      this.#release()
      listener.closed(tooLarge ? messageTooLarge(url, maxMessageBytes) : closeError(url, code, reason))
    })
    this.#socket = socket
  }

  room(): Promise<void> | undefined {
    return this.#gate.opened
  }

  send(message: Uint8Array): void {
    this.#socket.send(message as Uint8Array<ArrayBuffer>)
    if (this.#socket.bufferedAmount <= highWaterBytes || this.#polling) return
    this.#gate.shut()
    this.#polling = setInterval(() => {
      if (this.#socket.bufferedAmount <= highWaterBytes / 2) this.#release()
    }, pollMs)
  }

  pause(): void {}

  resume(): void {}

  close(): void {
    this.#socket.close(1000)
  }

  terminate(): void {
    this.#socket.close()
  }

  #release(): void {
    clearInterval(this.#polling)
    this.#polling = undefined
    this.#gate.open()
  }
}
