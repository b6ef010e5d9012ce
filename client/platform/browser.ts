import { FlowError } from '../../proto/index.ts'
import { BaseClient } from '../client.ts'
import type { Address, ClientOptions } from '../options.ts'
import { noProgress } from '../progress.ts'
import { browserDial } from '../protocols/socket-browser.ts'
import type { ConnectOptions } from '../typed/options.ts'
import { connectWith } from '../typed/service.ts'
import type { Service } from '../typed/types.ts'
import { browserFiles } from './files-browser.ts'
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
  files: async () => browserFiles,
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

/**
 * Reaches typed endpoints, of Sluice or of BentoML: `svc.add({ a: 1 })`. Awaited, it is ready and knows what is served; not awaited, it
 * connects when first called. Types are those of an executor (`connect<typeof Iris>(…)`), or what `sluice client types URL` printed.
 *
 * @example
 * await using svc = await connect<typeof Iris>('http://localhost:8080')
 * console.log(await svc.classify({ length: 6 }))
 * @throws {FlowError} INVALID_ARGUMENT for a wrong address or option; awaited, DEADLINE_EXCEEDED where it does not become ready
 */
export function connect<C = unknown>(
  url: string | URL,
  options?: ConnectOptions,
): Service<C> & PromiseLike<Service<C>> {
  return connectWith<C>(platform, url, options)
}
