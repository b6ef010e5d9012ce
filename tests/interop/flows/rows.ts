import { isDeepStrictEqual } from 'node:util'
import {
  hasCircle,
  hasUnknownKeys,
  hasUnknownNeeds,
  hasUnknownOptions,
  nodesOf,
  rereadsQuoted,
  type Written,
} from './flow-text.ts'
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

/** A row of docs/deviations.md that recordings of flows show. */
export interface Row {
  readonly row: number
  readonly applies: (of: Case) => boolean
  /** What is promised in the place of these fields of the recorded answer; a pattern stands for a text that matches. */
  readonly promised: (of: Case, answer: Answer) => Promised
}

export type Promised = { readonly [Field in keyof Answer]?: unknown }

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

function depthOf({ chunks = [], matches = [] }: Json): number {
  const depths = [...(chunks as Json[]), ...(matches as Json[])].map(depthOf)
  return depths.length > 0 ? 1 + Math.max(...depths) : 0
}
