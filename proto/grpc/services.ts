import { encodeRequest } from '../codec/protobuf.ts'
import type { DataRequest } from '../request.ts'

// Jina's services as a gRPC library wants them, without one: who serves and who calls them bring their own.

/** The documents of a request stay in its bytes, so the bytes themselves are what the library carries. */
export const asIs = (bytes: Buffer): Buffer => bytes

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function encode(request: DataRequest): Buffer {
  return toBuffer(encodeRequest(request))
}

/** One method of a service. */
export interface Rpc {
  /** Such as `jina.JinaRPC`. */
  readonly service: string
  readonly method: string
  readonly path: string
  /** Both sides send as many messages as they like. */
  readonly stream: boolean
}

function rpc(service: string, method: string, stream = false): Rpc {
  return { service, method, path: `/${service}/${method}`, stream }
}

/** A stream of DataRequestProto each way. */
export const CALL = rpc('jina.JinaRPC', 'Call', true)
/** DataRequestProto → DataRequestProto */
export const SINGLE = rpc('jina.JinaSingleDataRequestRPC', 'process_single_data')
/** DataRequestListProto → DataRequestProto */
export const LIST = rpc('jina.JinaDataRequestRPC', 'process_data')
/** Empty → EndpointsProto */
export const ENDPOINTS = rpc('jina.JinaDiscoverEndpointsRPC', 'endpoint_discovery')
/** Empty → JinaInfoProto */
export const INFO = rpc('jina.JinaInfoRPC', '_status')
/** Empty → StatusProto */
export const DRY_RUN = rpc('jina.JinaGatewayDryRunRPC', 'dry_run')
/** Ours: a stream of frames each way (`hop.proto`). No reflection lists it. */
export const HOP = rpc('sluice.Hop', 'Stream', true)

/** What a server adds to serve a method. */
export function definitionOf({ method, path, stream }: Rpc) {
  return {
    [method]: {
      path,
      requestStream: stream,
      responseStream: stream,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  }
}
