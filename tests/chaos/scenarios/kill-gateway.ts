import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

/** What requests of this scenario may take; what the gateway wrote stays that long and 10 s more. Unit: ms. */
const timeoutMs = 3000
const marginMs = 10_000

export const killGateway: Scenario = {
  name: 'the gateway is killed under load',
  promise: 'executors skip what it had waiting, nothing of it stays in Redis, and another gateway works at once',
  async trial(system, random) {
    const load = system.load()
    // more than the replicas have room for, so that some of it waits
    load.start(60, () => ({ parameters: { ms: random.between(100, 300) }, timeoutMs }))
    await sleep(random.between(500, 1500))
    const gateways = await system.ask((redis) => gatewaysOf(redis, system.prefix))
    load.lose()
    system.gateway.signal('SIGKILL')
    await system.gateway.ended
    await load.stop()
    await system.heal()
    // the one that was killed is believed to be alive for 10 s, and what it sent is kept for its deadline and a margin
    await sleep(timeoutMs + marginMs + 500)
    const left = await system.ask((redis) => leftOf(redis, gateways))
    return conclude(
      system,
      load,
      {},
      {
        [`errors: ${unexpected(load.events, 'UNAVAILABLE')}`]: unexpected(load.events, 'UNAVAILABLE').length === 0,
        [`keys are left: ${left}`]: left.length === 0,
      },
    )
  },
}

async function gatewaysOf(redis: Redis, prefix: string): Promise<string[]> {
  return (await redis.keys(`${prefix}:gateway:*`)).map((key) => key.slice(prefix.length + ':gateway:'.length))
}

/** Keys that have to do with any of these gateways. */
async function leftOf(redis: Redis, gateways: readonly string[]): Promise<string[]> {
  return (await redis.keys('*')).filter((key) => gateways.some((id) => key.includes(id)))
}
