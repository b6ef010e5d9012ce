import type { IncomingMessage } from 'node:http'
import { isProbe } from '../health.ts'
import { isSecure, type Layer, sendText } from './layer.ts'

/**
 * Lets in only who asks for a host of these: names, or `*.example.com` for all below one. Probes pass: they know an address alone.
 * @see Starlette's TrustedHostMiddleware
 */
export function trustedHosts(patterns: readonly string[]): Layer {
  const names = new Set(patterns.filter((pattern) => !pattern.startsWith('*')).map((name) => name.toLowerCase()))
  const ends = patterns.filter((pattern) => pattern.startsWith('*')).map((pattern) => pattern.slice(1).toLowerCase())
  return (request, response, next) => {
    const host = hostOf(request)?.name
    const trusted = host !== undefined && (names.has(host) || ends.some((end) => host.endsWith(end)))
    if (trusted || isProbe(request)) next()
    else sendText(response, 400, 'Invalid host header')
  }
}

/**
 * Sends who came by plain HTTP, here or at the proxy before, to HTTPS; a WebSocket too. Probes pass.
 * @see Starlette's HTTPSRedirectMiddleware
 */
export function httpsRedirect(status: 307 | 308): Layer {
  return (request, response, next) => {
    if (isSecure(request) || isProbe(request)) return next()
    const host = hostOf(request)
    if (!host) return sendText(response, 400, 'Invalid host header')
    const scheme = request.headers.upgrade?.toLowerCase() === 'websocket' ? 'wss' : 'https'
    const place = host.port === '80' || host.port === '443' ? host.name : host.whole
    // a request line may name the whole address, or nothing at all
    const path = /^[a-z]+:\/\/[^/?]*/i.test(request.url ?? '')
      ? request.url?.replace(/^[a-z]+:\/\/[^/?]*/i, '')
      : request.url
    const location = `${scheme}://${place}${path?.startsWith('/') ? path : `/${path === '*' ? '' : path}`}`
    response.writeHead(status, { location, 'content-length': 0 }).end()
  }
}

/** What the Host header says; undefined where it is no host, and nothing that could lead elsewhere. */
function hostOf({ headers }: IncomingMessage): { whole: string; name: string; port: string | undefined } | undefined {
  const [whole, name, port] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d+))?$/i.exec(headers.host ?? '') ?? []
  return whole && name ? { whole: whole.toLowerCase(), name: name.toLowerCase(), port } : undefined
}
