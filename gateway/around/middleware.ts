import type { IncomingMessage, ServerResponse } from 'node:http'
import { FlowError } from '../../proto/index.ts'
import type { Refuse } from '../protocols/index.ts'
import type { Answer } from './answer.ts'
import { HeldResponse } from './held.ts'
import type { Layer } from './layer.ts'

/**
 * Something of the user's around all that a web port answers. It may look at the request and change its headers or URL; answer by itself, with
 * a Response; or call `next`, change status and headers of what comes back, and return that. Bodies flow by untouched. A WebSocket's
 * handshake comes through too: `next` then resolves with status 101, and a Response refuses it.
 *
 * @example
 * flow.use(async (request, next) => {
 *   if (request.headers['x-tenant'] === undefined) return new Response('who are you?', { status: 400 })
 *   const answer = await next()
 *   answer.headers.set('x-served-by', 'sluice')
 *   return answer
 * })
 */
export type Middleware = (
  request: IncomingMessage,
  next: () => Promise<Answer>,
) => Answer | Response | Promise<Answer | Response>

/** Express's kind: it is known by its third argument. */
export type ExpressMiddleware = {
  // as a method, so that Express's own types of its request and response will do
  call(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): unknown
}['call']

export function isExpress(middleware: Middleware | ExpressMiddleware): middleware is ExpressMiddleware {
  return middleware.length > 2
}

export function middlewareLayer(middleware: Middleware, refuse: Refuse): Layer {
  return (request, response, next) => {
    const held = new HeldResponse(response)
    let passed = false
    const pass = () => {
      if (!passed) next()
      passed = true
      return held.answer
    }
    const run = async () => {
      const answer = await middleware(request, pass)
      if (answer instanceof Response) await held.replace(answer)
      else if (passed && answer) held.release()
      else throw new FlowError('INTERNAL', 'a middleware answered nothing: return what next() gives, or a Response')
    }
    run().catch((error) => {
      held.replaceBy(() => refuse(request, response, FlowError.from(error, 'INTERNAL')))
    })
  }
}
