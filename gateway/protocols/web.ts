import { createServer, type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { FlowError } from '../../proto/index.ts'
import { TAKEN } from '../around/held.ts'
import { around, type Layer } from '../around/layer.ts'
import { answerUnupgraded } from './not-upgraded.ts'
import type { ProtocolOptions, Refuse, Running, WebSite } from './protocol.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'

/** What a web port is started with beside what its protocols are. */
export interface WebOptions extends ProtocolOptions {
  /** What stands around its sites, the first outermost; `refuse` says no in the words of the site whose a request is. */
  layers(refuse: Refuse): readonly Layer[]
}

/**
 * A port that several protocols share: each request goes to the first of them that takes it. The last takes what is left.
 * @throws {FlowError} UNAVAILABLE where the port is taken
 */
export async function startWeb(sites: readonly WebSite[], options: WebOptions): Promise<Running> {
  const layers = options.layers(refuseBy(sites))
  const server = createHttpServer(options, createListener(sites, layers))
  server.timeout = options.timeoutMs
  if (sites.some(({ upgrade }) => upgrade)) server.on('upgrade', upgradeOf(server, sites, layers))
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

function createListener(sites: readonly WebSite[], layers: readonly Layer[]): RequestListener {
  const answer = around(layers, (request, response) => {
    for (const site of sites) if (site.answer?.(request, response)) return
    response.writeHead(404, { 'content-length': 0 }).end()
  })
  return (request, response) => {
    response.on('timeout', dropUnread)
    answer(request, response)
  }
}

function refuseBy(sites: readonly WebSite[]): Refuse {
  return (request, response, error) => {
    for (const site of sites) if (site.refuse?.(request, response, error)) return
    response.writeHead(500, { 'content-length': 0 }).end()
  }
}

// nothing went in or out for a while: either an executor takes its time, or the peer does not read
function dropUnread(this: ServerResponse): void {
  const { socket, req } = this
  if (req.socket.writableLength > 0) req.socket.destroy()
  else socket?.setTimeout(socket.timeout ?? 0)
}

function upgradeOf(server: Server, sites: readonly WebSite[], layers: readonly Layer[]) {
  const take = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    for (const site of sites) if (site.upgrade?.(request, socket, head)) return
    refuseUpgrade(socket, '404 Not Found')
  }
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      answerUnupgraded(server, request, socket, head)
      return
    }
    // a peer that is gone is no fault of this process
    socket.on('error', () => socket.destroy())
    if (layers.length === 0) take(request, socket, head)
    else throughLayers(layers, request, socket as Socket, () => take(request, socket, head))
  }
}

/** What stands around the sites may answer a handshake as any request: that ends the connection. */
function throughLayers(layers: readonly Layer[], request: IncomingMessage, socket: Socket, take: () => void): void {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.once('finish', () => socket.end(() => socket.destroy()))
  // Node has let go of the connection
  const drained = () => response.emit('drain')
  socket.on('drain', drained)
  around(layers, () => {
    if (socket.destroyed) return
    socket.off('drain', drained)
    response.detachSocket(socket)
    take()
    response.emit(TAKEN)
  })(request, response)
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
