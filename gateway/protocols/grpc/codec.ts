import type { Metadata, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js'
import { CallContext, type Caller, type DataRequest, encodeRequest } from '../../../proto/index.ts'

export type ServerCall = ServerUnaryCall<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>

/** The documents of a request stay in its bytes, so the bytes themselves are what grpc-js carries. */
export const asIs = (bytes: Buffer): Buffer => bytes

export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export function encode(request: DataRequest): Buffer {
  return toBuffer(encodeRequest(request))
}

/** The Call of one request; those of one stream share a caller and end with it. */
export function contextOf(call: ServerCall, caller: Caller): CallContext {
  const until = call.getDeadline()
  const epochMs = until instanceof Date ? until.getTime() : until
  const deadline = Number.isFinite(epochMs) ? performance.now() + epochMs - Date.now() : undefined
  return new CallContext({ deadline, caller, metadata: metadataOf(call.metadata) })
}

function metadataOf(metadata: Metadata): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(metadata.getMap()).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
