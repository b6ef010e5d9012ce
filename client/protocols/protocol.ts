import type { Handler, Status } from '../../proto/index.ts'

/** How requests of one post travel. */
export interface SessionOptions {
  /** Headers (gRPC: metadata). */
  readonly metadata: Readonly<Record<string, string>>
  readonly compression?: Compression | undefined
}

export type Compression = 'NoCompression' | 'Gzip' | 'Deflate'

/** One post's way to the gateway: the Handler again, from the other side. It rejects where the gateway did not answer. */
export interface Session {
  readonly send: Handler
  /** Gives up what is still on its way. */
  close(): void
}

/** What each protocol offers the client. */
export interface ClientProtocol {
  open(options: SessionOptions): Session
  dryRun(options: SessionOptions & { signal?: AbortSignal | undefined }): Promise<Status>
  close(): Promise<void>
}
