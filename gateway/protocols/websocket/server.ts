import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { FlowError } from '../../../proto/index.ts'
import type { Front, ProtocolOptions, WebProtocol, WebSite } from '../protocol.ts'
import { TIMEOUT_HEADER, timeoutOf } from '../timeout.ts'
import { answerDryRun, Connection } from './connection.ts'
import { type Mode, modeOf, offeredMode } from './mode.ts'

/** Jina's WebSocket: requests and answers as messages at `/`, in JSON or protobuf, and `/dry_run`. */
export const websocket: WebProtocol = {
  name: 'websocket',
  open(front: Front, options: ProtocolOptions): WebSite {
    const server = createServer(options)
    const connections = new Set<Connection>()
    let heart: NodeJS.Timeout | undefined

    const accept = (socket: WebSocket, request: IncomingMessage, mode: Mode, timeoutMs: number | undefined) => {
      const connection = new Connection(socket, request, mode, front, { ...options, perRequestMs: timeoutMs })
      connections.add(connection)
      heart ??= setInterval(() => beat(connections), options.heartbeatMs)
      socket.once('close', () => {
        connections.delete(connection)
        if (connections.size > 0) return
        clearInterval(heart)
        heart = undefined
      })
    }
    return {
      upgrade(request, socket, head) {
        const { pathname } = new URL(request.url ?? '/', 'ws://host')
        if (pathname !== '/' && pathname !== '/dry_run') return false
        const timeoutMs = askedTimeout(request, socket)
        if (timeoutMs === 'refused') return true
        const mode = modeOf(request)
        server.handleUpgrade(request, socket, head, (connected) => {
          if (pathname === '/') accept(connected, request, mode, timeoutMs)
          else answerDryRun(connected, mode, front)
        })
        return true
      },
      async drain() {
        await Promise.all([...connections].map((connection) => connection.drain()))
      },
      async close() {
        for (const connection of connections) connection.terminate()
      },
    }
  },
}

function createServer({ maxMessageBytes, compression }: ProtocolOptions): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxMessageBytes,
    // 10 to 25 times the CPU of plain frames: for those who pay by the byte
    perMessageDeflate: compression && { threshold: 1024 },
    ...CLOSING,
    handleProtocols: (offered) => offeredMode([...offered]) ?? false,
  })
}

/** How long a peer may take to answer a close frame. Unit: ms. The library's types do not know it yet. */
const CLOSING = { closeTimeout: 5_000 } as object

function beat(connections: ReadonlySet<Connection>): void {
  for (const connection of connections) connection.beat()
}

function askedTimeout(request: IncomingMessage, socket: Duplex): number | undefined | 'refused' {
  try {
    return timeoutOf(request.headers[TIMEOUT_HEADER])
  } catch (error) {
    const text = FlowError.from(error).message
    const head = `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n`
    socket.end(`${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
    return 'refused'
  }
}
