import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Front, WebProtocol, WebSite } from '../protocol.ts'
import { createTypedCall, sign } from './call.ts'
import { openapiPaths } from './openapi.ts'
import type { TypedOptions } from './options.ts'
import { refusalOf } from './refusal.ts'
import { refuse } from './respond.ts'
import { createRoutes, type TypedRoute, type TypedRoutes } from './routes.ts'
import { clientSchema } from './schema.ts'
import { sendBody } from './send.ts'
import { taskPaths } from './task-openapi.ts'
import { type TaskRoute, taskMethods, taskRoutes } from './task-routes.ts'
import { createTaskAnswer } from './tasks.ts'

const SCHEMA = '/schema.json'

/** Typed endpoints over HTTP, as BentoML serves them: each at a path of its own, and `/schema.json` that tells clients of them. */
export const typed: WebProtocol<TypedOptions> = {
  name: 'typed',
  open(front: Front, options: TypedOptions): WebSite {
    const routes = createRoutes(front, options)
    const call = createTypedCall(front, options)
    const ofTask = createTaskAnswer(front, options)

    const answerRoute = (route: TypedRoute, request: IncomingMessage, response: ServerResponse) => {
      const id = sign(route, response, options)
      if (request.method === 'POST') call(route, request, response, id)
      else wrongMethod(request, response, 'POST')
    }
    const answerTask = (task: TaskRoute, request: IncomingMessage, response: ServerResponse) => {
      const id = sign(task.route, response, options)
      const method = taskMethods[task.verb]
      if (request.method === method || (request.method === 'HEAD' && method === 'GET'))
        ofTask(task, request, response, id)
      else wrongMethod(request, response, method === 'GET' ? 'HEAD, GET' : method)
    }
    const find = (path: string) => routes().get(path) ?? taskRoutes(routes()).get(path)?.route
    return {
      get paths() {
        return { ...openapiPaths(routes()), ...taskPaths(routes()) }
      },
      answer(request, response) {
        const path = pathOf(request.url ?? '/')
        const route = routes().get(path)
        const task = route ? undefined : taskRoutes(routes()).get(path)
        if (route) answerRoute(route, request, response)
        else if (task) answerTask(task, request, response)
        else if (path === SCHEMA) onlyRead(request, response, () => sendSchema(response, routes(), options))
        else return false
        return true
      },
      refuse(request, response, error) {
        const route = find(pathOf(request.url ?? '/'))
        if (!route) return false
        const id = sign(route, response, options)
        refuse(response, refusalOf(error, options.timeoutMs, id))
        return true
      },
      owns: (path) => path === SCHEMA || find(path) !== undefined,
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
