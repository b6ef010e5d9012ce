import type { Handler, Logger, Status } from '../../proto/index.ts'

/** What a protocol sees of the gateway: one Handler, and what is asked about the gateway itself. */
export interface Front {
  readonly handler: Handler
  /** Sends an empty request through all nodes. */
  dryRun(): Promise<Status>
  /** Jina's `/status`: versions and environment, all as text. */
  info(): Info
  /** Names of the nodes that cannot take requests; empty when ready. */
  unready(): string[]
  readonly logger: Logger
}

export interface Info {
  jina: Record<string, string>
  envs: Record<string, string>
}

/** Certificate and key of a listener, as PEM bytes. */
export interface TlsFiles {
  readonly cert: Uint8Array
  readonly key: Uint8Array
}

/** What every protocol is started with. */
export interface ProtocolOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly maxMessageBytes: number
  /** Requests of one stream in flight; reading pauses at the limit. */
  readonly prefetch: number
  readonly tls?: TlsFiles | undefined
}

/** A started protocol. */
export interface Running {
  readonly port: number
  /** Accepts nothing new and finishes what runs. */
  drain(): Promise<void>
  /** Ends what still runs and frees the port. */
  close(): Promise<void>
}

/** How outsiders speak to the gateway: turns bytes into calls of the front's Handler. */
export interface Protocol<Options extends ProtocolOptions = ProtocolOptions> {
  readonly name: string
  start(front: Front, options: Options): Promise<Running>
}
