import { LRUCache } from 'lru-cache'
import type { Graph, GraphNode } from './graph.ts'
import type { NodeTarget } from './spec.ts'
import { compileTarget } from './target.ts'

/** One node in one plan. */
export interface Step extends GraphNode<NodeTarget> {
  /** False where neither the target nor the endpoint wants it: its input passes through. */
  readonly runs: boolean
  /** Positions of the nodes that parts of its answer pass through, up to the exit; undefined where its answer is wanted whole. */
  readonly onward: readonly number[] | undefined
}

/** The resolved walk for one (endpoint, target). */
export interface Plan {
  readonly steps: readonly Step[]
  readonly exit: number
  readonly order: readonly number[]
  /** Every step takes the answer of the one before it, and nothing else. */
  readonly chain: boolean
}

/** Finds the plan for a request; the last ones used are kept. */
export type Planner = (endpoint: string, target: string) => Plan

const DEFAULT = '/default'

export function createPlanner(graph: Graph<NodeTarget>): Planner {
  const chain = graph.nodes.every(({ inputs }, position) =>
    position === 0 ? inputs.length === 0 : inputs.length === 1 && inputs[0] === position - 1,
  )
  const ways = graph.nodes.map((_, position) => wayOn(graph, position))
  const plans = new LRUCache<string, Plan>({ max: 1000 })

  return (endpoint, target) => {
    const key = `${target}\n${endpoint}`
    const known = plans.get(key)
    if (known) return known
    const selects = compileTarget(target)
    const steps = graph.nodes.map((node, position) => ({
      ...node,
      runs: selects(node.spec.name) && serves(node.spec, endpoint),
      onward: ways[position],
    }))
    const plan = { steps, exit: graph.exit, order: graph.order, chain }
    if (steps.every(({ spec }) => spec.connection.endpoints)) plans.set(key, plan)
    return plan
  }
}

// An executor whose endpoints are not known yet is asked; it answers what it does not serve unchanged.
function serves({ connection }: NodeTarget, endpoint: string): boolean {
  const { endpoints } = connection
  return !endpoints || endpoints.includes(endpoint) || endpoints.includes(DEFAULT)
}

// Parts go on where nothing waits for the whole: from a node to the one that alone takes its answer, and alone from it.
function wayOn(graph: Graph<NodeTarget>, position: number): readonly number[] | undefined {
  if (position === graph.exit) return []
  const takers = [...graph.nodes.keys()].filter((taker) => graph.nodes[taker]?.inputs.includes(position))
  const [taker] = takers
  if (taker === undefined || takers.length > 1 || graph.nodes[taker]?.inputs.length !== 1) return undefined
  const rest = wayOn(graph, taker)
  return rest && [taker, ...rest]
}
