import {
  createExecutor,
  createRunner,
  type ExecutorClass,
  endpointsOf,
  type StandardSchema,
} from '../../../executors/index.ts'
import { PassThrough } from '../../../executors/library/pass-through.ts'
import {
  CallContext,
  compileQuery,
  type DataRequest,
  gatherApart,
  type Handler,
  type JsonObject,
  merge,
  type Query,
} from '../../../proto/index.ts'
import * as contract from './executors.ts'
import type { Written } from './flow-text.ts'
import type { Json } from './recordings.ts'

// A node of the model: its executors, and how a request is sent to them.

export interface Node {
  readonly name: string
  readonly needs: readonly string[]
  readonly floating: boolean
  readonly noReduce: boolean
  readonly when?: Query | undefined
  readonly endpoints: ReadonlySet<string>
  /** Handlers by shard and replica. */
  readonly shards: readonly (readonly Handler[])[]
  readonly before?: Handler | undefined
  readonly after?: Handler | undefined
  readonly polls: (endpoint: string) => string
  readonly turns: { shard: number; replicas: number[] }
}

export async function nodeOf(written: Written, before: readonly Node[]): Promise<Node> {
  const {
    uses,
    shards = 1,
    replicas = 1,
    polling = 'ANY',
    uses_before,
    uses_after,
  } = written as {
    uses?: string
    shards?: number
    replicas?: number
    polling?: string | Record<string, string>
    uses_before?: string
    uses_after?: string
  }
  const taken = (written.name as string) || `executor${before.length}`
  const name = before.some((node) => node.name === taken) ? `${taken}${before.length}` : taken
  const needs = [(written.needs as string | string[] | undefined) ?? []].flat()
  const previous = before.findLast(({ floating }) => !floating)?.name ?? 'gateway'
  const endpoints = new Set<string>()
  const make = async (of: string | undefined, runtimeName: string, init: Json): Promise<Handler> => {
    const executor = await createExecutor(classOf(of), { name, ...init })
    for (const endpoint of endpointsOf(executor)) endpoints.add(endpoint)
    const outputArrayType = written.output_array_type as string | undefined
    return createRunner(executor, { runtimeName, exposeStacks: true, outputArrayType })
  }
  const own = { options: written.uses_with, metas: written.uses_metas, requests: written.uses_requests }
  const handlers: Handler[][] = []
  for (let shard = 0; shard < shards; shard++) {
    handlers.push([])
    for (let replica = 0; replica < replicas; replica++) {
      const place = shards > 1 ? `shard-${shard}/` : ''
      const init = { ...own, ...(shards > 1 && { shard }) }
      handlers[shard]?.push(await make(uses, `${name}/${place}rep-${replica}`, init))
    }
  }
  const byEndpoint: Record<string, string> = {
    '/search': 'ALL',
    '/index': 'ANY',
    ...(typeof polling === 'object' && polling),
  }
  const others = typeof polling === 'object' ? (polling['*'] ?? 'ANY') : polling
  return {
    name,
    needs: needs.length > 0 ? [...new Set(needs)] : [previous],
    floating: written.floating === true,
    noReduce: written.no_reduce === true,
    when: written.when === undefined ? undefined : compileQuery(written.when as JsonObject),
    endpoints,
    shards: handlers,
    before: shards > 1 && uses_before ? await make(uses_before, `${name}/uses_before-0`, {}) : undefined,
    after: shards > 1 && uses_after ? await make(uses_after, `${name}/uses_after-0`, {}) : undefined,
    polls: (endpoint) => byEndpoint[endpoint] ?? others,
    turns: { shard: 0, replicas: handlers.map(() => 0) },
  }
}

/** An executor that is described in its place. */
function _withInline(entry: Written): Written {
  const { uses, ...others } = entry
  if (typeof uses !== 'object' || uses === null) return entry
  const { jtype, with: usesWith, metas, requests } = uses as Written
  const both = (weaker: unknown, stronger: unknown) => ({ ...(weaker as object), ...(stronger as object) })
  return {
    ...others,
    uses: jtype,
    uses_with: both(usesWith, entry.uses_with),
    uses_metas: both(metas, entry.uses_metas),
    uses_requests: both(requests, entry.uses_requests),
  }
}

function classOf(uses: string | undefined): ExecutorClass {
  if (uses === undefined) return PassThrough
  const Class = (contract as Record<string, unknown>)[uses]
  if (typeof Class !== 'function') throw new Error(`the contract has no executor ${uses}`)
  return Class as ExecutorClass & { options?: StandardSchema }
}

export async function send(node: Node, request: DataRequest, endpoint: string): Promise<DataRequest> {
  const call = new CallContext()
  const { shards, turns, before, after, noReduce, name } = node
  const input = before ? await before(request, call) : request
  if (input.failed) return input
  const all = shards.length > 1 && node.polls(endpoint) === 'ALL'
  const asked = all ? shards.keys() : [turns.shard++ % shards.length]
  const answers: DataRequest[] = []
  for (const shard of asked) {
    const replicas = shards[shard] as readonly Handler[]
    const replica = (turns.replicas[shard] as number)++ % replicas.length
    answers.push(await (replicas[replica] as Handler)(input, call))
  }
  const failed = answers.find((answer) => answer.failed)
  if (failed) return failed
  if (answers.length === 1 && !after) return answers[0] as DataRequest
  const names = answers.map(() => name)
  const joined = noReduce || after ? gatherApart(answers, names) : merge(answers)
  const results = Object.assign({}, ...answers.map((answer) => answer.ownParameters().__results__ ?? {}))
  const parameters = { ...input.ownParameters(), ...(Object.keys(results).length > 0 && { __results__: results }) }
  const together = joined.with({ branches: joined.branches, parameters })
  return after ? after(together, call) : together
}
