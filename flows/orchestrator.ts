import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TlsOptions } from '../client/index.ts'
import { createGrpc, createInproc, createRedis, type RedisTransport } from '../executors/index.ts'
import { Gateway, type GatewayParts, type NodeSpec, type NodeTarget } from '../gateway/index.ts'
import { FlowError, type Logger } from '../proto/index.ts'
import type { CompiledDeployment, CompiledFlowOptions } from './options.ts'
import type { SeatOptions } from './parts.ts'
import { createPeers } from './peers.ts'
import { seat } from './seats.ts'

/** Everything of a flow that runs, and how it ends: in the reverse of the order it began. */
export interface RunningParts {
  readonly gateway: Gateway
  /** Whom a client of this flow trusts, and how it proves itself; undefined without TLS. */
  readonly clientTls: TlsOptions | undefined
  /** Finishes what runs, then stops everything. */
  stop(): Promise<void>
}

/**
 * Starts the executors one after the other, then the gateway in front of them; where one does not start, those that did
 * are stopped again.
 * @param remote - start the gateway alone: the executors run elsewhere
 * @param web - what the web ports have beside the APIs
 */
export async function startParts(
  deployments: readonly CompiledDeployment[],
  options: CompiledFlowOptions,
  baseDir: string,
  logger: Logger,
  remote = false,
  web: Pick<GatewayParts, 'middleware' | 'mounts'> = {},
): Promise<RunningParts> {
  const {
    name: _name,
    workspace,
    exposeStacks,
    graceMs,
    transport,
    redis: at,
    logger: _logger,
    strict: _strict,
    inspect: _inspect,
    modules,
    timeoutSend,
    retries,
    ...gatewayOptions
  } = options
  const cleanups: (() => Promise<void> | void)[] = []
  let redis: Promise<RedisTransport> | undefined
  const nodes: NodeTarget[] = []
  const peers = createPeers((name) => nodes.find((node) => node.name === name)?.connection)
  const seats: SeatOptions = {
    ...{ inproc: createInproc(), transport, remote, baseDir, workspace, exposeStacks, peers, logger },
    grpc: createGrpc({ maxMessageBytes: options.maxMessageBytes }),
    ...{ modules, timeoutSend, retries },
    redis() {
      redis ??= openRedis(at, logger)
      return redis
    },
  }
  cleanups.push(async () => (await redis?.catch(() => undefined))?.close())
  let leaveBy = Number.POSITIVE_INFINITY
  const stop = async () => {
    leaveBy = performance.now() + graceMs
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  }
  const start = async (deployment: CompiledDeployment): Promise<NodeTarget> => {
    const { connection, drain, close } = await seat(deployment, seats)
    cleanups.push(close, () => before(leaveBy, drain()))
    return { ...specOf(deployment), connection }
  }
  try {
    for (const deployment of deployments) nodes.push(await start(deployment))
    const front = located(gatewayOptions, baseDir)
    const gateway = new Gateway(front, { ...web, nodes, queues: (await redis)?.queues(), redis: at, logger })
    await gateway.start()
    cleanups.push(
      () => gateway.close(),
      () => before(leaveBy, gateway.drain()),
    )
    return { gateway, clientTls: clientTlsOf(front), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A deployment as a node of the graph. */
export function specOf({ name, needs, floating, noReduce, when }: CompiledDeployment): NodeSpec {
  return { name, needs: needs === undefined ? undefined : [needs].flat(), floating, noReduce, when }
}

/** @throws {FlowError} INVALID_ARGUMENT where it has not been said where Redis is */
export async function openRedis(options: CompiledFlowOptions['redis'], logger: Logger): Promise<RedisTransport> {
  if (options) return createRedis({ ...options, logger })
  throw new FlowError('INVALID_ARGUMENT', 'transport is redis, and it is not said where Redis is', {
    hint: 'Add redis: redis://localhost:6379',
  })
}

/** The options with the paths of files as seen from `baseDir`. */
function located<Options extends Pick<CompiledFlowOptions, 'static' | 'tls'>>(
  options: Options,
  baseDir: string,
): Options {
  const path = <T>(file: T) => (typeof file === 'string' ? resolve(baseDir, file) : file)
  const { tls } = options
  return {
    ...options,
    static: options.static.map(path),
    tls: tls && { ...tls, cert: path(tls.cert), key: path(tls.key), ...(tls.ca && { ca: path(tls.ca) }) },
  }
}

function clientTlsOf({ tls }: Pick<CompiledFlowOptions, 'tls'>): TlsOptions | undefined {
  if (!tls) return undefined
  const { cert, key, ca } = tls
  return ca ? { ca: cert, cert, key } : { ca: cert }
}

// an executor may never end: what still runs after the grace is cut off by the close that follows
async function before(leaveBy: number, drained: Promise<void>): Promise<void> {
  const leaving = new AbortController()
  const leftMs = Math.max(0, leaveBy - performance.now())
  await Promise.race([drained, sleep(leftMs, undefined, { signal: leaving.signal })])
  leaving.abort()
}
