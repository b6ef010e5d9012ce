import type { Connection } from '../transports/index.ts'

/** The same connection with another way to send. */
export function withSend(connection: Connection, send: Connection['send']): Connection {
  return {
    send,
    get endpoints() {
      return connection.endpoints
    },
    get apis() {
      return connection.apis
    },
    get stats() {
      return connection.stats
    },
    get ready() {
      return connection.ready
    },
    close: () => connection.close(),
  }
}
