import { type Call, CallContext, Code, type DataRequest, FlowError } from '../../proto/index.ts'
import type { Connection } from '../transports/index.ts'
import { withSend } from './with-send.ts'

const RETRIED: ReadonlySet<number> = new Set([Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.NOT_FOUND])

export interface RetryOptions {
  /** Times that a request is sent again. */
  readonly retries: number
  /** Endpoints whose requests must not run twice: what was sent once is not sent again. */
  readonly onceOnly?: readonly string[] | undefined
}

/**
 * A connection that sends a request again which could not be delivered or was not answered in time, at once; of several replicas the
 * next one gets it. Not after a part of the answer was given, nor when the caller's own time is over.
 */
export function retrying(connection: Connection, { retries, onceOnly = [] }: RetryOptions): Connection {
  if (retries === 0) return connection

  const send = async (request: DataRequest, call: Call): Promise<DataRequest> => {
    if (onceOnly.includes(request.header.execEndpoint ?? '')) return connection.send(request, call)
    let given = false
    const { deadline, metadata, caller, emit } = call
    const watched =
      emit &&
      new CallContext({
        ...{ deadline, metadata, caller, parent: call },
        emit(part) {
          given = true
          return emit(part)
        },
      })
    try {
      for (let left = retries; ; left--) {
        try {
          return await connection.send(request, watched ?? call)
        } catch (error) {
          const over = deadline !== undefined && performance.now() >= deadline
          if (left === 0 || given || over || !RETRIED.has(FlowError.from(error).code)) throw error
        }
      }
    } finally {
      watched?.release()
    }
  }
  return withSend(connection, send)
}
