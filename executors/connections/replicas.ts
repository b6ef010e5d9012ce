import { type Call, type DataRequest, FlowError } from '../../proto/index.ts'
import type { Connection } from '../transports/index.ts'

/** Several connections as one: each call takes the next that is ready. */
export function replicated(replicas: readonly Connection[], executor: string): Connection {
  const [only] = replicas
  if (only && replicas.length === 1) return only
  let turn = 0
  const next = (): Connection => {
    for (let tried = 0; tried < replicas.length; tried++) {
      const replica = replicas[turn++ % replicas.length]
      if (replica?.ready) return replica
    }
    throw new FlowError('UNAVAILABLE', `none of ${replicas.length} replicas is ready`, { executor })
  }
  return {
    send: async (request: DataRequest, call: Call) => next().send(request, call),
    get endpoints() {
      return replicas.find(({ endpoints }) => endpoints)?.endpoints
    },
    get ready() {
      return replicas.some(({ ready }) => ready)
    },
    async close() {
      await Promise.all(replicas.map((replica) => replica.close()))
    },
  }
}
