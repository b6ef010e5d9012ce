import type { Connection } from '../executors/transports/index.ts'
import { compose, type Handler, type Interceptor, type Logger } from '../proto/index.ts'
import { createEngine, type Engine } from './engine.ts'
import { Generation } from './generation.ts'
import { countedConnection, metrics } from './interceptors/metrics.ts'
import type { GatewayMetrics } from './metrics/metrics.ts'
import type { ProtocolName, Service } from './protocols/index.ts'
import type { NodeTarget } from './topology/spec.ts'

export interface WiringOptions {
  /** Puts limits and a deadline around what callers ask. */
  readonly limited: Interceptor
  readonly metrics: GatewayMetrics | undefined
  /** Count requests, so that {@link Wiring.idle} can tell when there are none. */
  readonly replaceable: boolean
  readonly logger: Logger
}

/** What a gateway makes of its nodes; other nodes are wired anew. */
export class Wiring {
  /** The graph of the nodes. */
  readonly handler: Handler
  /** Deployments as typed calls reach them, past the graph. */
  readonly services: readonly Service[]
  /** Deployments as tasks reach them: callers' limits are not theirs. */
  readonly taskServices: readonly Service[]
  readonly #metrics: GatewayMetrics | undefined
  readonly #engine: Engine
  readonly #generation: Generation | undefined
  readonly #servicesOf = new Map<ProtocolName, readonly Service[]>()

  /** @throws {FlowError} INVALID_ARGUMENT for nodes that make no graph */
  constructor(nodes: readonly NodeTarget[], { limited, metrics, replaceable, logger }: WiringOptions) {
    const counted = metrics ? measured(nodes, metrics) : nodes
    this.#metrics = metrics
    this.#engine = createEngine(counted, logger)
    this.#generation = replaceable ? new Generation() : undefined
    const within = this.#generation?.counted ?? ((next: Handler) => next)
    this.handler = within(this.#engine.handler)
    const servicesIn = (around: Interceptor) =>
      counted.map(({ name, connection }) => serviceOf(name, connection, around))
    this.taskServices = servicesIn(within)
    this.services = servicesIn(compose(limited, within))
  }

  /** The {@link services}, whose calls are counted as those of a protocol; the same list each time. */
  servicesOf(protocol: ProtocolName): readonly Service[] {
    if (!this.#metrics) return this.services
    const known = this.#servicesOf.get(protocol)
    if (known) return known
    const counting = metrics(this.#metrics.protocol(protocol))
    const services = this.services.map((service) => serviceOf(service.name, service, counting))
    this.#servicesOf.set(protocol, services)
    return services
  }

  /** Resolves when what came is answered and what floats has ended; where it is replaceable, nothing may come any more. */
  async idle(): Promise<void> {
    await this.#generation?.idle()
    await this.#engine.idle()
  }
}

/** Nodes whose requests are counted. */
function measured(nodes: readonly NodeTarget[], counted: GatewayMetrics): NodeTarget[] {
  return nodes.map((node) => {
    const { name, connection } = node
    return { ...node, connection: countedConnection(connection, counted.deployment(name)) }
  })
}

function serviceOf(name: string, inner: Pick<Connection, 'apis' | 'send'>, around: Interceptor): Service {
  return {
    name,
    // an executor elsewhere says it late
    get apis() {
      return inner.apis
    },
    send: around(inner.send),
  }
}
