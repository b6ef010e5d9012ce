import { isDeepStrictEqual } from 'node:util'
import { parse, parseDocument, visit } from 'yaml'
import { normalised } from './normal.ts'
import type { Answer, Json, RecordedFlow, RecordedRequest } from './recordings.ts'

/** A recorded request, its answer, and what the model of Sluice's promises says. */
export interface Case {
  readonly flow: RecordedFlow
  readonly nodes: readonly Written[]
  readonly request: RecordedRequest
  readonly recorded: Answer
  /** Undefined where the model cannot read the flow or the request. */
  readonly model: Answer | undefined
}

/** An entry of `executors`. */
export type Written = Readonly<Record<string, unknown>>

/** A row of docs/deviations.md that recordings of flows show. */
export interface Row {
  readonly row: number
  readonly applies: (of: Case) => boolean
  /** What is promised in the place of these fields of the recorded answer; a pattern stands for a text that matches. */
  readonly promised: (of: Case, answer: Answer) => Promised
}

export type Promised = { readonly [Field in keyof Answer]?: unknown }

/** Of the flow a part before it is read as YAML; nothing where it is none. */
export function nodesOf(yaml: string): readonly Written[] {
  try {
    const { executors } = parse(yaml, { merge: true }) as { executors?: Written[] }
    return Array.isArray(executors) ? executors.filter(({ name }) => name !== 'gateway') : []
  } catch {
    return []
  }
}

export const rows: readonly Row[] = [
  {
    row: 2,
    applies: ({ flow, nodes, request, recorded }) => {
      const skipped = (recorded.routes ?? []).filter(({ end }) => !end).map(({ executor }) => executor)
      const skippedJoin = nodes.some(({ name, needs }) => isJoin(needs) && skipped.includes(String(name)))
      // some flows were recorded without telling the arrivals of each request
      const untold = Object.keys(request.arrival).length === 0
      const otherOrder = request.flags.includes('arrival-differs') || (untold && flow.flags.includes('arrival-differs'))
      return otherOrder || flow.flags.includes('shared-part') || skippedJoin
    },
    promised: ({ model }, answer) => {
      if (!model) return {}
      const results = resultsOf(model)
      const { __results__: _, ...parameters } = answer.parameters ?? {}
      const same = isDeepStrictEqual(model.header?.status, answer.header?.status)
      return {
        docs: model.docs,
        has_data: model.has_data,
        parameters: results ? { ...parameters, __results__: results } : parameters,
        ...(!same && { header: model.header, routes: model.routes }),
      }
    },
  },
  {
    row: 3,
    applies: ({ request, recorded, nodes }) =>
      recorded.grpc === 'OK' &&
      (!isDeepStrictEqual(othersOf(recorded.parameters), othersOf(request.parameters)) ||
        (isDeepStrictEqual(resultsOf(recorded), {}) && request.parameters?.__results__ === undefined) ||
        sharesParameters(nodes, request)),
    promised: ({ request, recorded, model, nodes }, answer) => {
      const shared = sharesParameters(nodes, request) && recorded.header?.status === null ? model : undefined
      const results = resultsOf(shared ?? answer) ?? {}
      const keeps = Object.keys(results).length > 0 || request.parameters?.__results__ !== undefined
      const parameters = { ...othersOf(request.parameters), ...(keeps && { __results__: results }) }
      return { parameters, ...(shared && { docs: shared.docs }) }
    },
  },
  {
    row: 8,
    applies: ({ flow }) => rereadsQuoted(flow.yaml),
    promised: ({ model }) => ({ ...model }),
  },
  {
    row: 9,
    applies: ({ request }) => /\(\?<?[=!]|\\[1-9]/.test(request.target ?? ''),
    promised: refused,
  },
  {
    row: 10,
    applies: ({ recorded }) => recorded.grpc === 'UNKNOWN' && /<class 're\.error'>/.test(recorded.details ?? ''),
    promised: refused,
  },
  {
    // parameters that Python cannot unpack
    row: 10,
    applies: ({ recorded }) =>
      recorded.grpc === 'UNKNOWN' && /dict\.update\(\)|update sequence/.test(recorded.details ?? ''),
    promised: ({ model }) => ({ ...model }),
  },
  {
    row: 18,
    applies: ({ nodes, recorded }) => {
      const isOther = /re\.error|dict\.update\(\)|update sequence/.test(recorded.details ?? '')
      return recorded.grpc === 'UNKNOWN' && nodes.some(({ when }) => when) && !isOther
    },
    promised: ({ model }) => ({ ...model }),
  },
  {
    row: 19,
    applies: ({ nodes, recorded }) => {
      const split = nodes.filter(({ shards, no_reduce }) => Number(shards) > 1 && no_reduce === true)
      return split.length > 0 && recorded.grpc === 'OK'
    },
    promised: ({ model }) => ({ docs: model?.docs, parameters: model?.parameters }),
  },
]

/** Rows about how documents are written: with them, both sides are compared as readers see them. */
export const readingRows: readonly Row[] = [
  {
    row: 11,
    applies: ({ request }) => (request.docs ?? []).some((document) => depthOf(document) > 1),
    promised: (_, answer) => ({ docs: normalised(answer.docs as Json[]) }),
  },
  {
    row: 17,
    applies: ({ request }) => !isDeepStrictEqual(request.docs ?? [], normalised(request.docs ?? [])),
    promised: (_, answer) => ({ docs: normalised(answer.docs as Json[]) }),
  },
]

/** The row about flows that Jina builds and Sluice refuses, where what is wrong can be told from the flow. */
export function refusedFlow({ yaml }: RecordedFlow): number | undefined {
  const nodes = nodesOf(yaml)
  const wrong = hasUnknownNeeds(nodes) || hasCircle(nodes) || hasUnknownKeys(yaml, nodes) || hasUnknownOptions(nodes)
  return wrong ? 7 : undefined
}

/** The same where Jina finds out when documents come: every request that has some fails in a filter. */
export function refusedFilter({ yaml, requests, responses }: RecordedFlow): number | undefined {
  const answers = requests.flatMap(({ docs }, i) => (docs && docs.length > 0 ? [responses[i] as Answer] : []))
  if (/\$regex.*(\(\?<?[=!]|\\[1-9])/.test(yaml)) return 9
  const fails = answers.length > 0 && answers.every(({ grpc }) => grpc === 'UNKNOWN')
  return fails && nodesOf(yaml).some(({ when }) => when) ? 7 : undefined
}

// a pattern is refused before anything runs, and in-band as all on a stream
function refused({ request }: Case): Promised {
  const { id, endpoint, parameters, docs } = request
  const exception = {
    name: 'INVALID_ARGUMENT',
    args: [/no pattern of executor names/],
    executor: '',
    has_stacks: false,
  }
  return {
    grpc: 'OK',
    header: {
      request_id: id,
      status: { code: 1, description: /^\[invalid_argument\] "/, exception },
      exec_endpoint: endpoint,
      target_executor: '',
    },
    parameters: parameters ?? {},
    routes: [],
    has_data: docs !== null,
    docs: docs ?? undefined,
  }
}

function isJoin(needs: unknown): boolean {
  return Array.isArray(needs) && new Set(needs).size > 1
}

function resultsOf({ parameters }: Answer): Json | undefined {
  return parameters?.__results__ as Json | undefined
}

function othersOf(parameters: Json | null | undefined): Json {
  const { __results__, ...others } = parameters ?? {}
  return others
}

/** Branches that run at once, of which one has parameters under its name: in Jina the others get them too. */
function sharesParameters(nodes: readonly Written[], { parameters }: RecordedRequest): boolean {
  const named = nodes.filter(({ name }) => typeof parameters?.[String(name)] === 'object')
  const needs = nodes.map((node, i) => [node.needs ?? nodes[i - 1]?.name ?? 'gateway'].flat())
  return named.length > 0 && needs.flat().some((need, i, all) => all.indexOf(need) !== i)
}

/** A quoted text in the YAML that would be another value without its quotes. */
function rereadsQuoted(yaml: string): boolean {
  let found = false
  visit(parseDocument(yaml), {
    Scalar: (key, { type, value }) => {
      if (key === 'key' || typeof value !== 'string' || !type?.startsWith('QUOTE_')) return
      const plain = value.trim()
      const number = plain !== '' && !Number.isNaN(Number(plain))
      const python = /^(true|false|True|False)$/.test(plain) || plain === '' || plain !== value
      if (number || python || /^'.*'$|^\[.*\]$/s.test(plain)) found = true
    },
  })
  return found
}

function depthOf({ chunks = [], matches = [] }: Json): number {
  const depths = [...(chunks as Json[]), ...(matches as Json[])].map(depthOf)
  return depths.length > 0 ? 1 + Math.max(...depths) : 0
}

function hasUnknownNeeds(nodes: readonly Written[]): boolean {
  const names = ['gateway', ...nodes.map(({ name }, i) => String(name || `executor${i}`))]
  return nodes.some(({ needs }) =>
    [needs ?? []].flat().some((need) => typeof need === 'string' && !names.includes(need)),
  )
}

function hasCircle(nodes: readonly Written[]): boolean {
  const needsOf = new Map(nodes.map(({ name, needs }) => [String(name), [needs ?? []].flat().map(String)]))
  const leadsTo = (from: string, to: string, seen: Set<string>): boolean =>
    (needsOf.get(from) ?? []).some((need) => {
      if (need === to) return true
      if (seen.has(need)) return false
      seen.add(need)
      return leadsTo(need, to, seen)
    })
  return [...needsOf.keys()].some((name) => leadsTo(name, name, new Set()))
}

const KEYS = {
  flow: 'jtype version with gateway executors deployments',
  with: 'name workspace env inspect log_config quiet quiet_error reload protocol port host prefetch title cors timeout_send',
  executors: `name method uses uses_with uses_metas uses_requests uses_dynamic_batching needs floating no_reduce when shards replicas
    polling uses_before uses_after timeout_send retries workspace env output_array_type external host port tls grpc_metadata py_modules
    timeout_ready timeout_ctrl monitoring`,
}

function hasUnknownKeys(yaml: string, nodes: readonly Written[]): boolean {
  const isUnknown = (keys: string, value: unknown) =>
    Object.keys((value ?? {}) as object).some((key) => !keys.split(/\s+/).includes(key))
  const top = parse(yaml, { merge: true }) as Json | null
  const polls = nodes.flatMap(({ polling }) =>
    typeof polling === 'object' && polling ? Object.values(polling) : (polling ?? []),
  )
  return (
    isUnknown(KEYS.flow, top) ||
    isUnknown(KEYS.with, top?.with) ||
    nodes.some((node) => isUnknown(KEYS.executors, node)) ||
    polls.some((polling) => !/^(any|all)$/i.test(String(polling))) ||
    nodes.some(({ shards = 1, replicas = 1 }) => Number(shards) < 1 || Number(replicas) < 1)
  )
}

/** What CONTRACT.md says of each class besides `sleep`. */
const OPTIONS: Readonly<Record<string, string>> = {
  ...{ SetText: 'text', SetField: 'fields', SetTensor: 'values dtype', SetBlob: 'text', SetScore: 'key value' },
  ...{
    AddChunk: 'label text per_shard',
    AddMatch: 'label text per_shard',
    Drop: 'every',
    Create: 'per_shard',
    Fail: 'on_text',
  },
}

function hasUnknownOptions(nodes: readonly Written[]): boolean {
  return nodes.some(({ uses, uses_with }) => {
    if (typeof uses_with !== 'object' || uses_with === null) return false
    const known = typeof uses === 'string' ? ['sleep', ...(OPTIONS[uses] ?? '').split(' ')] : []
    return Object.keys(uses_with).some((key) => !known.includes(key))
  })
}
