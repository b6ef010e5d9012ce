import { BaseClient } from '../client.ts'
import type { Address, ClientOptions } from '../options.ts'
import type { ConnectOptions } from '../typed/options.ts'
import { connectWith } from '../typed/service.ts'
import type { Service } from '../typed/types.ts'
import type { Platform } from './platform.ts'

const platform: Platform = {
  async fetcher(address) {
    const { nodeFetcher } = await import('../protocols/fetcher-node.ts')
    return nodeFetcher(await secureOptions(address))
  },
  async dial(address) {
    const { nodeDial } = await import('../protocols/socket-node.ts')
    return nodeDial(await secureOptions(address))
  },
  async grpc(address, maxMessageBytes) {
    const { grpcProtocol } = await import('../protocols/grpc.ts')
    return grpcProtocol(address, await secureOptions(address), maxMessageBytes)
  },
  async files() {
    return (await import('./files-node.ts')).nodeFiles
  },
  async progress(name) {
    return (await import('./progress-bar.ts')).progressBar(name)
  },
}

async function secureOptions({ certificates }: Address) {
  if (!certificates) return {}
  return (await import('./tls-files.ts')).readTls(certificates)
}

/**
 * Sends documents to a flow. It connects when first used.
 *
 * @example
 * await using client = new Client({ host: 'http://localhost:8080' })
 * const docs = await client.post('/search', new Document('a whale'))
 */
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
