import type { FlowError } from '../../proto/index.ts'
import type { Compression } from './protocol.ts'

/** A WebSocket, as the session uses it: Node's and the browsers' are two. */
export interface Socket {
  /** Resolves when it is open and takes more; undefined while it does. */
  room(): Promise<void> | undefined
  send(message: Uint8Array): void
  /** Stops reading, so that the sender has to stop too. Browsers cannot: there what comes meanwhile is kept in memory. */
  pause(): void
  resume(): void
  /** Says goodbye. */
  close(): void
  /** Breaks off, as far as the platform can. */
  terminate(): void
}

/** What a socket tells. */
export interface SocketListener {
  message(data: Uint8Array | string): void
  /** Why it is closed, also where that is as it should be. Called once, and nothing after it. */
  closed(error: FlowError): void
}

export interface DialOptions {
  /** Headers of the handshake. */
  readonly headers: Readonly<Record<string, string>>
  readonly compression: Compression | undefined
  /** Largest message that is read. Unit: bytes. */
  readonly maxMessageBytes: number
}

/** Opens a WebSocket that carries protobuf. Failures are told to the listener. */
export type Dial = (url: string, options: DialOptions, listener: SocketListener) => Socket

/** Jina's name for protobuf in binary frames. */
export const SUBPROTOCOL = 'bytes'

/** Messages that wait in this process to be sent, beyond which nothing is added. Unit: bytes. */
export const highWaterBytes = 1024 * 1024
