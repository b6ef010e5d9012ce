import {
  type Call,
  CallContext,
  type DataRequest,
  FlowError,
  gatherApart,
  type JsonObject,
  type Logger,
  merge,
} from '../../proto/index.ts'
import type { Connection } from '../transports/index.ts'
import { type PollingOption, pollingOf } from './polling.ts'
import { statsOf } from './stats.ts'

export interface ShardsOptions {
  /** Name of the deployment. */
  readonly executor: string
  readonly shards: readonly Connection[]
  /** @default ANY, and what is built in */
  readonly polling?: PollingOption | undefined
  /** Gets a request before the shards do. */
  readonly before?: Connection | undefined
  /** Gets the answers of the shards, not merged; its answer is the deployment's. */
  readonly after?: Connection | undefined
  /** Leave the shards' documents as they are, one after the other, instead of merging them by id. */
  readonly noReduce?: boolean | undefined
  readonly logger: Logger
}

/**
 * The shards of a deployment as one connection. Polling says which of them get a request; the answers of several are merged in the order
 * of the shards. Shards that cannot be reached are left out with a warning, unless all are.
 */
export function sharded({ executor, shards, polling, before, after, noReduce, logger }: ShardsOptions): Connection {
  const all = [before, ...shards, after].filter((connection) => connection !== undefined)
  const poll = pollingOf(polling)
  let turn = 0

  const send = async (request: DataRequest, call: Call): Promise<DataRequest> => {
    const asked =
      poll(request.header.execEndpoint ?? '') === 'ALL' ? shards : [shards[turn++ % shards.length] as Connection]
    // parts of one answer would come between those of others, and before what is still to come
    const whole = call.emit && (asked.length > 1 || after) ? withoutParts(call) : call
    const alone = before && call.emit ? withoutParts(call) : whole
    try {
      const input = before ? await before.send(request, alone) : request
      if (input.failed) return input
      const answers = await askAll(asked, input, whole)
      const failed = answers.find((answer) => answer.failed)
      if (failed) return failed
      const joined = answers.length > 1 || after ? join(answers, executor, Boolean(noReduce || after)) : answers[0]
      return after ? await after.send(joined as DataRequest, whole) : (joined as DataRequest)
    } finally {
      for (const made of [whole, alone]) if (made !== call) (made as CallContext).release()
    }
  }

  const askAll = async (asked: readonly Connection[], input: DataRequest, call: Call): Promise<DataRequest[]> => {
    if (asked.length === 1) return [await (asked[0] as Connection).send(input, call)]
    const settled = await Promise.allSettled(asked.map((shard) => shard.send(input, call)))
    const answers = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    for (const [shard, result] of settled.entries()) {
      if (result.status === 'fulfilled') continue
      if (answers.length === 0) throw result.reason
      const { requestId } = input.header
      const err = FlowError.from(result.reason)
      logger.warn({ err, executor, shard, requestId }, 'a shard did not answer, and is left out')
    }
    return answers
  }

  return {
    send,
    // a node is skipped where none of its parts serves the endpoint
    get endpoints() {
      const known = all.flatMap(({ endpoints }) => (endpoints ? [endpoints] : []))
      return known.length === all.length ? [...new Set(known.flat())] : undefined
    },
    // one of them answers a typed call
    get apis() {
      return shards.find(({ apis }) => apis)?.apis
    },
    get stats() {
      return statsOf(all)
    },
    get ready() {
      return shards.some(({ ready }) => ready) && before?.ready !== false && after?.ready !== false
    },
    async close() {
      await Promise.all(all.map((connection) => connection.close()))
    },
  }
}

function withoutParts(call: Call): CallContext {
  const { deadline, metadata, caller } = call
  return new CallContext({ deadline, metadata, caller, parent: call })
}

function join(answers: readonly DataRequest[], executor: string, apart: boolean): DataRequest {
  const names = answers.map(() => executor)
  const joined = apart ? gatherApart(answers, names) : merge(answers)
  return joined.with({ parameters: resultsOf(answers), branches: joined.branches })
}

function resultsOf(answers: readonly DataRequest[]): JsonObject | undefined {
  const [first, ...others] = answers as [DataRequest, ...DataRequest[]]
  if (others.every((answer) => answer.sharesParameters(first))) return undefined
  const all = answers.map((answer) => answer.ownParameters())
  return { ...all[0], __results__: Object.assign({}, ...all.map(({ __results__ }) => __results__)) }
}
