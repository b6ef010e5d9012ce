import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Front, WebProtocol, WebSite } from '../protocol.ts'
import { createTypedCall, sign } from './call.ts'
import type { TypedOptions } from './options.ts'
import { answerProbe } from './probes.ts'
import { createRoutes } from './routes.ts'
import { clientSchema } from './schema.ts'
import { sendBody } from './send.ts'

/** Typed endpoints over HTTP, as BentoML serves them: each at a path of its own, and `/schema.json` that tells clients of them. */
export const typed: WebProtocol<TypedOptions> = {
  name: 'typed',
  open(front: Front, options: TypedOptions): WebSite {
    const routes = createRoutes(front, options)
    const call = createTypedCall(front, options)
    return {
      answer(request, response) {
        const path = pathOf(request.url ?? '/')
        const route = routes().get(path)
        if (route && request.method === 'POST') call(route, request, response)
        else if (route) {
          sign(route, response, options)
          wrongMethod(request, response, 'POST')
        } else if (path === '/schema.json') answerSchema(request, response, () => clientSchema(routes(), options.title))
        else return answerProbe(path, front, request, response)
        return true
      },
    }
  },
}

function answerSchema(request: IncomingMessage, response: ServerResponse, schema: () => object): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') wrongMethod(request, response, 'GET, HEAD')
  else sendBody(response, 200, { 'content-type': 'application/json' }, JSON.stringify(schema()))
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
