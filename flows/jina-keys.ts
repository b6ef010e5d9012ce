import { z } from 'zod'

// Keys of Jina's flows that mean nothing here: a flow that has them starts, and says so.

const OF_BOTH = [
  'compression grpcServerOptions grpcChannelOptions grpcMetadata logConfig quiet quietError reload runtimeCls',
  'monitoring portMonitoring tracing tracesExporterHost tracesExporterPort',
  'metrics metricsExporterHost metricsExporterPort timeoutCtrl timeoutReady env',
]

const OF_EXECUTORS = [
  'volumes gpus dockerKwargs entrypoint disableAutoVolume installRequirements forceUpdate preferPlatform',
  'exitOnExceptions envFromSecret native copyFlow allowConcurrent stateful peerPorts raftConfiguration provider',
]

const OF_FLOWS = ['uvicornKwargs proxy uses usesWith asyncio returnResponses deploymentRole replicas polling']

/** What those keys are in a schema that knows `own` keys: anything. */
function keysOf(lists: readonly string[], own: object): Record<string, z.ZodOptional<z.ZodUnknown>> {
  const names = lists.flatMap((list) => list.split(' ')).filter((name) => !Object.hasOwn(own, name))
  return Object.fromEntries(names.map((name) => [name, z.unknown().optional()]))
}

/** Keys of an entry of `executors`, except `own`. */
export function jinaKeysOfExecutors(own: object) {
  return keysOf([...OF_BOTH, ...OF_EXECUTORS], own)
}

/** Keys of `with` and `gateway`, except `own`. */
export function jinaKeysOfFlows(own: object) {
  return keysOf([...OF_BOTH, ...OF_FLOWS], own)
}

/** A key that would not do what it says, and what to write in its place. */
export function instead(message: string) {
  return z.custom<undefined>((value) => value === undefined, message).optional()
}

export const ELSEWHERE =
  'Python runs elsewhere: start it there (`jina executor --uses x.yml --port 9000`), and say external: true, host, port: 9000 here; ' +
  'files of TypeScript go into modules'
