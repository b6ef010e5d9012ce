import type { FlowError, Handler } from '../../../proto/index.ts'

/** Who was found at an address: an executor of ours that takes frames, or somebody who speaks Jina's RPCs. */
export interface Peer {
  readonly send: Handler
  readonly endpoints: readonly string[]
  /** False where it is stopping. */
  readonly ready: boolean
  /** Rejects what is pending with this, and all that comes after. */
  close(error: FlowError): void
}
