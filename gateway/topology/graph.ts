import { closest } from 'fastest-levenshtein'
import { FlowError } from '../../proto/index.ts'
import { GATEWAY, type NodeSpec } from './spec.ts'

/** A node in its place. */
export interface GraphNode<Spec extends NodeSpec = NodeSpec> {
  readonly spec: Spec
  /** Positions of the nodes it takes its input from, in `needs` order; {@link REQUEST} is the gateway's own request. */
  readonly inputs: readonly number[]
  /** Nobody waits for it: no way leads from it to the exit. */
  readonly floating: boolean
}

/** The input of nodes that need the gateway. */
export const REQUEST = -1

/** A checked graph: every node stands after those it needs. */
export interface Graph<Spec extends NodeSpec = NodeSpec> {
  readonly nodes: readonly GraphNode<Spec>[]
  /** Position of the last node that was added and does not float: its answer is the flow's. {@link REQUEST} where there is none. */
  readonly exit: number
  /** Positions in the order in which routes and errors are told: depth first from the gateway. */
  readonly order: readonly number[]
  /** Nodes that were not asked to float, and that nothing needs: nobody waits for them. */
  readonly loose: readonly string[]
}

/**
 * @throws {FlowError} INVALID_ARGUMENT for a name given twice, a need that is no node, nodes that need one another; its `executor`
 * is the node that is wrong
 */
export function createGraph<Spec extends NodeSpec>(specs: readonly Spec[]): Graph<Spec> {
  const added = new Map<string, number>()
  for (const [i, { name }] of specs.entries()) {
    if (added.has(name) || name === GATEWAY) throw invalid(name, `there are two nodes named "${name}"`)
    added.set(name, i)
  }
  const needed = specs.map((spec, i) => [...new Set(needsOf(spec, i, specs))].map((need) => find(need, spec, added)))
  const sequence = sorted(needed, specs)
  const place = (i: number) => (i === REQUEST ? REQUEST : sequence.indexOf(i))

  const exit = place(specs.findLastIndex(({ floating }) => !floating))
  const inputs = sequence.map((i) => (needed[i] as number[]).map(place))
  const awaited = ancestors(exit, inputs)
  const nodes = sequence.map((i, position) => ({
    spec: specs[i] as Spec,
    inputs: inputs[position] as number[],
    floating: !awaited.has(position),
  }))
  const leaves = nodes.filter(({ spec, floating }, position) => {
    return floating && !spec.floating && !inputs.some((others) => others.includes(position))
  })
  return {
    nodes,
    exit,
    order: depthFirst(
      inputs,
      specs.map((_, i) => place(i)),
    ),
    loose: leaves.map(({ spec }) => spec.name),
  }
}

function needsOf({ needs }: NodeSpec, i: number, specs: readonly NodeSpec[]): readonly string[] {
  if (needs && needs.length > 0) return needs
  return [specs.slice(0, i).findLast(({ floating }) => !floating)?.name ?? GATEWAY]
}

function find(need: string, { name }: NodeSpec, added: ReadonlyMap<string, number>): number {
  if (need === GATEWAY) return REQUEST
  if (need === name) throw invalid(name, `node "${name}" needs itself`)
  const position = added.get(need)
  if (position !== undefined) return position
  const names = [GATEWAY, ...added.keys()]
  throw invalid(
    name,
    `node "${name}" needs "${need}", and no node is named so`,
    `Did you mean "${closest(need, names)}"? There are ${names.join(', ')}`,
  )
}

/** The nodes so that each stands after those it needs, and otherwise as they were added. */
function sorted(needed: readonly (readonly number[])[], specs: readonly NodeSpec[]): number[] {
  const sequence: number[] = []
  const above: number[] = []
  const visit = (i: number) => {
    if (i === REQUEST || sequence.includes(i)) return
    if (above.includes(i)) {
      const names = [...above.slice(above.indexOf(i)), i].map((at) => specs[at]?.name as string)
      throw invalid(names[0] as string, `nodes need one another in a circle: ${names.join(' needs ')}`)
    }
    above.push(i)
    for (const need of needed[i] as number[]) visit(need)
    above.pop()
    sequence.push(i)
  }
  for (const i of specs.keys()) visit(i)
  return sequence
}

function ancestors(position: number, inputs: readonly (readonly number[])[], found = new Set<number>()): Set<number> {
  if (position === REQUEST || found.has(position)) return found
  found.add(position)
  for (const input of inputs[position] ?? []) ancestors(input, inputs, found)
  return found
}

/** @param added - positions in the order in which the nodes were added: branches are visited so */
function depthFirst(inputs: readonly (readonly number[])[], added: readonly number[]): number[] {
  const order = new Set<number>()
  const visitAfter = (position: number) => {
    for (const next of added) {
      if (!inputs[next]?.includes(position) || order.has(next)) continue
      order.add(next)
      visitAfter(next)
    }
  }
  visitAfter(REQUEST)
  return [...order]
}

function invalid(executor: string, reason: string, hint?: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', reason, { executor, hint })
}
