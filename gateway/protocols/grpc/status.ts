import { Metadata, type StatusObject } from '@grpc/grpc-js'
import type { FlowError } from '../../../proto/index.ts'

/** A rejection as the status of a gRPC call: our codes are gRPC's. */
export function grpcStatus(error: FlowError): StatusObject {
  return { code: error.code as number, details: error.message, metadata: new Metadata() }
}
