import { grpc } from './grpc/server.ts'
import type { HttpOptions } from './http/options.ts'
import { http } from './http/server.ts'
import type { Protocol } from './protocol.ts'

/** Protocols by the name that a flow gives them. */
export const protocols: Readonly<Record<ProtocolName, Protocol<HttpOptions>>> = { grpc, http }
export type ProtocolName = 'grpc' | 'http'

export type { Front, Info, Protocol, ProtocolOptions, Running, TlsFiles } from './protocol.ts'
