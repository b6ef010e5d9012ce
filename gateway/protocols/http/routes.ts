import type { HttpOptions } from './options.ts'

/** A route of Jina's HTTP gateway. */
export interface Route {
  readonly path: string
  readonly method: string
  readonly kind: 'documents' | 'root' | 'status' | 'dryRun'
  /** What a documents route runs; without it, the body says. */
  readonly endpoint?: string | undefined
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string | undefined
}

/** All routes, by path and then method. */
export type RouteTable = ReadonlyMap<string, ReadonlyMap<string, Route>>

export function createRoutes({ posts, noDebugEndpoints, noCrudEndpoints, exposeEndpoints }: HttpOptions): RouteTable {
  const routes: Route[] = [{ path: '/', method: 'GET', kind: 'root', tags: ['Debug'], summary: 'Is the gateway up?' }]
  if (!noDebugEndpoints) routes.push(...debugRoutes)
  if (!posts) return byPath(routes.filter(({ method }) => method === 'GET'))
  if (!noCrudEndpoints) routes.push(...crudRoutes)
  for (const [endpoint, { httpPath = endpoint, methods, tags, summary, description }] of Object.entries(
    exposeEndpoints,
  )) {
    const path = httpPath.startsWith('/') ? httpPath : `/${httpPath}`
    for (const method of methods) {
      routes.push({
        path,
        method,
        kind: 'documents',
        endpoint,
        tags,
        summary: summary ?? `Run ${endpoint}`,
        description,
      })
    }
  }
  return byPath(routes)
}

const debugRoutes: Route[] = [
  {
    path: '/dry_run',
    method: 'GET',
    kind: 'dryRun',
    tags: ['Debug'],
    summary: 'Send an empty document through all executors',
  },
  { path: '/status', method: 'GET', kind: 'status', tags: ['Debug'], summary: 'Versions of the gateway' },
  {
    path: '/post',
    method: 'POST',
    kind: 'documents',
    tags: ['Debug'],
    summary: 'Run the endpoint that the body names',
  },
]

const crudRoutes: Route[] = [
  { path: '/index', method: 'POST', kind: 'documents', endpoint: '/index', tags: ['CRUD'], summary: 'Run /index' },
  { path: '/search', method: 'POST', kind: 'documents', endpoint: '/search', tags: ['CRUD'], summary: 'Run /search' },
  { path: '/delete', method: 'DELETE', kind: 'documents', endpoint: '/delete', tags: ['CRUD'], summary: 'Run /delete' },
  { path: '/update', method: 'PUT', kind: 'documents', endpoint: '/update', tags: ['CRUD'], summary: 'Run /update' },
]

function byPath(routes: readonly Route[]): RouteTable {
  const table = new Map<string, Map<string, Route>>()
  for (const route of routes) {
    const methods = table.get(route.path) ?? new Map<string, Route>()
    table.set(route.path, methods.set(route.method, route))
  }
  return table
}
