import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import {
  DataRequest,
  Document,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  type Header,
} from '../../../proto/index.ts'

/** What the tests look at in an answer in JSON. */
export interface JsonAnswer {
  readonly header: {
    readonly request_id: string
    readonly exec_endpoint?: string
    readonly status?: { readonly code?: number; readonly description?: string; readonly exception?: { name?: string } }
  }
  readonly parameters: Record<string, unknown>
  readonly routes: { readonly executor: string; readonly start_time?: string; readonly end_time?: string }[]
  readonly data: { readonly id: string; readonly text?: string; readonly tags?: Record<string, unknown> }[]
}

export interface PeerOptions extends ClientOptions {
  path?: string
  /** Offered sub-protocols. */
  protocols?: string[]
}

/** A client of WebSocket without any of ours: it keeps all that it is sent. */
export class WebSocketPeer {
  readonly socket: WebSocket
  readonly messages: Buffer[] = []
  readonly closed: Promise<{ code: number; reason: string }>

  constructor(port: number, { path = '/', protocols = [], ...options }: PeerOptions = {}) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { perMessageDeflate: false, ...options })
    this.socket.on('message', (message: Buffer) => this.messages.push(message))
    this.socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
  }

  /** Rejects where the handshake is refused. */
  static async open(port: number, options?: PeerOptions): Promise<WebSocketPeer> {
    const peer = new WebSocketPeer(port, options)
    await once(peer.socket, 'open')
    return peer
  }

  /** Buffers go as binary frames, text as text, anything else as its JSON. */
  send(...messages: unknown[]): this {
    for (const message of messages) {
      this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message))
    }
    return this
  }

  get json(): JsonAnswer[] {
    return this.messages.map((message) => JSON.parse(message.toString()))
  }

  get requests(): DataRequest[] {
    return this.messages.map((message) => decodeRequest(message))
  }

  /** Resolves when so many messages have come, rejects where the connection ends before. */
  async received(count: number): Promise<void> {
    const ended = this.closed.then(({ code, reason }) => {
      throw new Error(`closed with ${code} ${reason} after ${this.messages.length} of ${count} messages`)
    })
    ended.catch(() => {})
    while (this.messages.length < count) {
      const stop = new AbortController()
      await Promise.race([once(this.socket, 'message', { signal: stop.signal }).catch(() => {}), ended])
      stop.abort()
    }
  }
}

/** A request as its bytes. */
export function bytesOf(execEndpoint: string, text: string, header: Partial<Header> = {}): Buffer {
  const docs = new DocumentArray([new Document(text)])
  return Buffer.from(encodeRequest(new DataRequest({ header: { execEndpoint, ...header }, docs })))
}

/** Resolves when a value has stopped changing. */
export async function settled(value: () => number): Promise<void> {
  for (let same = 0, last = Number.NaN; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    same = value() === last ? same + 1 : 0
    last = value()
  }
}
