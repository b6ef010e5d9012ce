import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createProxyServer } from 'httpxy'
import { FlowError } from '../../proto/index.ts'
import { principalOf } from '../around/auth.ts'
import { isSecure } from '../around/layer.ts'
import type { App, MountedRequest } from './app.ts'

/**
 * An app that listens elsewhere. It is told in X-Forwarded-… who asks, by which host and scheme, and which prefix was taken off; and in
 * X-Forwarded-User who that proved to be.
 * @param target - where it listens
 * @throws {FlowError} from `target`, while it cannot be reached
 */
export function proxyApp(target: () => URL): App {
  const proxy = createProxyServer()
  const asked = new WeakMap<IncomingMessage, ClientRequest>()
  proxy.on('proxyReq', (outgoing, request) => asked.set(request, outgoing))
  proxy.on('proxyReqWs', (outgoing, _request, socket) => {
    outgoing.once('upgrade', (_response, other) => endTogether(socket, other))
  })
  return {
    async answer(request, response) {
      const options = optionsOf(request, target())
      await proxy.web(request, response, options).catch((error) => {
        throw unreachable(options.target, error)
      })
    },
    upgrade(request, socket, head, refuse) {
      const options = optionsOf(request, target())
      let answered = false
      const begun = (outgoing: ClientRequest) => {
        const heard = () => {
          answered = true
        }
        outgoing.once('upgrade', heard).once('response', heard)
        // before the library hears it, which only ends the connection
        outgoing.once('error', (error) => answered || refuse(unreachable(options.target, error)))
      }
      proxy.once('proxyReqWs', begun)
      proxy.ws(request, socket as Socket, options, head).catch(() => {})
      proxy.off('proxyReqWs', begun)
    },
    abort: (request) => asked.get(request)?.destroy(),
  }
}

function optionsOf(request: MountedRequest, target: URL) {
  // what is above its own path is not mounted, however it is written
  const [path = ''] = (request.url ?? '').split('?', 1)
  if (/(^|[/\\]|%2f|%5c)(\.|%2e){2}($|[/\\;]|%2f|%5c)/i.test(path)) {
    throw new FlowError('NOT_FOUND', `${request.originalUrl} leads out of what is mounted`)
  }
  const { headers, socket, baseUrl = '' } = request
  const principal = principalOf(request)
  const before = headers['x-forwarded-for']
  return {
    target,
    headers: {
      'x-forwarded-prefix': baseUrl,
      'x-forwarded-for': [before, socket.remoteAddress].filter(Boolean).join(', '),
      'x-forwarded-proto': isSecure(request) ? 'https' : 'http',
      'x-forwarded-host': String(headers['x-forwarded-host'] ?? headers.host ?? ''),
      ...(principal && { 'x-forwarded-user': principal }),
    },
  }
}

/** Whichever of two connections ends, the other has nobody to talk to. */
function endTogether(one: Duplex, other: Duplex): void {
  one.once('close', () => other.destroy())
  other.once('close', () => one.destroy())
}

function unreachable({ host }: URL, error: unknown): FlowError {
  const reason = `the app at ${host} cannot be reached: ${FlowError.from(error).reason}`
  return new FlowError('UNAVAILABLE', reason, { retryAfterMs: 1000, cause: error })
}
