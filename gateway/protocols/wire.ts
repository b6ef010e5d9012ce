import type { CallContext, DataRequest, FlowError } from '../../proto/index.ts'

/** A connection that carries many requests at once, as its protocol offers it. */
export interface Wire<Message extends string | Uint8Array> {
  /**
   * A request; one whose status says that it failed is answered as it is.
   * @throws where the message is no request at all: that ends the connection
   */
  decode(message: Message): DataRequest
  encode(answer: DataRequest): Message
  /** Sends a message; false where it piles up here, and the stream's `drained()` will be called when it has left. */
  write(message: Message): boolean
  /** Reads no more; what has been read already may still be taken. */
  pause(): void
  resume(): void
  /** All requests are answered, and no more will come. */
  end(): void
  /** Breaks off. */
  fail(error: FlowError): void
}

/** Answers that may pile up on one connection before a wire says so. Unit: bytes. */
export const highWaterBytes = 1024 * 1024

export interface RequestStreamOptions {
  /** Deadline, metadata and caller of all requests; ends with the connection. */
  readonly context: CallContext
  /** Requests in flight at most; 0: no limit. */
  readonly prefetch: number
  readonly maxConnectionBytes: number
  /** Answers in the order of the requests, instead of as they finish. */
  readonly inOrder?: boolean
  /** What each request may take that does not say so itself; the gateway's default without it. Unit: ms. */
  readonly timeoutMs?: number | undefined
}
