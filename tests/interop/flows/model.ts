import { parse } from 'yaml'
import {
  createExecutor,
  createRunner,
  type ExecutorClass,
  endpointsOf,
  type StandardSchema,
} from '../../../executors/index.ts'
import { PassThrough } from '../../../executors/library/pass-through.ts'
import { specialise } from '../../../gateway/topology/parameters.ts'
import { compileTarget } from '../../../gateway/topology/target.ts'
import {
  CallContext,
  compileQuery,
  type DataRequest,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  gatherApart,
  type Handler,
  type JsonObject,
  type JsonValue,
  merge,
  type Query,
  type Route,
} from '../../../proto/index.ts'
import { answerOf } from './answer.ts'
import * as contract from './executors.ts'
import type { Answer, Json } from './recordings.ts'

// What Sluice promises of a flow, told a second time and in the plainest way: node after node, one request at a time, each join merging in
// the order of its needs. It has executors, merging, filters, targets and the rules of parameters from the
// product, and nothing of its graph, plan, walk and connections.
// Where recordings and promise are the same it must give the recorded answer, which the replay checks: so it may speak where they differ.

interface Node {
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

type Written = Readonly<Record<string, unknown>>

export class Model {
  readonly #nodes: readonly Node[]

  private constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
  }

  /** Undefined for a flow with variables, which it does not read. */
  static async of(yaml: string): Promise<Model | undefined> {
    if (yaml.includes('${{')) return undefined
    const { executors = [] } = parse(yaml, { merge: true }) as { executors?: Written[] }
    const nodes: Node[] = []
    for (const written of executors) if (written.name !== 'gateway') nodes.push(await nodeOf(written, nodes))
    return new Model(nodes)
  }

  /** The promised answer to recorded bytes. */
  async answer(bytes: Buffer): Promise<Answer> {
    const request = decodeRequest(bytes)
    const { execEndpoint: endpoint = '', targetExecutor = '' } = request.header
    const isTarget = compileTarget(targetExecutor)
    const sent = request.with({ header: { ...request.header, targetExecutor: '' } })
    const specialised = specialise(request)
    const answers = new Map([['gateway', sent]])
    const origins = new Map([['gateway', 'gateway']])
    const routes = new Map<string, Route>()
    const results = new Map<string, JsonObject>()

    for (const node of this.#sorted()) {
      const parts = node.needs.map((need) => answers.get(need) as DataRequest)
      const from = node.needs.map((need) => origins.get(need) as string)
      const failed = parts.find((part) => part.failed)
      if (failed) {
        answers.set(node.name, failed)
        continue
      }
      const { name } = node
      const runs = isTarget(name) && (node.endpoints.has(endpoint) || node.endpoints.has('/default'))
      origins.set(name, runs ? name : (from[0] as string))
      const awaited = this.#awaited().has(name)
      routes.set(name, { executor: name, startTime: 1, ...(runs && awaited && { endTime: 1 }) })
      answers.set(name, merge(parts as [DataRequest]))
      if (!runs || !awaited) continue
      const wanted = parts.map((part) => (node.when ? filtered(part, node.when) : part))
      const apart = node.noReduce && wanted.length > 1
      const input = apart ? gatherApart(wanted, from) : merge(wanted)
      const branches = apart ? input.branches : [{ executor: from[0] as string }]
      const parameters = specialised.forNode(name)
      const answer = await send(node, input.with({ branches, parameters }), endpoint)
      ;(routes.get(name) as Route).status = answer.status
      results.set(name, objectOf(answer.ownParameters().__results__))
      answers.set(name, answer.withParametersOf(sent))
    }
    return this.#finished(request, answers, routes, results)
  }

  #finished(
    request: DataRequest,
    answers: ReadonlyMap<string, DataRequest>,
    routes: ReadonlyMap<string, Route>,
    results: ReadonlyMap<string, JsonObject>,
  ): Answer {
    const order = this.#depthFirst()
    const exit = this.#nodes.findLast(({ floating }) => !floating)?.name ?? 'gateway'
    const last = answers.get(exit) as DataRequest
    const failed = last.failed ? order.map((name) => answers.get(name)).find((answer) => answer?.failed) : undefined
    const answer = failed ?? last
    const own = order.map((name) => results.get(name) ?? {}).filter((result) => Object.keys(result).length > 0)
    const sent = request.ownParameters()
    const start = objectOf(sent.__results__)
    const all = own.length > 0 ? { ...sent, __results__: Object.assign({}, start, ...own) } : sent
    const conditional = this.#nodes.some(({ when }) => when)
    const docs = conditional ? inOrder(request, answer) : undefined
    const gateway = { executor: 'gateway', startTime: 1, endTime: 1 }
    const header = { ...request.header, targetExecutor: '', status: answer.status }
    const told = [gateway, ...order.flatMap((name) => routes.get(name) ?? [])]
    const finished = answer.with({ header, routes: told, parameters: all, ...(docs && { docs }) })
    return answerOf('OK', '', encodeRequest(finished))
  }

  #sorted(): Node[] {
    const sorted: Node[] = []
    const visit = (node: Node | undefined): void => {
      if (!node || sorted.includes(node)) return
      for (const need of node.needs) visit(this.#nodes.find(({ name }) => name === need))
      sorted.push(node)
    }
    for (const node of this.#nodes) visit(node)
    return sorted
  }

  #awaited(): Set<string> {
    const awaited = new Set<string>()
    const visit = (name: string | undefined): void => {
      if (name === undefined || awaited.has(name)) return
      awaited.add(name)
      for (const need of this.#nodes.find((node) => node.name === name)?.needs ?? []) visit(need)
    }
    visit(this.#nodes.findLast(({ floating }) => !floating)?.name)
    return awaited
  }

  #depthFirst(): string[] {
    const order: string[] = []
    const visit = (from: string): void => {
      for (const { name, needs } of this.#nodes) {
        if (!needs.includes(from) || order.includes(name)) continue
        order.push(name)
        visit(name)
      }
    }
    visit('gateway')
    return order
  }
}

async function nodeOf(written: Written, before: readonly Node[]): Promise<Node> {
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

async function send(node: Node, request: DataRequest, endpoint: string): Promise<DataRequest> {
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

function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function filtered(request: DataRequest, when: Query): DataRequest {
  return request.with({ docs: request.ownDocs().filter(when) })
}

function inOrder(request: DataRequest, answer: DataRequest): DocumentArray {
  const ids = request.ownDocs().ids
  const place = (id: string) => (ids.includes(id) ? ids.indexOf(id) : ids.length)
  return new DocumentArray(answer.ownDocs().toSorted((a, b) => place(a.id) - place(b.id)))
}
