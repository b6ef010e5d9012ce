import { type Connection, retrying, sharded, timed } from '../executors/index.ts'
import { dialExternal } from './external.ts'
import type { CompiledDeployment } from './options.ts'
import { type Beside, besideOf, type Part, type Seat, type SeatOptions, seatPart, shardOf, together } from './parts.ts'

/** @throws {FlowError} INVALID_ARGUMENT, NOT_FOUND or FAILED_PRECONDITION: why the executors did not start */
export async function seat(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const { name, shards, polling, noReduce, usesDynamicBatching } = deployment
  const { logger } = options
  if (deployment.external) return seatElsewhere(deployment, options)
  if (usesDynamicBatching) logger.warn({ executor: name }, 'dynamic batching is not there yet: requests run one by one')
  const seats: Seat[] = []
  const take = async (part: Part) => {
    const taken = await seatPart(deployment, part, options)
    seats.push(taken)
    return part.beside ? taken.connection : reliable(taken, deployment, options)
  }
  const beside = (kind: Beside) => {
    const part = besideOf(deployment, kind)
    return part && take(part)
  }
  const all = together(seats)
  try {
    if (shards === 1) return { ...all, connection: await take(shardOf(deployment)) }
    const before = await beside('uses_before')
    const parts: Connection[] = []
    for (let shard = 0; shard < shards; shard++) parts.push(await take(shardOf(deployment, shard)))
    const after = await beside('uses_after')
    const connection = sharded({ executor: name, shards: parts, polling, before, after, noReduce, logger })
    return { ...all, connection }
  } catch (error) {
    await all.close()
    throw error
  }
}

// what is lost in Redis is given to others there
function reliable({ connection, onceOnly }: Seat, deployment: CompiledDeployment, options: SeatOptions): Connection {
  const { name, replicas, transport = options.transport } = deployment
  const { timeoutSend = options.timeoutSend, retries = options.retries } = deployment
  const inTime = timeoutSend > 0 ? timed(connection, timeoutSend, name) : connection
  if (transport === 'redis') return inTime
  return retrying(inTime, { retries: retries < 0 ? Math.max(3, replicas) : retries, onceOnly })
}

async function seatElsewhere(deployment: CompiledDeployment, options: SeatOptions): Promise<Seat> {
  const dialled = await dialExternal(deployment, options.grpc, options.baseDir)
  const taken = { connection: dialled, onceOnly: [], async drain() {}, close: () => dialled.close() }
  return { ...taken, connection: reliable(taken, deployment, options) }
}
