import type { Duplex } from 'node:stream'

/** Says no to who asked for another protocol, and ends the connection, which its peer might keep half open for ever. */
export function refuseUpgrade(socket: Duplex, status: string, text = ''): void {
  const head = `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain\r\n`
  socket.once('finish', () => socket.destroy())
  socket.end(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
}
