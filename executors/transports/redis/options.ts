import type { RedisOptions as ClientOptions } from 'ioredis'
import { FlowError, type Logger, silent } from '../../../proto/index.ts'

/** Where Redis is, and how executors and gateways meet in it. */
export interface RedisOptions {
  /** `redis://user:password@host:port/database`, `rediss://` with TLS; `?prefix=…` for {@link prefix}. */
  readonly url: string
  /** What all keys begin with; flows that share a Redis have different ones. @default "sluice" */
  readonly prefix?: string | undefined
  /** How long a consumer may be silent before its jobs are given to others. Unit: ms. @default 2000 */
  readonly leaseMs?: number | undefined
  /** Documents in a job at most; a request with more has one of its own. @default 1000 */
  readonly maxJobDocuments?: number | undefined
  /** Bytes in a job at most; a request with more has one of its own. @default 1 MiB */
  readonly maxJobBytes?: number | undefined
  /** Work that one job may bring to an executor, by what requests took lately. Unit: ms. @default 10 */
  readonly maxJobWorkMs?: number | undefined
  readonly logger?: Logger | undefined
}

export interface CompiledRedisOptions {
  readonly prefix: string
  readonly leaseMs: number
  readonly maxJobDocuments: number
  readonly maxJobBytes: number
  readonly maxJobWorkMs: number
  readonly logger: Logger
  readonly client: ClientOptions
  /** The URL without the password, for messages. */
  readonly shown: string
}

/** @throws {FlowError} INVALID_ARGUMENT for a URL that is none */
export function compileRedisOptions(options: RedisOptions): CompiledRedisOptions {
  const { url, prefix, leaseMs = 2000, maxJobDocuments = 1000, maxJobBytes = 2 ** 20, maxJobWorkMs = 10 } = options
  const parsed = parse(url)
  return {
    prefix: prefix ?? parsed.searchParams.get('prefix') ?? 'sluice',
    leaseMs,
    maxJobDocuments,
    maxJobBytes,
    maxJobWorkMs,
    logger: options.logger ?? silent,
    client: clientOptions(parsed),
    shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
  }
}

function parse(url: string): URL {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw invalid(url)
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:') throw invalid(url)
  if (!/^\/?\d*$/.test(parsed.pathname)) throw invalid(url)
  return parsed
}

function clientOptions({ protocol, hostname, port, username, password, pathname }: URL): ClientOptions {
  const database = pathname.slice(1)
  return {
    host: hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(port || 6379),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(database && { db: Number(database) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  }
}

function invalid(url: string): FlowError {
  return new FlowError('INVALID_ARGUMENT', `"${url.replace(/:[^:@/]*@/, ':…@')}" is no address of a Redis`, {
    hint: 'Write it like redis://user:password@host:6379/0',
  })
}
