import { parse } from 'yaml'
import { specialise } from '../../../gateway/topology/parameters.ts'
import { compileTarget } from '../../../gateway/topology/target.ts'
import {
  type DataRequest,
  DocumentArray,
  decodeRequest,
  encodeRequest,
  gatherApart,
  type JsonObject,
  type JsonValue,
  merge,
  type Query,
  type Route,
} from '../../../proto/index.ts'
import { answerOf } from './answer.ts'
import type { Written } from './flow-text.ts'
import { type Node, nodeOf, send } from './model-node.ts'
import type { Answer } from './recordings.ts'

// What Sluice promises of a flow, told a second time and in the plainest way: node after node, one request at a time, each join merging in
// the order of its needs. It has executors, merging, filters, targets and the rules of parameters from the
// product, and nothing of its graph, plan, walk and connections.
// Where recordings and promise are the same it must give the recorded answer, which the replay checks: so it may speak where they differ.

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
