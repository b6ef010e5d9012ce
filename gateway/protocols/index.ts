import type { HttpOptions } from './http/options.ts'
import type { Front, Protocol, ProtocolOptions, Running, WebProtocol, WebSite } from './protocol.ts'
import { startWeb, type WebOptions } from './web.ts'

export type ProtocolName = 'grpc' | 'http' | 'websocket' | 'graphql'

/** Protocols by the name that a flow gives them, loaded when one is spoken: those with a port of their own, */
const own: Readonly<Partial<Record<ProtocolName, () => Promise<Protocol>>>> = {
  grpc: async () => (await import('./grpc/server.ts')).grpc,
}

/** and those that share the web's; HTTP, the last, takes what no other does. */
const shared: Readonly<Partial<Record<ProtocolName, () => Promise<WebProtocol>>>> = {
  websocket: async () => (await import('./websocket/server.ts')).websocket,
  graphql: async () => (await import('./graphql/server.ts')).graphql,
}

/** Options of all protocols together. */
export type PortOptions = ProtocolOptions &
  WebOptions &
  Omit<HttpOptions, 'posts' | 'others'> & {
    /** What HTTP's port shows beside. */
    readonly sites: readonly WebSite[]
  }

/** Starts protocols on one port. */
export async function startPort(names: readonly ProtocolName[], front: Front, options: PortOptions): Promise<Running> {
  const [first] = names
  const protocol = await (first && own[first])?.()
  return protocol ? protocol.start(front, options) : startWeb(await openSites(names, front, options), options)
}

async function openSites(names: readonly ProtocolName[], front: Front, options: PortOptions): Promise<WebSite[]> {
  const sharing = await Promise.all(names.map((name) => shared[name]?.()))
  const others = sharing.flatMap((protocol) => protocol?.open(front, options) ?? [])
  const { http } = await import('./http/server.ts')
  const posts = names.includes('http')
  // every web port says whether it is up
  return [...others, ...(posts ? options.sites : []), http.open(front, { ...options, posts, others })]
}

export { ByteBudget } from './byte-budget.ts'
export type { Front, Protocol, ProtocolOptions, Running, TlsFiles, WebProtocol, WebSite } from './protocol.ts'
