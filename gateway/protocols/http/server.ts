import type { IncomingMessage, ServerResponse } from 'node:http'
import { statusText } from '../envelope.ts'
import { HttpError } from '../http-error.ts'
import type { Front, WebProtocol, WebSite } from '../protocol.ts'
import { createApp, hasPage, isDocs } from './app.ts'
import { createDocumentsRoute } from './documents.ts'
import type { HttpOptions } from './options.ts'
import { refuse, send } from './respond.ts'
import { createRoutes, type Route } from './routes.ts'

/** Jina's HTTP: its routes on node:http, the rest (OpenAPI and its page, static files) on Express behind them. */
export const http: WebProtocol<HttpOptions> = {
  name: 'http',
  open(front: Front, options: HttpOptions): WebSite {
    const routes = createRoutes(options)
    const page = hasPage(options)
    const app = createApp(options, routes, front.info().jina.sluice ?? '')
    const answerDocuments = createDocumentsRoute(front, options)

    const answerRoute = async (route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> => {
      try {
        if (route.kind === 'documents') await answerDocuments(route, request, response)
        else if (route.kind === 'root') answerRoot(options, request, response)
        else if (route.kind === 'status') send(response, 200, JSON.stringify(front.info()))
        else send(response, 200, statusText(await front.dryRun()))
      } catch (error) {
        refuse(response, error)
      }
    }

    return {
      answer(request, response) {
        const path = pathOf(request.url ?? '/')
        const methods = routes.get(path)
        const route = methods?.get(request.method ?? '')
        if (route && !(route.kind === 'root' && page && asksForHtml(request))) answerRoute(route, request, response)
        else if (methods && !route) refuse(response, wrongMethod([...methods.keys()]))
        else if (path.endsWith('/') && routes.has(path.slice(0, -1))) redirect(request, response, path.slice(0, -1))
        else app(request, response)
        return true
      },
      refuse(_request, response, error) {
        refuse(response, error)
        return true
      },
      owns: (path) => routes.has(path) || isDocs(path),
    }
  },
}

// `{}` for Jina's clients; for people the page that the flow has, else the docs
function answerRoot({ posts }: HttpOptions, request: IncomingMessage, response: ServerResponse): void {
  response.appendHeader('vary', 'Accept')
  if (posts && asksForHtml(request)) response.writeHead(302, { location: '/docs', 'content-length': 0 }).end()
  else send(response, 200, '{}')
}

function asksForHtml({ headers }: IncomingMessage): boolean {
  return headers.accept?.includes('text/html') ?? false
}

function wrongMethod(methods: readonly string[]): HttpError {
  return new HttpError(405, 'Method Not Allowed', { allow: methods.join(', ') })
}

function redirect(request: IncomingMessage, response: ServerResponse, path: string): void {
  const scheme = 'encrypted' in request.socket ? 'https' : 'http'
  const query = request.url?.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  const location = `${scheme}://${request.headers.host ?? ''}${path}${query}`
  response.writeHead(307, { location, 'content-length': 0 }).end()
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}
