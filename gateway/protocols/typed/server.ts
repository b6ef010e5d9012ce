import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Front, WebProtocol, WebSite } from '../protocol.ts'
import { createTypedCall, sign } from './call.ts'
import { createMetrics } from './metrics.ts'
import { openapiPaths } from './openapi.ts'
import type { TypedOptions } from './options.ts'
import { answerProbe } from './probes.ts'
import { createRoutes, type TypedRoute, type TypedRoutes } from './routes.ts'
import { clientSchema } from './schema.ts'
import { sendBody } from './send.ts'

/** Typed endpoints over HTTP, as BentoML serves them: each at a path of its own, and `/schema.json` that tells clients of them. */
export const typed: WebProtocol<TypedOptions> = {
  name: 'typed',
  open(front: Front, options: TypedOptions): WebSite {
    const routes = createRoutes(front, options)
    const call = createTypedCall(front, options)
    const metrics = options.compat === 'bento' ? createMetrics() : undefined

    const answerRoute = (route: TypedRoute, request: IncomingMessage, response: ServerResponse) => {
      metrics?.count(route, response)
      const id = sign(route, response, options)
      if (request.method === 'POST') call(route, request, response, id)
      else wrongMethod(request, response, 'POST')
    }
    const answerOwn = (path: string, request: IncomingMessage, response: ServerResponse): boolean => {
      if (path === '/metrics' && metrics) onlyRead(request, response, () => metrics.answer(request, response))
      else if (path === '/schema.json') onlyRead(request, response, () => sendSchema(response, routes(), options))
      else return answerProbe(path, front, request, response)
      return true
    }
    return {
      get paths() {
        return openapiPaths(routes())
      },
      answer(request, response) {
        const path = pathOf(request.url ?? '/')
        const route = routes().get(path)
        if (!route) return answerOwn(path, request, response)
        answerRoute(route, request, response)
        return true
      },
    }
  },
}

function sendSchema(response: ServerResponse, routes: TypedRoutes, { title }: TypedOptions): void {
  sendBody(response, 200, { 'content-type': 'application/json' }, JSON.stringify(clientSchema(routes, title)))
}

function onlyRead(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
  if (request.method === 'GET' || request.method === 'HEAD') answer()
  else wrongMethod(request, response, 'HEAD, GET')
}

function wrongMethod({ headers }: IncomingMessage, response: ServerResponse, allow: string): void {
  const json = headers.accept?.includes('application/json')
  const [type, body] = json
    ? ['application/json', '{"error":"Method Not Allowed"}']
    : ['text/plain', 'Method Not Allowed']
  sendBody(response, 405, { 'content-type': type, allow }, body)
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}
