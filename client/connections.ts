import { maxMessageBytes } from '../proto/index.ts'
import type { Address } from './options.ts'
import type { Platform } from './platform/platform.ts'
import type { Fetcher } from './protocols/fetcher.ts'
import { httpProtocol } from './protocols/http.ts'
import type { ClientProtocol, Session, SessionOptions } from './protocols/protocol.ts'
import { websocketProtocol } from './protocols/websocket.ts'

/** What a client has open. Each is made when it is first used, and again after it was closed. */
export class Connections {
  readonly address: Address
  /** Largest message that is read. Unit: bytes. */
  readonly maxMessageBytes: number
  readonly #platform: Platform
  readonly #sessions = new Set<Session>()
  #protocol: Promise<ClientProtocol> | undefined
  #fetcher: Promise<Fetcher> | undefined

  constructor(address: Address, platform: Platform, maxBytes: number = maxMessageBytes) {
    this.address = address
    this.maxMessageBytes = maxBytes
    this.#platform = platform
  }

  protocol(): Promise<ClientProtocol> {
    this.#protocol ??= this.#connect().catch((error) => {
      this.#protocol = undefined
      throw error
    })
    return this.#protocol
  }

  fetcher(): Promise<Fetcher> {
    this.#fetcher ??= this.#platform.fetcher(this.address).catch((error) => {
      this.#fetcher = undefined
      throw error
    })
    return this.#fetcher
  }

  /** A session that ends with {@link close}, if it has not before. */
  async session(options: SessionOptions): Promise<Session> {
    const opened = (await this.protocol()).open(options)
    const session: Session = {
      send: opened.send,
      close: () => {
        if (this.#sessions.delete(session)) opened.close()
      },
    }
    this.#sessions.add(session)
    return session
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.close()
    const [protocol, fetcher] = [this.#protocol, this.#fetcher]
    this.#protocol = undefined
    this.#fetcher = undefined
    await (await protocol?.catch(() => undefined))?.close()
    await (await fetcher?.catch(() => undefined))?.close()
  }

  async #connect(): Promise<ClientProtocol> {
    const { address, maxMessageBytes } = this
    if (address.protocol === 'grpc') return this.#platform.grpc(address, maxMessageBytes)
    if (address.protocol === 'http') return httpProtocol(address, await this.fetcher(), maxMessageBytes)
    return websocketProtocol(address, await this.#platform.dial(address), maxMessageBytes)
  }
}
