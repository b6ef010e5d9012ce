import { FlowError } from '../proto/index.ts'
import { checkTls, type TlsOptions } from './tls.ts'

export type ClientProtocolName = 'grpc' | 'http' | 'websocket'

/** Where the flow is. Each of port, protocol and TLS is said once: in the host's URL or as an option of its own. */
export interface ClientOptions {
  /** A host, `host:port`, or a URL such as `https://my.flow:1234`. @default "0.0.0.0" */
  host?: string
  /** @default 80, or 443 with TLS */
  port?: number
  /** @default "grpc" */
  protocol?: ClientProtocolName
  /** Encrypt, and check the server's certificate; with options, by these. @default false */
  tls?: boolean | TlsOptions
  /** Requests in flight at once in one post. Range: 1 and up. @default 1000 */
  prefetch?: number
  /** Time after which a request is given up, retries included; told to the gateway where it is given. Unit: ms. @default 60 000 */
  timeoutMs?: number
  /** Headers of every request; gRPC: metadata; WebSocket: headers of the handshake, which browsers cannot send. */
  metadata?: Readonly<Record<string, string>>
  /** Largest message that is accepted. Unit: bytes. @default 100 MiB */
  maxMessageBytes?: number
}

/** Where a client connects to, resolved. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly protocol: ClientProtocolName
  readonly tls: boolean
  readonly certificates?: TlsOptions | undefined
}

const schemes: Record<string, { protocol: ClientProtocolName; tls?: true }> = {
  grpc: { protocol: 'grpc' },
  grpcs: { protocol: 'grpc', tls: true },
  http: { protocol: 'http' },
  https: { protocol: 'http', tls: true },
  ws: { protocol: 'websocket' },
  wss: { protocol: 'websocket', tls: true },
}

/**
 * Reads host and options together. A scheme without TLS says nothing of it, so `http://h` with `tls: true` is legal.
 * @throws {FlowError} INVALID_ARGUMENT for what is said twice (even if equal), an unknown scheme, a path, a port that is none
 */
export function resolveAddress(options: ClientOptions): Address {
  const inHost = parseHost(options.host ?? '0.0.0.0')
  const protocol = once('protocol', inHost.protocol, options.protocol) ?? 'grpc'
  // how to encrypt may be said beside an URL that says that it is
  const certificates = typeof options.tls === 'object' ? checkTls(options.tls) : undefined
  const tls = certificates ? true : (once('tls', inHost.tls, options.tls as boolean | undefined) ?? false)
  const port = once('port', inHost.port, options.port) ?? (tls ? 443 : 80)
  if (!['grpc', 'http', 'websocket'].includes(protocol)) {
    throw invalid(`protocol "${protocol}" is not one of grpc, http, websocket`)
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalid(`port ${port} is none`)
  return { host: inHost.host, port, protocol, tls, certificates }
}

function parseHost(text: string): { host: string; port?: number; protocol?: ClientProtocolName; tls?: boolean } {
  const found = /^(?:(?<scheme>[^:/]+):\/\/)?(?<host>\[[^\]]+\]|[^:/]*)(?::(?<port>\d+))?\/?$/.exec(text)
  if (!found?.groups?.host) {
    throw invalid(
      `"${text}" is no host`,
      'Write it like "my.flow", "my.flow:1234" or "https://my.flow:1234", without a path',
    )
  }
  const { scheme, host, port } = found.groups
  const known = scheme === undefined ? {} : Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined
  if (!known) throw invalid(`scheme "${scheme}" of "${text}" is not one of ${Object.keys(schemes).join(', ')}`)
  return { host, ...known, ...(port !== undefined && { port: Number(port) }) }
}

function once<T>(what: string, inHost: T | undefined, option: T | undefined): T | undefined {
  if (inHost !== undefined && option !== undefined) {
    throw invalid(`${what} is given twice: in the host (${inHost}) and as an option (${option})`, 'Give it once')
  }
  return inHost ?? option
}

function invalid(reason: string, hint?: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason, { hint })
}
