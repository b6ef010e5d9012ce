import { Agent, type buildConnector, fetch, type RequestInit as NodeRequestInit } from 'undici'
import type { Fetcher } from './fetcher.ts'

/** What goes to `node:tls`. */
export type SecureOptions = buildConnector.BuildOptions

/** Node's fetch, by the library that Node takes it from: its own takes no certificates and gives up after five minutes. */
export function nodeFetcher(secure: SecureOptions): Fetcher {
  // how long to wait is the client's to say
  const dispatcher = new Agent({ connect: secure, headersTimeout: 0, bodyTimeout: 0 })
  return {
    // two declarations of one standard
    fetch: (url, init) => fetch(url, { ...(init as NodeRequestInit), dispatcher }) as unknown as Promise<Response>,
    close: () => dispatcher.destroy(),
  }
}
