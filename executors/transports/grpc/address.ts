import { FlowError } from '../../../proto/index.ts'

/** Where a gRPC peer is. */
export interface GrpcAddress {
  /** `host:port` */
  readonly place: string
  readonly tls: boolean
}

/**
 * Reads `grpc://host:port`, `grpcs://host:port` (TLS) or `host:port`.
 * @throws {FlowError} INVALID_ARGUMENT for what is none
 */
export function parseAddress(address: string): GrpcAddress {
  const [, scheme = 'grpc', host, port] = /^(?:(grpcs?):\/\/)?(\[[\da-f:.]+\]|[^:/\s]+):(\d+)\/?$/i.exec(address) ?? []
  if (host === undefined || Number(port) > 65535) {
    throw new FlowError('INVALID_ARGUMENT', `"${address}" is no address of gRPC`, {
      hint: 'Write it like grpc://host:50051, or grpcs://host:50051 for TLS',
    })
  }
  return { place: `${host}:${port}`, tls: scheme.toLowerCase() === 'grpcs' }
}

/** The inverse. */
export function addressText({ place, tls }: GrpcAddress): string {
  return `${tls ? 'grpcs' : 'grpc'}://${place}`
}
