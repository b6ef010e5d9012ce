import type { HttpOptions } from './http/options.ts'
import type { Front, Protocol, ProtocolOptions, Running, WebProtocol, WebSite } from './protocol.ts'
import type { TypedOptions } from './typed/options.ts'
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
  TypedOptions &
  Omit<HttpOptions, 'posts' | 'others'> & {
    /** What every web port shows: whether it is well, and how it fares. */
    readonly infrastructure: readonly WebSite[]
    /** What HTTP's port shows beside. */
    readonly sites: readonly WebSite[]
    /** What HTTP's port has beside its APIs, where `isTaken` says that none has a path. */
    mounts?(isTaken: (path: string) => boolean): WebSite
  }

/** Starts protocols on one port. */
export async function startPort(
  names: readonly ProtocolName[],
  frontOf: (name: ProtocolName) => Front,
  options: PortOptions,
): Promise<Running> {
  const [first] = names
  const protocol = await (first && own[first])?.()
  if (protocol) return protocol.start(frontOf(first as ProtocolName), options)
  return startWeb(await openSites(names, frontOf, options), options)
}

async function openSites(
  names: readonly ProtocolName[],
  frontOf: (name: ProtocolName) => Front,
  options: PortOptions,
): Promise<WebSite[]> {
  const sharing = await Promise.all(names.map(async (name) => (await shared[name]?.())?.open(frontOf(name), options)))
  const others = sharing.flatMap((site) => site ?? [])
  const { http } = await import('./http/server.ts')
  const { typed } = await import('./typed/server.ts')
  const posts = names.includes('http')
  const beside = posts ? [typed.open(frontOf('http'), options), ...options.sites] : []
  // every web port says whether it is up
  const last = http.open(frontOf('http'), { ...options, posts, others: [...others, ...beside] })
  const isTaken = (path: string) => [...beside, last].some((site) => site.owns?.(path))
  const mounted = posts ? options.mounts?.(isTaken) : undefined
  return [...options.infrastructure, ...others, ...beside, ...(mounted ? [mounted] : []), last]
}

export { ByteBudget } from './byte-budget.ts'
export type {
  AuthCall,
  Authenticate,
  Front,
  Protocol,
  ProtocolOptions,
  Refuse,
  Running,
  Service,
  TlsFiles,
  WebProtocol,
  WebSite,
} from './protocol.ts'
