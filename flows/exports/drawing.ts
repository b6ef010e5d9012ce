import { createGraph } from '../../gateway/index.ts'
import type { CompiledDeployment } from '../options.ts'
import type { FlowDescription } from './description.ts'

// What a picture of a flow shows, whatever it is drawn with.

/** A box. */
export interface DrawnNode {
  readonly id: string
  readonly title: string
  /** Below the title, one by one. */
  readonly lines: readonly string[]
  readonly kind: 'gateway' | 'executor' | 'external'
  /** Boxes that stand behind one another. */
  readonly replicas: number
  /** Parts of the box; 1: it is whole. */
  readonly shards: number
  readonly floating: boolean
}

/** An arrow. */
export interface DrawnEdge {
  readonly from: string
  readonly to: string
  /** Which documents go this way, where not all do. */
  readonly condition?: string
  /** Nobody waits for what comes this way. */
  readonly floating: boolean
}

export interface Drawing {
  readonly title: string
  readonly nodes: readonly DrawnNode[]
  readonly edges: readonly DrawnEdge[]
}

const [REQUESTS, ANSWERS] = ['requests', 'answers']

export function drawingOf({ options, deployments }: FlowDescription): Drawing {
  const specs = deployments.map(({ name, needs, floating }) => ({
    name,
    needs: needs === undefined ? undefined : [needs].flat(),
    floating,
  }))
  const { nodes, exit } = createGraph(specs)
  const byName = new Map(deployments.map((deployment) => [deployment.name, deployment]))
  const idOf = (position: number) => (position < 0 ? REQUESTS : `n${position}`) as string
  const drawn = nodes.map(({ spec, floating }, position) =>
    executorNode(idOf(position), byName.get(spec.name) as CompiledDeployment, floating),
  )
  const edges = nodes.flatMap(({ spec, inputs, floating }, position) => {
    const filter = byName.get(spec.name)?.when?.filter
    const condition = filter && `when ${filterText(filter)}`
    // one that takes nothing from others takes the request
    return (inputs.length > 0 ? inputs : [-1]).map((input) => ({
      from: idOf(input),
      to: idOf(position),
      floating,
      ...(condition !== undefined && { condition }),
    }))
  })
  return {
    title: options.name ?? options.title,
    nodes: [gatewayNode(options), ...drawn, box(ANSWERS as string, 'answers')],
    edges: [...edges, { from: idOf(exit), to: ANSWERS as string, floating: false }],
  }
}

function box(id: string, title: string, lines: readonly string[] = []): DrawnNode {
  return { id, title, lines, kind: 'gateway', replicas: 1, shards: 1, floating: false }
}

function gatewayNode({ protocol, port }: FlowDescription['options']): DrawnNode {
  const ports = [port].flat()
  const lines = [protocol].flat().map((name, i) => {
    const own = ports[ports.length > 1 ? i : 0]
    return own ? `${name} :${own}` : name
  })
  return box(REQUESTS as string, 'gateway', lines)
}

function executorNode(id: string, deployment: CompiledDeployment, floating: boolean): DrawnNode {
  const { name, external, replicas = 1, shards = 1 } = deployment
  const copies = external ? placesOf(deployment).length : replicas
  return {
    ...{ id, title: name, kind: external ? 'external' : 'executor', replicas: copies, shards, floating },
    lines: linesOf(deployment, copies, floating),
  }
}

function linesOf(deployment: CompiledDeployment, copies: number, floating: boolean): string[] {
  const { external, shards = 1, polling, noReduce, usesBefore, usesAfter, runtime, transport, env } = deployment
  const place = transport === 'redis' ? 'over Redis' : (runtime ?? (env ? 'thread' : undefined))
  return [
    ...(external ? placesOf(deployment) : [usesText(deployment.uses)]),
    ...(shards > 1 ? [`${shards} shards${polling === undefined ? '' : `, polling ${pollingText(polling)}`}`] : []),
    ...(copies > 1 ? [`${copies} replicas${shards > 1 ? ' of each' : ''}`] : []),
    ...(usesBefore === undefined ? [] : [`before: ${usesText(usesBefore)}`]),
    ...(usesAfter === undefined ? [] : [`after: ${usesText(usesAfter)}`]),
    ...(noReduce ? ['branches kept apart'] : []),
    ...(place === undefined || place === 'inproc' || external ? [] : [place === 'thread' ? 'in a thread' : place]),
    ...(floating ? ['floating: nobody waits'] : []),
  ]
}

function placesOf({ host = 'localhost', port, tls }: CompiledDeployment): string[] {
  const [hosts, ports] = [[host].flat(), port === undefined ? [] : [port].flat()]
  return Array.from({ length: Math.max(hosts.length, ports.length) }, (_, i) => {
    const at = (hosts[i] ?? hosts[0] ?? '').replace(/^grpcs?:\/\//, '')
    const own = ports[i] ?? ports[0]
    return `${tls ? 'grpcs' : 'grpc'}://${at}${own === undefined ? '' : `:${own}`}`
  })
}

function usesText(uses: CompiledDeployment['uses']): string {
  if (uses === undefined) return 'PassThrough'
  return typeof uses === 'string' ? uses : uses.name
}

function pollingText(polling: NonNullable<CompiledDeployment['polling']>): string {
  if (typeof polling === 'string') return polling
  return Object.entries(polling)
    .map(([endpoint, how]) => `${endpoint} ${how}`)
    .join(', ')
}

// a filter that was compiled is a function that keeps what it was compiled from
const OPERATORS: Readonly<Record<string, string>> = {
  ...{ $eq: '=', $neq: '≠', $gt: '>', $gte: '≥', $lt: '<', $lte: '≤' },
  ...{ $in: 'in', $nin: 'not in', $regex: 'matches', $size: 'has size', $exists: 'exists' },
}

/** `{"tags__x": {"$gt": 3}}` as `x > 3`; what is more than that as JSON. */
function filterText(filter: unknown): string {
  const entries = Object.entries((filter ?? {}) as object)
  const [field, test] = entries[0] ?? []
  if (entries.length !== 1 || field === undefined || field.startsWith('$') || typeof test !== 'object' || !test)
    return JSON.stringify(filter)
  const tests = Object.entries(test)
  const [operator = '', value] = tests[0] ?? []
  const sign = OPERATORS[operator]
  if (tests.length !== 1 || sign === undefined) return JSON.stringify(filter)
  return `${field.replace(/^tags__/, '').replaceAll('__', '.')} ${sign} ${JSON.stringify(value)}`
}
