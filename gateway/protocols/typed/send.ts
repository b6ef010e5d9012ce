import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'

/** Sends a whole body, unless an answer has begun or nobody waits for one. */
export function sendBody(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers })
  // as text, Node writes head and body at once
  response.end(body)
}
