import { connect, type Libraries, refusal, within } from './connect.ts'
import type { About } from './consumer.ts'
import { Keys } from './keys.ts'
import type { CompiledRedisOptions } from './options.ts'

/** How long Redis may take to answer. Unit: ms. */
const answerMs = 3000

/**
 * Who is there of a deployment, for who is no gateway: on a connection of its own.
 * @throws {FlowError} UNAVAILABLE where Redis does not answer
 */
export async function census(
  libraries: Libraries,
  options: CompiledRedisOptions,
  deployment: string,
): Promise<readonly About[]> {
  const redis = connect(libraries, options, `census ${deployment}`)
  try {
    const told = await within(answerMs, redis.slCensus(new Keys(options.prefix).consumers(deployment)))
    return told.map((about) => JSON.parse(about) as About)
  } catch (error) {
    throw refusal(error, options)
  } finally {
    redis.disconnect()
  }
}
