import type { handleBidiStreamingCall, handleUnaryCall, Metadata, Server } from '@grpc/grpc-js'
import { jina } from '../../../proto/gen/messages.js'
import { CALL, contextOf, DRY_RUN, definitionOf, encode, INFO, SINGLE, toBuffer } from '../../../proto/grpc/index.ts'
import { type Caller, type DataRequest, decodeRequest, FlowError, newId } from '../../../proto/index.ts'
import type { Front, ProtocolOptions } from '../protocol.ts'
import { TIMEOUT_HEADER, timeoutOf } from '../timeout.ts'
import { principalOf } from './auth.ts'
import { reset, whenClosed } from './http2.ts'
import type { ServerCall } from './server-call.ts'
import { grpcStatus } from './status.ts'
import { CallStream } from './stream.ts'
import { Unread } from './unread.ts'

type Bytes = handleUnaryCall<Buffer, Buffer>

/** Jina's four services of a gateway. `streams` holds those that are open. */
export function addRoutes(server: Server, front: Front, options: ProtocolOptions, streams: Set<CallStream>): void {
  const call: handleBidiStreamingCall<Buffer, Buffer> = (stream) => {
    try {
      const open = new CallStream(stream, front, callerOf(stream), options)
      streams.add(open)
      stream.once('close', () => streams.delete(open))
      stream.once('cancelled', () => streams.delete(open))
    } catch (error) {
      stream.emit('error', grpcStatus(FlowError.from(error)))
    }
  }
  server.addService(definitionOf(CALL), { [CALL.method]: call })
  server.addService(definitionOf(SINGLE), { [SINGLE.method]: single(front, options) })
  server.addService(definitionOf(INFO), { [INFO.method]: info(front) })
  server.addService(definitionOf(DRY_RUN), { [DRY_RUN.method]: dryRun(front) })
}

function single(front: Front, { timeoutMs }: ProtocolOptions): Bytes {
  return (call, callback) => {
    const context = contextOf(call, callerOf(call))
    const hold = front.budget.hold()
    hold.add(call.request.length)
    call.on('cancelled', () => context.cancel())
    const unread = new Unread(timeoutMs, () => reset(call))
    whenClosed(call, () => {
      hold.release()
      unread.stop()
    })
    answer(async () => {
      const request = timed(decodeRequest(call.request), call.metadata)
      return encode(await front.handler(request, context))
    }).then(
      (bytes) => {
        hold.add(bytes.length)
        if (!call.cancelled) unread.add(bytes.length)
        callback(null, bytes)
      },
      (error) => callback(grpcStatus(error)),
    )
  }
}

function timed(request: DataRequest, metadata: Metadata): DataRequest {
  const timeoutMs = request.header.timeoutMs ?? timeoutOf(metadata.get(TIMEOUT_HEADER)[0])
  return timeoutMs === request.header.timeoutMs ? request : request.with({ header: { ...request.header, timeoutMs } })
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
  const principal = principalOf(call.metadata)
  return { id: newId(), address: call.getPeer(), ...(principal && { principal }) }
}
