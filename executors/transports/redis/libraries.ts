import { connect, type Libraries, loadLibraries, refusal, within } from './connect.ts'
import { type CompiledRedisOptions, compileRedisOptions, type RedisOptions } from './options.ts'
import type { ScriptedRedis } from './scripts.ts'

export type RedisClient = ScriptedRedis

/** For who keeps something else in the same Redis: the libraries, and connections that come back by themselves. */
export interface RedisLibraries extends Libraries {
  readonly options: CompiledRedisOptions
  /** @param what - what it is for, as CLIENT LIST shows it */
  connect(what: string): RedisClient
  /** Settles as `command` does, or rejects where Redis does not answer in time. */
  within<T>(ms: number, command: Promise<T>): Promise<T>
  /** The same, and what goes wrong says where Redis is: UNAVAILABLE. */
  asked<T>(ms: number, command: Promise<T>): Promise<T>
}

/** @throws {FlowError} INVALID_ARGUMENT for a URL that is none, FAILED_PRECONDITION where bullmq and ioredis are not installed */
export async function openLibraries(options: RedisOptions): Promise<RedisLibraries> {
  const compiled = compileRedisOptions(options)
  const libraries = await loadLibraries()
  return {
    ...libraries,
    options: compiled,
    connect: (what) => connect(libraries, compiled, what),
    within,
    async asked(ms, command) {
      return within(ms, command).catch((error) => {
        throw refusal(error, compiled)
      })
    },
  }
}
