import { LRUCache } from 'lru-cache'
import type { Branch } from '../../proto/index.ts'
import { type Graph, type GraphNode, REQUEST } from './graph.ts'
import { GATEWAY, type NodeTarget } from './spec.ts'
import { compileTarget } from './target.ts'

/** One node in one plan. */
export interface Step extends GraphNode<NodeTarget> {
  /** False where neither the target nor the endpoint wants it: its input passes through, and no condition applies to it. */
  readonly runs: boolean
  /** The last executor on the way of each input, or `gateway`. */
  readonly origins: readonly string[]
  /** The same as a request says it whose inputs were merged. */
  readonly branches: readonly Branch[]
  /** Positions of the nodes that parts of its answer pass through, up to the exit; undefined where its answer is wanted whole. */
  readonly onward: readonly number[] | undefined
}

/** The resolved walk for one (endpoint, target). */
export interface Plan {
  readonly steps: readonly Step[]
  readonly exit: number
  readonly order: readonly number[]
  /** Every step takes the answer of the one before it, and nothing else; all are awaited. */
  readonly chain: boolean
  /** Some node has a condition: the answer's documents come in the order of the request. */
  readonly conditional: boolean
}

/** Finds the plan for a request; the last ones used are kept. */
export type Planner = (endpoint: string, target: string) => Plan

const DEFAULT = '/default'

export function createPlanner(graph: Graph<NodeTarget>): Planner {
  const { nodes, exit, order } = graph
  const chain = nodes.every(({ inputs, floating }, position) => {
    return !floating && inputs.length === 1 && inputs[0] === position - 1
  })
  const conditional = nodes.some(({ spec }) => spec.when)
  const ways = nodes.map((_, position) => wayOn(graph, position))
  const plans = new LRUCache<string, Plan>({ max: 1000 })

  return (endpoint, target) => {
    const key = `${target}\n${endpoint}`
    const known = plans.get(key)
    if (known) return known
    const selects = compileTarget(target)
    const lasts: string[] = []
    const steps = nodes.map((node, position): Step => {
      const { name } = node.spec
      const runs = selects(name) && serves(node.spec, endpoint)
      const origins = node.inputs.map((input) => (input === REQUEST ? GATEWAY : (lasts[input] as string)))
      lasts[position] = runs ? name : (origins[0] as string)
      return { ...node, runs, origins, branches: [{ executor: origins[0] as string }], onward: ways[position] }
    })
    const plan = { steps, exit, order, chain, conditional }
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
