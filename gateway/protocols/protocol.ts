import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ApiDescription, FlowError, Handler, Logger, Status } from '../../proto/index.ts'
import type { Info } from '../../proto/info.ts'
import type { Tasks } from '../tasks/index.ts'
import type { ByteBudget } from './byte-budget.ts'

/** What a protocol sees of the gateway: one Handler, and what is asked about the gateway itself. */
export interface Front {
  readonly handler: Handler
  /** Sends an empty request through all nodes. */
  dryRun(): Promise<Status>
  /** Jina's `/status`: versions and environment, all as text. */
  info(): Info
  /** Names of the nodes that cannot take requests; empty when ready. */
  unready(): string[]
  /** Bytes of all requests in flight, over all protocols: who reads more waits for room. */
  readonly budget: ByteBudget
  /** Deployments that serve typed endpoints, or may yet; the same list until they are replaced. */
  services(): readonly Service[]
  /** Typed calls that are submitted now and asked for later. */
  readonly tasks: Tasks
  readonly logger: Logger
}

/** A deployment as typed calls reach it: past the graph, which is for documents. */
export interface Service {
  /** The deployment's name. */
  readonly name: string
  /** What it serves, as far as is known now, undefined where nothing is; the same list until that changes. */
  readonly apis: readonly ApiDescription[] | undefined
  readonly send: Handler
}

/** What a listener proves itself with, and whom it asks for a proof; all PEM bytes. */
export interface TlsFiles {
  readonly cert: Uint8Array
  readonly key: Uint8Array
  /** Authorities whose client certificates are asked for, and without one of which nobody is let in. */
  readonly ca?: Uint8Array | undefined
}

/** What every protocol is started with. */
export interface ProtocolOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** What a request may take that does not say so itself. Unit: ms. */
  readonly timeoutMs: number
  readonly maxMessageBytes: number
  /** Requests of one connection in flight; reading pauses at the limit. */
  readonly prefetch: number
  /** Bytes of one connection's requests in flight; reading pauses at the limit. */
  readonly maxConnectionBytes: number
  /** How often an idle connection is asked whether it is still there. Unit: ms. */
  readonly heartbeatMs: number
  /** How long a new connection may take until it has said what it wants. Unit: ms. */
  readonly handshakeTimeoutMs: number
  /** Compress answers for those who accept it. */
  readonly compression: boolean
  readonly tls?: TlsFiles | undefined
  /** Says who calls; without it, all may. */
  readonly authenticate?: Authenticate | undefined
}

/** What an auth function may look at: a request, a WebSocket's handshake, or a gRPC call. */
export interface AuthCall {
  readonly protocol: 'http' | 'websocket' | 'grpc'
  /** HTTP's method; POST for gRPC. */
  readonly method: string
  /** As the request line has it, query and all; gRPC: `/service/method`. */
  readonly path: string
  /** The header of this name: a token, most often. */
  readonly authorization: string | undefined
  /** Names in lower case; gRPC's metadata. */
  readonly headers: ReadonlyMap<string, string>
  /** The peer's address. */
  readonly address: string | undefined
}

/**
 * Finds out who makes a call, before anything is done for it; at once, where nobody else has to be asked.
 * @throws {FlowError} UNAUTHENTICATED or PERMISSION_DENIED for who is not let in
 */
export type Authenticate = (call: AuthCall) => string | Promise<string>

/** Says no to a request of a web port, in the words of whose it is. */
export type Refuse = (request: IncomingMessage, response: ServerResponse, error: FlowError) => void

/** A started protocol. */
export interface Running {
  readonly port: number
  /** Accepts nothing new and finishes what runs. */
  drain(): Promise<void>
  /** Ends what still runs and frees the port. */
  close(): Promise<void>
}

/** How outsiders speak to the gateway on a port of its own: turns bytes into calls of the front's Handler. */
export interface Protocol<Options extends ProtocolOptions = ProtocolOptions> {
  readonly name: string
  start(front: Front, options: Options): Promise<Running>
}

/** How outsiders speak to the gateway on a web port, which several of these share. */
export interface WebProtocol<Options extends ProtocolOptions = ProtocolOptions> {
  readonly name: string
  open(front: Front, options: Options): WebSite
}

/** A protocol's part of a web port. Each is asked in turn, until one takes the request. */
export interface WebSite {
  /** Answers a request; false, and nothing done, where it is not its own. */
  answer?(request: IncomingMessage, response: ServerResponse): boolean
  /** Takes over a connection that asks for another protocol; false, and nothing done, where it is not its own. */
  upgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Says no, in its own words, to a request that would be its own; false, and nothing done, where it would not. */
  refuse?(request: IncomingMessage, response: ServerResponse, error: FlowError): boolean
  /** Whether a path is its own, whatever the method: what is mounted leaves it alone. */
  owns?(path: string): boolean
  /** Its paths in OpenAPI's words. */
  readonly paths?: Readonly<Record<string, object>>
  /** Accepts nothing new and finishes what runs, where the port's own connections do not do so by themselves. */
  drain?(): Promise<void>
  /** Ends what still runs. */
  close?(): Promise<void>
}
