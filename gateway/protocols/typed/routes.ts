import { type ApiDescription, FlowError, type JsonSchema } from '../../../proto/index.ts'
import type { Front, Service } from '../protocol.ts'
import { flat } from './flat.ts'
import type { TypedOptions } from './options.ts'
import { taskRoutes } from './task-routes.ts'

/** A typed endpoint at its path. */
export interface TypedRoute {
  readonly path: string
  readonly api: ApiDescription
  readonly service: Service
  /** Schema of its input without unions and references, which forms are read by. */
  readonly flat: JsonSchema
}

/** Typed endpoints by their paths, in the order of their names. */
export type TypedRoutes = ReadonlyMap<string, TypedRoute>

/** Paths at which the gateway itself answers. */
const infrastructure = [
  ...['/', '/docs', '/docs.json', '/openapi.json', '/schema.json', '/livez', '/readyz', '/healthz', '/metrics'],
  ...['/status', '/dry_run', '/post', '/graphql', '/queues'],
]

const crud = ['/index', '/search', '/update', '/delete']

/**
 * The routes as they are known now. Executors that are reached over a network say late what they serve: then a mistake is logged,
 * and the routes stay as they were.
 * @throws {FlowError} INVALID_ARGUMENT for a mistake among what is known from the start
 */
export function createRoutes(front: Front, options: TypedOptions): () => TypedRoutes {
  let services = front.services()
  let seen = services.map(({ apis }) => apis)
  let routes = routesOf(front, options)
  return () => {
    const now = front.services()
    if (now === services && services.every(({ apis }, i) => apis === seen[i])) return routes
    services = now
    seen = services.map(({ apis }) => apis)
    try {
      routes = routesOf(front, options)
    } catch (err) {
      front.logger.error({ err }, 'typed endpoints are not served')
    }
    return routes
  }
}

function routesOf({ services, logger }: Front, { pathPrefix, noCrudEndpoints }: TypedOptions): TypedRoutes {
  const routes = new Map<string, TypedRoute>()
  const names = new Map<string, Service>()
  const all = services().flatMap((service) => service.apis?.map((api) => routeOf(service, api, pathPrefix)) ?? [])
  for (const route of all.sort((a, b) => (a.api.name < b.api.name ? -1 : 1))) {
    const { path, api, service } = route
    if (infrastructure.includes(path)) throw reserved(route)
    const [sameName, samePath] = [names.get(api.name), routes.get(path)]
    if (sameName) throw taken(`two typed endpoints are named "${api.name}"`, sameName, service)
    if (samePath) throw taken(`two typed endpoints have the path ${path}`, samePath.service, service)
    if (crud.includes(path) && !noCrudEndpoints) {
      logger.info({ path, executor: service.name }, `${path} is the typed endpoint's; documents go to /post`)
    }
    names.set(api.name, service)
    routes.set(path, route)
  }
  for (const [path, { route }] of taskRoutes(routes)) {
    const other = routes.get(path)
    if (other) throw taken(`two typed endpoints have the path ${path}`, other.service, route.service)
  }
  return routes
}

function routeOf(service: Service, api: ApiDescription, prefix: string): TypedRoute {
  return { path: prefix + api.route, api, service, flat: flat(api.input) }
}

function reserved({ path, api, service }: TypedRoute): FlowError {
  return new FlowError('INVALID_ARGUMENT', `typed endpoint "${api.name}": ${path} is the gateway's own path`, {
    executor: service.name,
    hint: `Give it another: api({ route: '/my${path}' }), or set pathPrefix`,
  })
}

function taken(what: string, one: Service, other: Service): FlowError {
  const hint = one === other ? 'Rename one of them' : `Deployments ${one.name} and ${other.name} serve them`
  return new FlowError('INVALID_ARGUMENT', what, { executor: other.name, hint })
}
