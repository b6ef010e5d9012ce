import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TlsOptions } from '../client/index.ts'
import { createGrpc, createRedis, type RedisTransport } from '../executors/index.ts'
import { Gateway, type GatewayParts, type NodeSpec, type NodeTarget } from '../gateway/index.ts'
import { FlowError, type Logger } from '../proto/index.ts'
import type { CompiledDeployment, CompiledFlowOptions } from './options.ts'
import type { SeatOptions } from './parts.ts'
import { createPeers } from './peers.ts'
import { type OnStart, Seating } from './seating.ts'

/** Everything of a flow that runs, and how it ends: in the reverse of the order it began. */
export interface RunningParts {
  readonly gateway: Gateway
  /** Whom a client of this flow trusts, and how it proves itself; undefined without TLS. */
  readonly clientTls: TlsOptions | undefined
  /**
   * Goes on with these deployments: what is different, or stale by its name, is started beside what runs, gets the requests that come from
   * then on, and what it replaces ends when it has answered. Only where this was asked for at the start.
   * @throws {FlowError} why one did not start: all stays as it was
   */
  replace(deployments: readonly CompiledDeployment[], stale: ReadonlySet<string>): Promise<void>
  /** Finishes what runs, then stops everything. */
  stop(): Promise<void>
}

/** What the start of a flow is told beside its options. */
export interface StartParts extends Pick<GatewayParts, 'middleware' | 'mounts' | 'replaceable'> {
  readonly onStart?: OnStart | undefined
}

/**
 * Starts the executors, each when those it needs are ready, then the gateway in front of them; where one does not start, those that did
 * are stopped again.
 * @param remote - start the gateway alone: the executors run elsewhere
 * @param parts - what the web ports have beside the APIs, and who watches
 */
export async function startParts(
  deployments: readonly CompiledDeployment[],
  options: CompiledFlowOptions,
  baseDir: string,
  logger: Logger,
  remote = false,
  { onStart, ...web }: StartParts = {},
): Promise<RunningParts> {
  const {
    name: _name,
    workspace,
    exposeStacks,
    graceMs,
    readyTimeoutMs,
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
  const seats: Omit<SeatOptions, 'inproc'> = {
    ...{ transport, remote, baseDir, workspace, exposeStacks, peers, logger },
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
  const inGrace = (drained: Promise<void>) => before(leaveBy, drained)
  const seating = new Seating(seats, specOf, { readyTimeoutMs, onStart })
  cleanups.push(() => seating.stop(inGrace))
  try {
    nodes.push(...(await seating.start(deployments)))
    const front = located(gatewayOptions, baseDir)
    const gateway = new Gateway(front, { ...web, nodes, queues: (await redis)?.queues(), redis: at, logger })
    await gateway.start()
    cleanups.push(
      () => gateway.close(),
      () => before(leaveBy, gateway.drain()),
    )
    const replace: RunningParts['replace'] = async (next, stale) => {
      const leaving = await seating.replace(next, stale)
      const idle = gateway.replace(leaving.nodes)
      nodes.splice(0, nodes.length, ...leaving.nodes)
      await before(performance.now() + graceMs, idle)
      await leaving.end((drained) => before(performance.now() + graceMs, drained))
    }
    return { gateway, clientTls: clientTlsOf(front), replace, stop }
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
