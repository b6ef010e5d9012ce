import { type Call, CallContext, type DataRequest, FlowError, maxTimerMs, whenCancelled } from '../../proto/index.ts'
import type { Connection } from '../transports/index.ts'
import { withSend } from './with-send.ts'

/** A connection whose calls take at most `timeoutMs`, and then reject with DEADLINE_EXCEEDED; the other side is told. */
export function timed(connection: Connection, timeoutMs: number, executor: string): Connection {
  const send = (request: DataRequest, call: Call): Promise<DataRequest> => {
    const { metadata, caller, emit } = call
    const latest = performance.now() + timeoutMs
    const deadline = Math.min(call.deadline ?? latest, latest)
    const inner = new CallContext({ deadline, metadata, caller, emit, parent: call })
    const tooLate = () =>
      new FlowError('DEADLINE_EXCEEDED', `the executor did not answer within ${timeoutMs} ms`, {
        executor,
        endpoint: request.header.execEndpoint,
        requestId: request.header.requestId,
        hint: 'Give it more with timeoutSend',
      })
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => inner.cancel(tooLate()), Math.min(timeoutMs, maxTimerMs))
      const end = () => {
        clearTimeout(timer)
        inner.release()
      }
      whenCancelled(inner, (reason) => {
        end()
        reject(reason)
      })
      connection.send(request, inner).then(resolve, reject).then(end)
    })
  }
  return withSend(connection, send)
}
