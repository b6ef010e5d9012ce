import type { Scenario } from '../scenario.ts'
import type { SystemOptions } from '../system.ts'
import { block } from './block.ts'
import { cut } from './cut.ts'
import { drain } from './drain.ts'
import { killGateway } from './kill-gateway.ts'
import { killReplica } from './kill-replica.ts'
import { killStream } from './kill-stream.ts'
import { pauseReplica } from './pause-replica.ts'
import { poison } from './poison.ts'
import { emptyRedis, pauseRedis, restartRedis } from './redis-away.ts'
import { spread } from './spread.ts'
import { stopWithoutRedis } from './stop-without-redis.ts'

/** Scenarios that share a system, one after the other. */
export interface Group {
  readonly name: string
  readonly system: SystemOptions
  readonly scenarios: readonly Scenario[]
}

/** All that is done to a system in every run of the tests. */
export const groups: readonly Group[] = [
  {
    name: 'with three replicas',
    system: {},
    scenarios: [
      killReplica,
      killStream,
      pauseReplica.shorter,
      pauseReplica.longer,
      cut.inbox,
      cut.all,
      poison.process,
      poison.thread,
      block,
      drain.replica,
      drain.gateway,
      drain.twice,
    ],
  },
  {
    name: 'with a Redis that keeps what it has',
    system: { appendOnly: true },
    scenarios: [restartRedis(3000), emptyRedis, pauseRedis, stopWithoutRedis],
  },
  { name: 'with replicas that run one request at a time', system: { concurrency: 1 }, scenarios: [spread] },
]

/** What takes long to come to an end. */
export const longer: readonly Group[] = [
  { name: 'with three replicas', system: {}, scenarios: [killGateway] },
  { name: 'with a Redis that keeps what it has', system: { appendOnly: true }, scenarios: [restartRedis(15_000)] },
]
