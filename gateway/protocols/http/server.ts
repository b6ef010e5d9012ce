import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import cors from 'cors'
import { CallContext, type Caller, type DataRequest, FlowError, newId, statusOfError } from '../../../proto/index.ts'
import type { Front, Protocol, Running } from '../protocol.ts'
import { createApp } from './app.ts'
import { readBody } from './body.ts'
import { decode, encode, statusText } from './codec.ts'
import { HttpError } from './http-error.ts'
import type { HttpOptions } from './options.ts'
import { createRoutes, type Route } from './routes.ts'
import { httpStatus } from './status.ts'

/** Jina's HTTP: its routes on node:http, the rest (OpenAPI and its page) on Express behind them. */
export const http: Protocol<HttpOptions> = {
  name: 'http',
  async start(front: Front, options: HttpOptions): Promise<Running> {
    const server = createHttpServer(options, createListener(front, options))
    const port = await listen(server, options)
    return {
      port,
      async drain() {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        // a connection whose last answer has gone out is kept alive by its client
        const closing = setInterval(() => server.closeIdleConnections(), 50)
        await closed
        clearInterval(closing)
      },
      async close() {
        server.close()
        server.closeAllConnections()
      },
    }
  },
}

/** Answers Jina's routes, and hands everything else to the Express app. */
function createListener(front: Front, options: HttpOptions): RequestListener {
  const routes = createRoutes(options)
  const app = createApp(options, routes, front.info().jina.sluice ?? '')

  const listener: RequestListener = (request, response) => {
    const path = pathOf(request.url ?? '/')
    const methods = routes.get(path)
    const route = methods?.get(request.method ?? '')
    if (route) answerRoute(route, front, request, response, options.maxMessageBytes)
    else if (methods)
      refuse(response, new HttpError(405, 'Method Not Allowed', { allow: [...methods.keys()].join(', ') }))
    else if (path.endsWith('/') && routes.has(path.slice(0, -1))) redirect(request, response, path.slice(0, -1))
    else app(request, response)
  }
  return options.cors ? withCors(options.cors, listener) : listener
}

async function answerRoute(
  route: Route,
  front: Front,
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<void> {
  try {
    if (route.kind === 'documents') await answerDocuments(route, front, request, response, maxBytes)
    else if (route.kind === 'root') answerRoot(request, response)
    else if (route.kind === 'status') send(response, 200, JSON.stringify(front.info()))
    else send(response, 200, statusText(await front.dryRun()))
  } catch (error) {
    refuse(response, error)
  }
}

async function answerDocuments(
  route: Route,
  front: Front,
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<void> {
  const body = await readBody(request, maxBytes)
  const asked = decode(body, request.headers['content-type'], route.endpoint)
  const context = new CallContext({ metadata: metadataOf(request), caller: callerOf(request.socket) })
  const onClose = () => {
    if (!response.writableEnded) context.cancel()
  }
  response.on('close', onClose)
  try {
    send(response, 200, encode(await front.handler(asked, context)))
  } catch (error) {
    const { status, body, headers } = failure(asked, FlowError.from(error))
    send(response, status, body, headers)
  }
}

// Jina's clients read `header.status.description` of a 503 or 504; what they sent comes back with it.
function failure(
  request: DataRequest,
  error: FlowError,
): { status: number; body: string; headers: Record<string, string> } {
  const status = httpStatus(error)
  const { retryAfterMs } = error.details
  const headers: Record<string, string> =
    retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) }
  if (status === 422)
    return {
      status,
      headers,
      body: JSON.stringify({ detail: [{ loc: ['body'], msg: error.message, type: 'value_error' }] }),
    }
  const header = { ...request.header, targetExecutor: '', status: statusOfError(error) }
  return { status, headers, body: encode(request.with({ header })) }
}

// `{}` for Jina's clients, the docs for people
function answerRoot(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('vary', 'Accept')
  if (request.headers.accept?.includes('text/html'))
    response.writeHead(302, { location: '/docs', 'content-length': 0 }).end()
  else send(response, 200, '{}')
}

function redirect(request: IncomingMessage, response: ServerResponse, path: string): void {
  const scheme = 'encrypted' in request.socket ? 'https' : 'http'
  const query = request.url?.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  response
    .writeHead(307, { location: `${scheme}://${request.headers.host ?? ''}${path}${query}`, 'content-length': 0 })
    .end()
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, detail, headers } =
    error instanceof HttpError ? error : fromFlowError(FlowError.from(error, 'INTERNAL'))
  send(response, status, JSON.stringify({ detail }), headers)
}

function fromFlowError(error: FlowError): HttpError {
  const status = httpStatus(error)
  return new HttpError(
    status,
    status === 422 ? [{ loc: ['body'], msg: error.message, type: 'value_error' }] : error.message,
  )
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    'content-length': Buffer.byteLength(text),
    'content-type': 'application/json',
    ...headers,
  })
  // as text, Node writes head and body at once
  response.end(text)
}

function pathOf(url: string): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

const callers = new WeakMap<Socket, Caller>()

/** Requests of one connection have one caller. */
function callerOf(socket: Socket): Caller {
  const caller = callers.get(socket) ?? { id: newId(), address: socket.remoteAddress }
  callers.set(socket, caller)
  return caller
}

function metadataOf(request: IncomingMessage): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') metadata.set(name, value)
  return metadata
}

function withCors(origins: true | readonly string[], listener: RequestListener): RequestListener {
  const answer = cors({ origin: origins === true ? true : [...origins], credentials: true })
  return (request, response) => answer(request, response, () => listener(request, response))
}

function createHttpServer({ tls }: HttpOptions, listener: RequestListener): Server {
  const server = tls
    ? createSecureServer({ cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) }, listener)
    : createServer(listener)
  // Node's default of 5 s is shorter than what most clients keep a connection for
  server.keepAliveTimeout = 75_000
  server.maxRequestsPerSocket = 0
  return server
}

function listen(server: Server, { host, port }: HttpOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new FlowError('UNAVAILABLE', `HTTP cannot listen at ${host}:${port}: ${error.message}`, {
          hint: 'Stop what listens there, or choose another port',
          cause: error,
        }),
      )
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}
