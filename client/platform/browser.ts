import { FlowError } from '../../proto/index.ts'
import { BaseClient } from '../client.ts'
import type { Address, ClientOptions } from '../options.ts'
import { noProgress } from '../progress.ts'
import { browserDial } from '../protocols/socket-browser.ts'
import type { Platform } from './platform.ts'

const platform: Platform = {
  async fetcher(address) {
    checkCertificates(address)
    // a browser's fetch is called as the window's own
    return { fetch: (url, init) => fetch(url, init), async close() {} }
  },
  async dial(address) {
    checkCertificates(address)
    return browserDial
  },
  async grpc() {
    throw new FlowError('UNIMPLEMENTED', 'browsers do not speak gRPC', {
      hint: 'Use protocol "http" or "websocket"',
    })
  },
  progress: async () => noProgress,
}

function checkCertificates({ certificates }: Address): void {
  const [name] = Object.keys(certificates ?? {})
  if (name === undefined) return
  throw new FlowError('INVALID_ARGUMENT', `tls.${name} is for Node: a browser has certificates of its own`, {
    hint: 'Say tls: true, and let the browser or its system trust the server',
  })
}

/** The client for browsers: HTTP, WebSocket and GraphQL. */
export class Client extends BaseClient {
  /** @throws {FlowError} INVALID_ARGUMENT for a host that is none, or for what is said twice */
  constructor(options: ClientOptions = {}) {
    super(options, platform)
  }
}
