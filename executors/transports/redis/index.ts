import type { Queue } from 'bullmq'
import { FlowError } from '../../../proto/index.ts'
import type { Listener, Served, Transport } from '../transport.ts'
import { census } from './census.ts'
import { type Libraries, loadLibraries, refusal } from './connect.ts'
import { type About, Consumer } from './consumer.ts'
import { type DialOptions, RedisConnection } from './dial.ts'
import { Hub } from './hub.ts'
import { compileRedisOptions, type RedisOptions } from './options.ts'

export type { About } from './consumer.ts'
export { openLibraries, type RedisClient, type RedisLibraries } from './libraries.ts'
export type { RedisOptions } from './options.ts'

/** A transport that ends: its connections share what stays open. */
export interface RedisTransport extends Transport {
  /** The name of the deployment is the address. */
  dial(address: string, options?: Partial<DialOptions>): Promise<RedisConnection>
  /** The queues that were dialled. */
  queues(): readonly Queue[]
  /**
   * Live executors of a deployment, on any machine.
   * @throws {FlowError} UNAVAILABLE where Redis does not answer
   */
  executors(deployment: string): Promise<readonly About[]>
  close(): Promise<void>
}

/**
 * Executors that meet gateways in Redis: any number of consumers of a deployment, on any machine, take its requests in jobs of several.
 * @throws {FlowError} INVALID_ARGUMENT for a URL that is none, FAILED_PRECONDITION where bullmq and ioredis are not installed
 */
export async function createRedis(options: RedisOptions): Promise<RedisTransport> {
  const compiled = compileRedisOptions(options)
  const libraries: Libraries = await loadLibraries()
  const connections: RedisConnection[] = []
  let hub: Promise<Hub> | undefined
  return {
    scheme: 'redis',
    async dial(address, { maxQueued = 10_000, waitForExecutors = false } = {}) {
      hub ??= Hub.open(libraries, compiled)
      const connection = new RedisConnection(await hub, nameOf(address), { maxQueued, waitForExecutors })
      connections.push(connection)
      await connection.look().catch(() => {})
      return connection
    },
    queues: () => connections.map(({ queue }) => queue),
    executors: (deployment) => census(libraries, compiled, nameOf(deployment)),
    async listen(address: string, served: Served): Promise<Listener> {
      const consumer = new Consumer(libraries, compiled, nameOf(address), served)
      try {
        await consumer.start()
      } catch (error) {
        await consumer.close()
        throw refusal(error, compiled)
      }
      return { address, drain: () => consumer.drain(), close: () => consumer.close() }
    },
    async close() {
      await (await hub)?.close()
      hub = undefined
    },
  }
}

/** `redis://deployment`, or the name alone. */
function nameOf(address: string): string {
  const name = address.replace(/^redis:\/\//, '')
  if (/^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(name)) return name
  throw new FlowError('INVALID_ARGUMENT', `"${address}" is no name of a deployment`)
}
