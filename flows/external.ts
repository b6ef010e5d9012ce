import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Connection, type GrpcTransport, limit, roundRobin, withSend } from '../executors/index.ts'
import { FlowError } from '../proto/index.ts'
import type { CompiledDeployment } from './options.ts'

// What one deployment says of an executor that runs elsewhere.

/** Only where it runs elsewhere, and only where it does not. */
const elsewhere = ['host', 'grpcMetadata'] as const
const here = ['uses', 'usesWith', 'runtime', 'transport', 'env', 'workspace'] as const

/**
 * Connects to an external deployment, whether or not somebody is there yet.
 * @throws {FlowError} INVALID_ARGUMENT for options that do not go together, or are no place
 */
export async function dialExternal(
  deployment: CompiledDeployment,
  grpc: GrpcTransport,
  baseDir: string,
): Promise<Connection> {
  const { name, grpcMetadata, concurrency, maxQueued } = deployment
  const tls = filesOf(deployment, baseDir)
  const options = { executor: name, metadata: grpcMetadata, tls }
  const replicas = await Promise.all(addressesOf(deployment).map((address) => grpc.dial(address, options)))
  const connection = roundRobin(replicas)
  return withSend(connection, limit({ executor: name, concurrency, maxQueued })(connection.send))
}

/** @throws {FlowError} INVALID_ARGUMENT for options that do not go together */
export function checkExternal(deployment: CompiledDeployment): void {
  const { external, tls } = deployment
  const wrong: readonly string[] = external
    ? here.filter((key) => deployment[key] !== undefined)
    : [...elsewhere.filter((key) => deployment[key] !== undefined), ...(tls ? ['tls'] : [])]
  if (wrong.length > 0) {
    const reason = external ? 'it is external: it runs elsewhere' : 'for external deployments alone'
    throw refusal(deployment, `${wrong.join(', ')}: ${reason}`, external ? undefined : 'Add external: true')
  }
  if (external) addressesOf(deployment)
}

function addressesOf(deployment: CompiledDeployment): string[] {
  const { host = 'localhost', port, tls } = deployment
  const hosts = [host].flat()
  const ports = port === undefined ? [] : [port].flat()
  // as Jina: one host with several ports are replicas too
  const count = Math.max(hosts.length, ports.length)
  const fits = (list: readonly unknown[]) => list.length <= 1 || list.length === count
  if (!fits(hosts) || !fits(ports)) throw refusal(deployment, `port: ${ports.length} ports for ${hosts.length} hosts`)
  return Array.from({ length: count }, (_, i) => {
    const at = (hosts[i] ?? hosts[0]) as string
    return addressOf(deployment, at, ports[i] ?? ports[0], tls !== false)
  })
}

function addressOf(deployment: CompiledDeployment, host: string, port: number | undefined, tls: boolean): string {
  const [, scheme, bare = host] = /^(grpcs?):\/\/(.*)$/.exec(host) ?? []
  const hasPort = /^(\[.*\]|[^:]*):\d+$/.test(bare)
  if (hasPort && port !== undefined) throw refusal(deployment, `port: ${host} has one already`)
  if (!hasPort && port === undefined) throw refusal(deployment, `port: ${host} has none`, 'Add port: 50051')
  const named = bare.includes(':') && !bare.includes('[') && !hasPort ? `[${bare}]` : bare
  return `${tls || scheme === 'grpcs' ? 'grpcs' : 'grpc'}://${named}${hasPort ? '' : `:${port}`}`
}

function filesOf({ tls }: CompiledDeployment, baseDir: string) {
  if (typeof tls === 'boolean') return undefined
  const bytes = (file: string | Uint8Array | undefined) => {
    if (typeof file !== 'string') return file
    try {
      return readFileSync(resolve(baseDir, file))
    } catch (error) {
      throw new FlowError('INVALID_ARGUMENT', `tls: ${FlowError.from(error).reason}`, { cause: error })
    }
  }
  return { ca: bytes(tls.ca), cert: bytes(tls.cert), key: bytes(tls.key) }
}

function refusal({ name }: CompiledDeployment, reason: string, hint?: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `deployment "${name}": ${reason}`, { hint })
}
