import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import compression from 'compression'
import cors from 'cors'
import { FlowError } from '../../proto/index.ts'
import { answerUnupgraded } from './not-upgraded.ts'
import type { ProtocolOptions, Running, WebSite } from './protocol.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

/** What a web port is started with beside what its protocols are. */
export interface WebOptions extends ProtocolOptions {
  readonly cors: boolean | readonly string[]
}

/**
 * A port that several protocols share: each request goes to the first of them that takes it. The last takes what is left.
 * @throws {FlowError} UNAVAILABLE where the port is taken
 */
export async function startWeb(sites: readonly WebSite[], options: WebOptions): Promise<Running> {
  const server = createHttpServer(options, createListener(sites, options))
  server.timeout = options.timeoutMs
  if (sites.some(({ upgrade }) => upgrade)) server.on('upgrade', upgradeOf(server, sites))
  const unused = unusedConnections(server)
  const port = await listen(server, options)
  return {
    port,
    async drain() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of unused) socket.destroy()
      // a connection whose last answer has gone out is kept alive by its client
      const closing = setInterval(() => server.closeIdleConnections(), 50)
      await Promise.all([closed, ...sites.map((site) => site.drain?.())])
      clearInterval(closing)
    },
    async close() {
      server.close()
      await Promise.all(sites.map((site) => site.close?.()))
      server.closeAllConnections()
    },
  }
}

/** Connections that have asked for nothing yet: browsers open them ahead, and Node does not count them as idle. */
function unusedConnections(server: Server): ReadonlySet<Duplex> {
  const unused = new Set<Duplex>()
  const closed = function (this: Duplex) {
    unused.delete(this)
  }
  const opened = (socket: Duplex) => {
    unused.add(socket)
    socket.once('close', closed)
  }
  const used = ({ socket }: IncomingMessage) => {
    if (unused.delete(socket)) socket.off('close', closed)
  }
  server.on(server instanceof SecureServer ? 'secureConnection' : 'connection', opened)
  server.prependListener('request', used)
  // with nobody to take it over, Node answers an upgrade as a request
  if (server.listenerCount('upgrade') > 0) server.prependListener('upgrade', used)
  return unused
}

function createListener(sites: readonly WebSite[], options: WebOptions): RequestListener {
  const listener: RequestListener = (request, response) => {
    response.on('timeout', dropUnread)
    for (const site of sites) if (site.answer?.(request, response)) return
    response.writeHead(404, { 'content-length': 0 }).end()
  }
  const compressing = options.compression ? withCompression(listener) : listener
  return options.cors ? withCors(options.cors, compressing) : compressing
}

// nothing went in or out for a while: either an executor takes its time, or the peer does not read
function dropUnread(this: ServerResponse): void {
  const { socket, req } = this
  if (req.socket.writableLength > 0) req.socket.destroy()
  else socket?.setTimeout(socket.timeout ?? 0)
}

function withCors(origins: true | readonly string[], listener: RequestListener): RequestListener {
  const answer = cors({ origin: origins === true ? true : [...origins], credentials: true })
  return (request, response) => answer(request, response, () => listener(request, response))
}

// the library is Express's, and all it needs of Express is Node's
function withCompression(listener: RequestListener): RequestListener {
  const compress = compression() as unknown as (...args: [...Parameters<RequestListener>, next: () => void]) => void
  return (request, response) => compress(request, response, () => listener(request, response))
}

function upgradeOf(server: Server, sites: readonly WebSite[]) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      answerUnupgraded(server, request, socket, head)
      return
    }
    // a peer that is gone is no fault of this process
    socket.on('error', () => socket.destroy())
    for (const site of sites) if (site.upgrade?.(request, socket, head)) return
    refuseUpgrade(socket, '404 Not Found')
  }
}

function createHttpServer({ tls, timeoutMs, handshakeTimeoutMs }: WebOptions, listener: RequestListener): Server {
  const limits = {
    headersTimeout: handshakeTimeoutMs,
    // the body too must come in the time that a request has
    requestTimeout: Math.max(timeoutMs, handshakeTimeoutMs),
    connectionsCheckingInterval: Math.min(handshakeTimeoutMs, 5_000),
    // Node's default of 5 s is shorter than what most clients keep a connection for
    keepAliveTimeout: 75_000,
    noDelay: true,
  }
  if (!tls) return createServer(limits, listener)
  const { cert, key, ca } = tls
  const proofs = { cert: Buffer.from(cert), key: Buffer.from(key), handshakeTimeout: handshakeTimeoutMs }
  const asked = ca ? { ca: Buffer.from(ca), requestCert: true, rejectUnauthorized: true } : {}
  return createSecureServer({ ...limits, ...proofs, ...asked }, listener)
}

function listen(server: Server, { host, port }: ProtocolOptions): Promise<number> {
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
