import type { ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js'

export type ServerCall = ServerUnaryCall<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>
