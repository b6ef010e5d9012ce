import type { DataRequest } from '../proto/index.ts'

/** Where the time of one round trip went. Unit: ms. */
export interface Profile {
  Roundtrip: number
  'Client-server network': number
  Server: number
  'Gateway-executors network': number
  /** One entry for each executor that ran. */
  [executor: string]: number
}

/** Reads the routes of an answer; the first is the gateway's. */
export function profileOf(answer: DataRequest, roundtripMs: number): Profile {
  const [gateway, ...executors] = answer.routes
  const server = durationOf(gateway)
  const ran = executors
    .filter(({ endTime }) => endTime !== undefined)
    .map((route) => [route.executor, durationOf(route)] as const)
  const inExecutors = ran.reduce((sum, [, ms]) => sum + ms, 0)
  return {
    Roundtrip: roundtripMs,
    'Client-server network': Math.max(0, roundtripMs - server),
    Server: server,
    'Gateway-executors network': Math.max(0, server - inExecutors),
    ...Object.fromEntries(ran),
  }
}

function durationOf(route: DataRequest['routes'][number] | undefined): number {
  return (route?.endTime ?? 0) - (route?.startTime ?? route?.endTime ?? 0)
}
