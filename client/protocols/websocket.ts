import type { Status } from '../../proto/index.ts'
import {
  type DataRequest,
  decodeRequest,
  decodeStatus,
  encodeRequest,
  FlowError,
  type Handler,
  whenCancelled,
} from '../../proto/index.ts'
import type { Address } from '../options.ts'
import { Pending } from './pending.ts'
import type { ClientProtocol, DryRunOptions, Session, SessionOptions } from './protocol.ts'
import type { Dial, Socket, SocketListener } from './socket.ts'

/** The message that ends the input; the server answers what runs and closes. */
const END = new Uint8Array(1)

/** How long a server may take to close after the end of the input. Unit: ms. */
const closeTimeoutMs = 5_000

/** Jina's WebSocket, with protobuf in binary frames: a post is one connection. Runs in browsers too. */
export function websocketProtocol({ host, port, tls }: Address, dial: Dial, maxMessageBytes: number): ClientProtocol {
  const url = `${tls ? 'wss' : 'ws'}://${host}:${port}/`
  const line = new Line(dial, maxMessageBytes)
  return {
    open: (options) => new WebSocketSession(line, url, options),
    dryRun: (options) => dryRun(line, `${url}dry_run`, options),
    close: () => line.allClosed(),
  }
}

/** Opens sockets, and knows those that are open. */
class Line {
  readonly #dial: Dial
  readonly #maxMessageBytes: number
  readonly #open = new Set<Promise<void>>()

  constructor(dial: Dial, maxMessageBytes: number) {
    this.#dial = dial
    this.#maxMessageBytes = maxMessageBytes
  }

  dial(url: string, { metadata, compression }: SessionOptions, listener: SocketListener): Socket {
    let leave = () => {}
    const closed = (error: FlowError) => {
      leave()
      listener.closed(error)
    }
    const options = { headers: metadata, compression, maxMessageBytes: this.#maxMessageBytes }
    const socket = this.#dial(url, options, { message: listener.message, closed })
    const open = new Promise<void>((resolve) => (leave = resolve)).then(() => void this.#open.delete(open))
    this.#open.add(open)
    return socket
  }

  async allClosed(): Promise<void> {
    await Promise.all(this.#open)
  }
}

class WebSocketSession implements Session {
  readonly #line: Line
  readonly #url: string
  readonly #options: SessionOptions
  readonly #pending = new Pending({ pause: () => this.#socket?.pause(), resume: () => this.#socket?.resume() })
  #socket: Socket | undefined
  #leaving: ReturnType<typeof setTimeout> | undefined

  constructor(line: Line, url: string, options: SessionOptions) {
    this.#line = line
    this.#url = url
    this.#options = options
  }

  readonly send: Handler = (request, call) => {
    const answer = this.#pending.expect(request, call)
    this.#write(request).catch((error) => this.#pending.reject(request, FlowError.from(error)))
    return answer
  }

  close(): void {
    const socket = this.#socket
    this.#socket = undefined
    // breaking off tells the gateway to stop what nobody waits for any more
    if (this.#pending.unanswered) socket?.terminate()
    else if (socket) this.#leave(socket)
    this.#pending.close()
  }

  #leave(socket: Socket): void {
    socket.send(END)
    this.#leaving = setTimeout(() => socket.terminate(), closeTimeoutMs)
  }

  async #write(request: DataRequest): Promise<void> {
    if (!this.#pending.has(request)) return
    this.#socket ??= this.#open()
    const socket = this.#socket
    for (let room = socket.room(); room; room = socket.room()) await room
    // the request may have been given up meanwhile, or the connection be gone
    if (socket === this.#socket && this.#pending.has(request)) socket.send(encodeRequest(request))
  }

  #open(): Socket {
    const socket = this.#line.dial(this.#url, this.#options, {
      message: (data) => this.#receive(data, socket),
      closed: (error) => {
        clearTimeout(this.#leaving)
        this.#fail(error, socket)
      },
    })
    return socket
  }

  #receive(data: Uint8Array | string, socket: Socket): void {
    try {
      if (typeof data === 'string') throw new FlowError('INTERNAL', 'text, where protobuf was asked for')
      this.#pending.take(decodeRequest(data))
    } catch (error) {
      const reason = `${this.#url} answered what is no answer: ${FlowError.from(error).reason}`
      this.#fail(new FlowError('INTERNAL', reason, { cause: error }), socket)
      socket.terminate()
    }
  }

  // a connection that was replaced has nothing to say about requests on its successor
  #fail(error: FlowError, socket: Socket): void {
    if (socket !== this.#socket) return
    this.#socket = undefined
    this.#pending.fail(error)
  }
}

function dryRun(line: Line, url: string, { call, ...options }: DryRunOptions): Promise<Status> {
  return new Promise((resolve, reject) => {
    let leave: () => unknown = () => {}
    const socket = line.dial(url, options, {
      message: (data) => {
        try {
          resolve(decodeStatus(data as Uint8Array))
        } catch (error) {
          reject(new FlowError('INTERNAL', `${url} answered what is no status`, { cause: error }))
        }
        socket.close()
      },
      closed: (error) => {
        leave()
        reject(error)
      },
    })
    leave = whenCancelled(call, (error) => {
      reject(error)
      socket.terminate()
    })
  })
}
