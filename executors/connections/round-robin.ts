import type { Connection } from '../transports/index.ts'
import { statsOf } from './stats.ts'

/** Replicas as one connection: calls go to those that are ready, in turn; where none is, to each in turn, which says why. */
export function roundRobin(replicas: readonly Connection[]): Connection {
  const [only] = replicas
  if (only && replicas.length === 1) return only
  let turn = 0
  const next = (): Connection => {
    const first = turn++
    for (let i = 0; i < replicas.length; i++) {
      const replica = replicas[(first + i) % replicas.length] as Connection
      if (replica.ready) return replica
    }
    return replicas[first % replicas.length] as Connection
  }
  return {
    send: (request, call) => next().send(request, call),
    get endpoints() {
      return replicas.find(({ endpoints }) => endpoints)?.endpoints
    },
    get apis() {
      return replicas.find(({ apis }) => apis)?.apis
    },
    get stats() {
      return statsOf(replicas)
    },
    get ready() {
      return replicas.some(({ ready }) => ready)
    },
    close: async () => void (await Promise.all(replicas.map((replica) => replica.close()))),
  }
}
