import type { Call, Handler, Status } from '../../proto/index.ts'

/** How requests of one post travel. */
export interface SessionOptions {
  /** Headers (gRPC: metadata). */
  readonly metadata: Readonly<Record<string, string>>
  readonly compression?: Compression | undefined
}

export type Compression = 'NoCompression' | 'Gzip' | 'Deflate'

/**
 * One post's way to the gateway: the Handler again, from the other side. It rejects where the gateway did not answer. A call with
 * `emit` asks for the answer in parts: each is awaited before more is read, and the answer itself comes after them.
 */
export interface Session {
  readonly send: Handler
  /** Gives up what is still on its way; what is sent afterwards is refused. */
  close(): void
}

export interface DryRunOptions extends SessionOptions {
  readonly call: Call
}

/** What each protocol offers the client. */
export interface ClientProtocol {
  open(options: SessionOptions): Session
  dryRun(options: DryRunOptions): Promise<Status>
  /** Resolves when its connections are closed; its sessions are closed before. */
  close(): Promise<void>
}
