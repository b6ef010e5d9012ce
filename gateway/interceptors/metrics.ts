import { withSend } from '../../executors/connections/index.ts'
import type { Connection } from '../../executors/transports/index.ts'
import { apiName, Code, type DataRequest, FlowError, type Interceptor } from '../../proto/index.ts'
import type { Family } from '../metrics/figures.ts'

/** Counts requests by their endpoint: those that run, and how each ended and how long it took. */
export function metrics(family: Family): Interceptor {
  return (next) => (request, call) => {
    const series = family.of(request.header.execEndpoint ?? '')
    const began = series.begin()
    return next(request, call).then(
      (answer) => {
        series.end(endOf(answer), began)
        return answer
      },
      (error) => {
        series.end(FlowError.from(error).codeName, began)
        throw error
      },
    )
  }
}

/** What a typed endpoint fails with has a code of ours; what a document endpoint does, has any name. */
function endOf({ failed, header: { execEndpoint = '', status } }: DataRequest): string {
  if (!failed) return 'OK'
  const name = apiName(execEndpoint) === undefined ? '' : (status?.exception?.name ?? '')
  return Object.hasOwn(Code, name) ? name : 'FAILED'
}

/** A connection whose requests are counted. */
export function countedConnection(connection: Connection, family: Family): Connection {
  return withSend(connection, metrics(family)(connection.send))
}
