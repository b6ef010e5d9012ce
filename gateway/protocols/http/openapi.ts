import type { HttpOptions } from './options.ts'
import type { Route, RouteTable } from './routes.ts'
import { documentSchema, givenDocumentSchema, schemas } from './schemas.ts'

/** The OpenAPI 3.1 description of a gateway's routes. */
export function openapi({ title, description, others }: HttpOptions, routes: RouteTable, version: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const [path, methods] of routes) {
    paths[path] = Object.fromEntries([...methods].map(([method, route]) => [method.toLowerCase(), operation(route)]))
  }
  for (const site of others) Object.assign(paths, site.paths)
  return {
    openapi: '3.1.0',
    info: { title, description, version },
    paths,
    components: { schemas: { ...schemas, Document: documentSchema, GivenDocument: givenDocumentSchema } },
  }
}

function operation(route: Route): object {
  const { tags, summary, description, method, path } = route
  const operationId = `${path.replaceAll(/\W+/g, '_').replace(/^_|_$/g, '') || 'root'}_${method.toLowerCase()}`
  const shared = { tags, summary, operationId, ...(description && { description }) }
  if (route.kind === 'root') return { ...shared, responses: { 200: json('It is up', { type: 'object' }) } }
  if (route.kind === 'status') return { ...shared, responses: { 200: json('Versions', ref('Info')) } }
  if (route.kind === 'dryRun')
    return { ...shared, responses: { 200: json('How it went; code 0 is well', ref('Status')) } }
  const body = route.endpoint === undefined ? 'PostRequest' : 'EndpointRequest'
  return {
    ...shared,
    requestBody: { required: true, ...json(undefined, ref(body)) },
    responses: {
      200: json('The documents; an executor that failed says so in header.status', ref('Response')),
      413: json('The body is too large', ref('Refusal')),
      415: json('Unknown Content-Encoding', ref('Refusal')),
      422: json('The body is not what it should be', ref('ValidationError')),
      429: json('Too much at once', ref('Response')),
      503: json('An executor cannot be reached', ref('Response')),
      504: json('The deadline passed', ref('Response')),
    },
  }
}

function json(description: string | undefined, schema: object): object {
  return { ...(description && { description }), content: { 'application/json': { schema } } }
}

function ref(name: string): object {
  return { $ref: `#/components/schemas/${name}` }
}
