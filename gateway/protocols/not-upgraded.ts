import type { IncomingMessage, Server } from 'node:http'
import { Server as SecureServer } from 'node:https'
import type { Duplex } from 'node:stream'

/**
 * Answers a request that offers a protocol which nobody here speaks as if it had not: Java's client offers HTTP/2 with every
 * request. Node has stopped parsing by then, so the connection begins anew with the request's own bytes.
 * @see RFC 9110, 7.8
 */
export function answerUnupgraded(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i] as string, rawHeaders[i + 1] as string]
    if (!/^(upgrade|connection)$/i.test(name)) lines.push(`${name}: ${value}`)
  }
  if (/\bclose\b/i.test(request.headers.connection ?? '')) lines.push('Connection: close')
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit(server instanceof SecureServer ? 'secureConnection' : 'connection', socket)
}
