import type { handleBidiStreamingCall, handleUnaryCall, Server, ServiceDefinition } from '@grpc/grpc-js'
import { jina } from '../../../proto/gen/messages.js'
import { type Caller, decodeRequest, FlowError, newId } from '../../../proto/index.ts'
import type { Front } from '../protocol.ts'
import { asIs, contextOf, encode, type ServerCall, toBuffer } from './codec.ts'
import { grpcStatus } from './status.ts'
import { CallStream } from './stream.ts'

type Bytes = handleUnaryCall<Buffer, Buffer>

/** Jina's four services of a gateway. */
export function addRoutes(server: Server, front: Front, prefetch: number): void {
  const call: handleBidiStreamingCall<Buffer, Buffer> = (stream) => {
    new CallStream(stream, front.handler, callerOf(stream), prefetch)
  }
  server.addService(service('jina.JinaRPC', 'Call', true), { Call: call })
  server.addService(service('jina.JinaSingleDataRequestRPC', 'process_single_data'), {
    process_single_data: single(front),
  })
  server.addService(service('jina.JinaInfoRPC', '_status'), { _status: info(front) })
  server.addService(service('jina.JinaGatewayDryRunRPC', 'dry_run'), { dry_run: dryRun(front) })
}

function single(front: Front): Bytes {
  return (call, callback) => {
    const context = contextOf(call, callerOf(call))
    call.on('cancelled', () => context.cancel())
    answer(async () => encode(await front.handler(decodeRequest(call.request), context))).then(
      (bytes) => callback(null, bytes),
      (error) => callback(grpcStatus(error)),
    )
  }
}

function info(front: Front): Bytes {
  return (_call, callback) => callback(null, toBuffer(jina.JinaInfoProto.encode(front.info()).finish()))
}

function dryRun(front: Front): Bytes {
  return (_call, callback) => {
    answer(async () => toBuffer(jina.StatusProto.encode((await front.dryRun()) as jina.IStatusProto).finish())).then(
      (bytes) => callback(null, bytes),
      (error) => callback(grpcStatus(error)),
    )
  }
}

async function answer(run: () => Promise<Buffer>): Promise<Buffer> {
  try {
    return await run()
  } catch (error) {
    throw FlowError.from(error)
  }
}

function callerOf(call: ServerCall): Caller {
  return { id: newId(), address: call.getPeer() }
}

function service(name: string, method: string, stream = false): ServiceDefinition {
  return {
    [method]: {
      path: `/${name}/${method}`,
      requestStream: stream,
      responseStream: stream,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: asIs,
      responseDeserialize: asIs,
    },
  }
}
