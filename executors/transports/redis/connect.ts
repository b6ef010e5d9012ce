import type { Queue, WaitingError, Worker } from 'bullmq'
import type { RedisOptions as ClientOptions, Redis } from 'ioredis'
import { FlowError, type Logger } from '../../../proto/index.ts'
import type { CompiledRedisOptions } from './options.ts'
import { defineScripts, type ScriptedRedis } from './scripts.ts'

/** The libraries, which a flow without Redis need not have. */
export interface Libraries {
  readonly Redis: typeof Redis
  readonly Queue: typeof Queue
  readonly Worker: typeof Worker
  readonly WaitingError: typeof WaitingError
}

/** @throws {FlowError} FAILED_PRECONDITION where they are not installed */
export async function loadLibraries(): Promise<Libraries> {
  try {
    const [{ Queue, WaitingError, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')])
    return { Redis, Queue, Worker, WaitingError }
  } catch (error) {
    throw new FlowError('FAILED_PRECONDITION', 'the redis transport needs bullmq and ioredis', {
      hint: 'npm install bullmq ioredis',
      cause: error,
    })
  }
}

/** A connection that comes back by itself, and keeps what it was told meanwhile. */
export function connect(
  { Redis: Client }: Libraries,
  options: CompiledRedisOptions,
  what: string,
  more: ClientOptions = {},
): ScriptedRedis {
  const redis: Redis = new Client({
    ...(options.client as object),
    ...(more as object),
    // as CLIENT LIST shows it; Redis takes no spaces
    connectionName: `sluice:${what}`,
    // BullMQ asks for this; who must not wait looks at `status` first
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 50, 500),
    // a peer that is gone without a word is found out
    keepAlive: 1000,
    connectTimeout: 2000,
  })
  // told once an outage: without a listener, ioredis writes each failed attempt to the console
  let away = false
  redis.on('error', ({ message: reason }) => {
    // the error itself would tell the password that was sent
    if (!away) options.logger.warn({ reason, redis: options.shown, connection: what }, 'Redis cannot be reached')
    away = true
  })
  redis.on('ready', () => {
    away = false
  })
  return defineScripts(redis)
}

/** Why a command failed, in Redis or on the way to it. */
export function refusal(error: unknown, { shown }: CompiledRedisOptions): FlowError {
  return new FlowError('UNAVAILABLE', `Redis at ${shown}: ${FlowError.from(error).reason}`)
}

/** Settles as `command` does, or rejects where Redis does not answer in time; that is told to `unheard`. */
export async function within<T>(ms: number, command: Promise<T>, unheard = () => {}): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => {
      unheard()
      reject(new FlowError('UNAVAILABLE', `Redis did not answer within ${ms} ms`))
    }
    // this process may have been busy itself: what has come meanwhile is read before
    timer = setTimeout(() => {
      timer = setTimeout(giveUp, 0)
    }, ms)
  })
  try {
    return await Promise.race([command, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Says what a Redis is not set up for: it may throw jobs away, or lose them when it restarts. */
export async function warnOfLoss(redis: ScriptedRedis, { shown }: CompiledRedisOptions, logger: Logger): Promise<void> {
  const info = await redis.info()
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1]
  if (policy && policy !== 'noeviction') {
    logger.warn({ redis: shown, policy }, 'Redis may evict requests: set maxmemory-policy to noeviction')
  }
  const saves = await redis.config('GET', 'save').then(
    (pair) => (pair as string[])[1] !== '',
    () => true,
  )
  if (!saves && !/^aof_enabled:1/m.test(info)) {
    logger.warn(
      { redis: shown },
      'Redis keeps nothing on disk: requests are lost when it restarts. Set appendonly to yes',
    )
  }
}
