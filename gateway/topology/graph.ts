import { FlowError } from '../../proto/index.ts'
import { GATEWAY, type NodeSpec } from './spec.ts'

/** A node in its place. */
export interface GraphNode<Spec extends NodeSpec = NodeSpec> {
  readonly spec: Spec
  /** Positions of the nodes it takes its input from, in `needs` order; none means the gateway's own request. */
  readonly inputs: readonly number[]
  /** Nobody waits for it: no way leads from it to the exit. */
  readonly floating: boolean
}

/** A checked graph: every node stands after those it needs. The last node that was added is the exit. */
export interface Graph<Spec extends NodeSpec = NodeSpec> {
  readonly nodes: readonly GraphNode<Spec>[]
  /** Position of the exit; -1 in an empty graph, which echoes. */
  readonly exit: number
  /** Positions in the order in which routes and errors are told: depth first from the gateway. */
  readonly order: readonly number[]
}

/**
 * @throws {FlowError} INVALID_ARGUMENT for a name given twice, a need that is no node or stands later, a node that needs itself
 */
export function createGraph<Spec extends NodeSpec>(specs: readonly Spec[]): Graph<Spec> {
  const positions = new Map<string, number>()
  const inputs = specs.map((spec, position) => {
    if (positions.has(spec.name) || spec.name === GATEWAY) throw invalid(`there are two nodes named "${spec.name}"`)
    const found = needsOf(spec, specs[position - 1]).map((need) => positionOf(need, spec.name, positions))
    positions.set(spec.name, position)
    return found.filter((input) => input >= 0)
  })
  const exit = specs.length - 1
  const awaited = ancestors(exit, inputs)
  const nodes = specs.map((spec, position) => ({
    spec,
    inputs: inputs[position] ?? [],
    floating: !awaited.has(position),
  }))
  return { nodes, exit, order: depthFirst(nodes) }
}

function needsOf(spec: NodeSpec, before: NodeSpec | undefined): readonly string[] {
  return spec.needs ?? [before?.name ?? GATEWAY]
}

function positionOf(need: string, name: string, positions: ReadonlyMap<string, number>): number {
  if (need === GATEWAY) return -1
  if (need === name) throw invalid(`node "${name}" needs itself`)
  const position = positions.get(need)
  if (position !== undefined) return position
  throw invalid(
    `node "${name}" needs "${need}", which no node before it is named`,
    `There are ${[GATEWAY, ...positions.keys()].join(', ')}`,
  )
}

function ancestors(position: number, inputs: readonly (readonly number[])[], found = new Set<number>()): Set<number> {
  if (position < 0 || found.has(position)) return found
  found.add(position)
  for (const input of inputs[position] ?? []) ancestors(input, inputs, found)
  return found
}

function depthFirst(nodes: readonly GraphNode[]): number[] {
  const order = new Set<number>()
  const visit = (position: number) => {
    if (order.has(position)) return
    order.add(position)
    nodes.forEach(({ inputs }, next) => {
      if (inputs.includes(position)) visit(next)
    })
  }
  nodes.forEach(({ inputs }, position) => {
    if (inputs.length === 0) visit(position)
  })
  return [...order]
}

function invalid(reason: string, hint?: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason, { hint })
}
