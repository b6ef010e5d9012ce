import { library } from '../executors/index.ts'
import { silent } from '../proto/index.ts'
import type { FlowDescription } from './exports/description.ts'

/** What the command line says in place of what a flow says. */
export interface Overrides {
  /** Reach every deployment of the flow's own through queues in this Redis. */
  readonly redis?: string | undefined
  /** Ports of its protocols, one for all or one for each. */
  readonly port?: readonly number[] | undefined
  /** Run everything in this process, where nobody else sees it: no queues in Redis, free ports. */
  readonly alone?: boolean | undefined
  /** Executors that come from files run in threads: those load their files anew, and can be replaced while they run. */
  readonly reload?: boolean | undefined
}

/** The flow with these said in place of its own. */
export function overridden(flow: FlowDescription, { redis: url, port, alone, reload }: Overrides): FlowDescription {
  if (alone) return aloneHere(flow)
  if (reload) return inThreads(flow)
  const options = { ...flow.options, ...(port && { port: port.length === 1 ? (port[0] as number) : [...port] }) }
  if (url === undefined) return { ...flow, options }
  return {
    ...flow,
    options: { ...options, transport: 'redis', redis: { ...options.redis, url } },
    deployments: flow.deployments.map((one) => {
      const { runtime: _, ...others } = one
      return one.external ? one : { ...others, transport: 'redis' as const }
    }),
  }
}

const apart = { port: 0, host: '127.0.0.1', transport: 'inproc', redis: undefined, queues: false } as const

function aloneHere(flow: FlowDescription): FlowDescription {
  return {
    ...flow,
    options: { ...flow.options, ...apart, logger: silent },
    deployments: flow.deployments.map((one) => (one.external ? one : { ...one, transport: 'inproc' as const })),
  }
}

function inThreads(flow: FlowDescription): FlowDescription {
  const deployments = flow.deployments.map((one) =>
    one.external || typeof one.uses !== 'string' || one.uses in library ? one : { ...one, runtime: 'thread' as const },
  )
  return { ...flow, deployments }
}
