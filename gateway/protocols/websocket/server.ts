import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { FlowError } from '../../../proto/index.ts'
import type { Front, ProtocolOptions, WebProtocol, WebSite } from '../protocol.ts'
import { refuseUpgrade } from '../refuse-upgrade.ts'
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
        // not by URL, which throws for what a request line may say
        const [path] = (request.url ?? '').split('?', 1)
        if (path !== '/' && path !== '/dry_run') return false
        const timeoutMs = askedTimeout(request, socket)
        if (timeoutMs === 'refused') return true
        const mode = modeOf(request)
        server.handleUpgrade(request, socket, head, (connected) => {
          if (path === '/') accept(connected, request, mode, timeoutMs)
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
    ...limits(maxMessageBytes),
    handleProtocols: (offered) => offeredMode([...offered]) ?? false,
  })
}

/** Fragments of a message that are let in however small they are; 64 MB of a sea of pings between them would be held with them. */
const minFragments = 1024

/** How much Node reads at once, all of which a single byte of it holds. Unit: bytes. */
const readBytes = 65_536

/** Limits that the library's types do not know yet. */
function limits(maxMessageBytes: number): object {
  return {
    maxFragments: Math.max(minFragments, Math.ceil(maxMessageBytes / readBytes)),
    // how long a peer may take to answer a close frame. Unit: ms
    closeTimeout: 5_000,
  }
}

function beat(connections: ReadonlySet<Connection>): void {
  for (const connection of connections) connection.beat()
}

function askedTimeout(request: IncomingMessage, socket: Duplex): number | undefined | 'refused' {
  try {
    return timeoutOf(request.headers[TIMEOUT_HEADER])
  } catch (error) {
    refuseUpgrade(socket, '400 Bad Request', FlowError.from(error).message)
    return 'refused'
  }
}
