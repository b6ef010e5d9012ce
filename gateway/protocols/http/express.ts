import type { IncomingMessage, ServerResponse } from 'node:http'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { FlowError } from '../../../proto/index.ts'
import type { ExpressMiddleware } from '../../around/index.ts'
import type { Layer } from '../../around/layer.ts'
import type { Refuse } from '../protocol.ts'

/** Where a request goes on that Express has let through. */
const ways = new WeakMap<IncomingMessage, () => void>()

/** One of Express's middleware, in an app of its own that makes requests and responses what it expects. */
export function expressLayer(middleware: ExpressMiddleware, refuse: Refuse): Layer {
  const app = express()
  app.disable('x-powered-by')
  app.use(middleware as RequestHandler)
  app.use((request) => ways.get(request)?.())
  const failed: ErrorRequestHandler = (error, request, response: ServerResponse, _next) => {
    refuse(request, response, errorOf(error))
  }
  app.use(failed)
  return (request, response, next) => {
    ways.set(request, next)
    app(request, response)
  }
}

// Express's errors have a status, and say themselves whether strangers may read them
function errorOf(error: unknown): FlowError {
  const { status, expose, message } = Object(error) as { status?: number; expose?: boolean; message?: string }
  if (status === undefined || status >= 500 || expose === false) return FlowError.from(error, 'INTERNAL')
  const code = status === 401 ? 'UNAUTHENTICATED' : status === 403 ? 'PERMISSION_DENIED' : 'FAILED_PRECONDITION'
  return new FlowError(code, message ?? '', { cause: error })
}
