import { apiEndpoint } from '../../proto/index.ts'
import type { CompiledGatewayOptions } from '../options.ts'
import type { ProtocolName } from '../protocols/index.ts'
import type { NodeTarget } from '../topology/spec.ts'
import { bentoMetrics } from './bento.ts'
import { type Metric, requestMetrics, values } from './exposition.ts'
import { Family } from './figures.ts'

/** What else of a gateway is shown. */
export interface GatewayFigures {
  readonly inFlightBytes: number
  unready(): readonly string[]
}

/** Endpoints that every HTTP gateway has a route for. */
const crud = ['/index', '/search', '/update', '/delete']

/** All that is counted in one gateway. */
export class GatewayMetrics {
  readonly #options: CompiledGatewayOptions
  readonly #nodes: readonly NodeTarget[]
  readonly #known: ReadonlySet<string>
  readonly #protocols = new Map<ProtocolName, Family>()
  readonly #deployments = new Map<string, Family>()

  constructor(options: CompiledGatewayOptions, nodes: readonly NodeTarget[]) {
    this.#options = options
    this.#nodes = nodes
    this.#known = new Set([...crud, ...Object.keys(options.exposeEndpoints)])
    if (options.compat !== 'bento') return
    for (const endpoint of Object.keys(options.exposeEndpoints)) this.protocol('http').of(endpoint)
  }

  /** Requests that came by a protocol. */
  protocol(protocol: ProtocolName): Family {
    return familyIn(this.#protocols, protocol, () => new Family({ protocol }, (name) => this.#isKnown(name)))
  }

  /** Requests to one deployment. */
  deployment(deployment: string): Family {
    return familyIn(this.#deployments, deployment, () => new Family({ deployment }, (name) => this.#isKnown(name)))
  }

  metrics({ inFlightBytes, unready }: GatewayFigures): Metric[] {
    const seriesOf = (families: ReadonlyMap<string, Family>) => [...families.values()].flatMap(({ all }) => all)
    const protocols = seriesOf(this.#protocols)
    return [
      ...requestMetrics('sluice', 'Requests by protocol and endpoint', protocols),
      ...requestMetrics('sluice_deployment', 'Requests to deployments by endpoint', seriesOf(this.#deployments)),
      ...connectionMetrics(this.#nodes),
      values('gauge', 'sluice_in_flight_bytes', 'Bytes of requests in flight and of unread answers', [
        [{}, inFlightBytes],
      ]),
      values('gauge', 'sluice_ready', '1 where all executors can be reached', [[{}, unready().length === 0 ? 1 : 0]]),
      ...(this.#options.compat === 'bento' ? this.#bento() : []),
    ]
  }

  #bento(): Metric[] {
    const { title: service, exposeEndpoints, pathPrefix } = this.#options
    const apis = this.#nodes.flatMap(({ connection }) => connection.apis ?? [])
    const routes = new Map(apis.map(({ name, route }) => [apiEndpoint(name), pathPrefix + route]))
    const pathOf = (endpoint: string) => exposeEndpoints[endpoint]?.httpPath ?? routes.get(endpoint) ?? endpoint
    return bentoMetrics(this.#protocols.get('http')?.all ?? [], { service, pathOf })
  }

  // what an executor elsewhere binds may be told later
  #isKnown(endpoint: string): boolean {
    if (this.#known.has(endpoint)) return true
    return this.#nodes.some(
      ({ connection: { endpoints, apis } }) =>
        endpoints?.includes(endpoint) || apis?.some(({ name }) => apiEndpoint(name) === endpoint),
    )
  }
}

function familyIn<Name>(families: Map<Name, Family>, name: Name, make: () => Family): Family {
  const family = families.get(name) ?? make()
  families.set(name, family)
  return family
}

/** What connections tell of themselves, each figure a metric: `openJobs` is `sluice_deployment_open_jobs`. */
function connectionMetrics(nodes: readonly NodeTarget[]): Metric[] {
  const told = new Map<string, [{ deployment: string }, number][]>()
  for (const { name: deployment, connection } of nodes) {
    for (const [figure, value] of Object.entries(connection.stats ?? {})) {
      told.set(figure, [...(told.get(figure) ?? []), [{ deployment }, value]])
    }
  }
  return [...told].map(([figure, entries]) => {
    const words = figure.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    return values('gauge', `sluice_deployment_${words}`, `${words.replaceAll('_', ' ')}, by deployment`, entries)
  })
}
