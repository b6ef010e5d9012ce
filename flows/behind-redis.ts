import type { FlowDescription } from './exports/description.ts'

/** What the command line says of a gateway that starts alone. */
export interface GatewayOverrides {
  /** Reach every deployment of the flow's own through queues in this Redis, whatever the flow says. */
  readonly redis?: string | undefined
  /** Ports of its protocols, one for all or one for each. */
  readonly port?: readonly number[] | undefined
}

/** The flow with these said in place of its own. */
export function overridden(flow: FlowDescription, { redis: url, port }: GatewayOverrides): FlowDescription {
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
