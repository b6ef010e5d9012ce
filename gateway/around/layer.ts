import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/**
 * Something around all sites of a web port: it answers a request itself, or lets it through with `next`. Express's shape, on Node's own
 * objects. A request that asks for another protocol comes through as well, with a response that is written to its connection.
 */
export type Layer = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** Layers one inside the other, the first outermost, and `core` inside all of them. */
export function around(layers: readonly Layer[], core: RequestListener): RequestListener {
  return layers.reduceRight<RequestListener>(
    (inner, layer) => (request, response) => layer(request, response, () => inner(request, response)),
    core,
  )
}

/** Answers with a few words and whatever headers were set before. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-length': Buffer.byteLength(text),
    'content-type': 'text/plain; charset=utf-8',
    ...headers,
  })
  response.end(text)
}

/** The scheme that a request came by, here or at the proxy before. */
export function isSecure({ socket, headers }: IncomingMessage): boolean {
  return 'encrypted' in socket || String(headers['x-forwarded-proto']).split(',')[0]?.trim() === 'https'
}
