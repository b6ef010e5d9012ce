import { setTimeout as sleep } from 'node:timers/promises'
import { conclude, type Scenario, unexpected } from '../scenario.ts'
import { answeredAfter, askMeanwhile, bystanders, fill, untilAnswered } from './outage.ts'

const resumed = 'from its return to the first answer'
const refused = 'until requests are refused that come meanwhile'
const noticed = 'until lost requests have failed'

/** Redis is killed, and comes back with all that it had confirmed. */
export function restartRedis(outageMs: number): Scenario {
  return {
    name: `Redis is killed for ${outageMs / 1000} s, and keeps an append-only file`,
    promise:
      'what was in Redis is answered when it is back; what comes meanwhile is refused with UNAVAILABLE; work goes on by itself',
    goals: { [resumed]: 4000, [refused]: 1000 },
    async trial(system, random) {
      const load = system.load()
      const written = await fill(system, load, random)
      load.lose()
      await system.redis.kill()
      const { refusals, slowest } = await askMeanwhile(load, outageMs)
      await system.redis.start()
      const backAt = load.lose()
      const back = system.load()
      await untilAnswered(back)
      await load.stop()
      const failed = load.events.filter((event) => event.kind === 'error' && written.has(event.id))
      const wrongCodes = unexpected(load.events, 'UNAVAILABLE')
      return conclude(
        system,
        load,
        { [resumed]: answeredAfter(load, back, backAt), [refused]: slowest },
        {
          [`requests were lost: ${failed.map((event) => JSON.stringify(event))}`]: failed.length === 0,
          [`errors: ${wrongCodes}`]: wrongCodes.length === 0,
          'nothing was refused meanwhile': refusals > 0,
          ...bystanders(system),
        },
      )
    },
  }
}

/** Redis is killed, and comes back with nothing. */
export const emptyRedis: Scenario = {
  name: 'Redis is killed and comes back empty',
  promise: 'what was lost fails at once with UNAVAILABLE when that is noticed; what comes later is answered',
  goals: { [resumed]: 4000, [noticed]: 2000 },
  async trial(system, random) {
    const load = system.load()
    await fill(system, load, random)
    load.lose()
    await system.redis.kill()
    await sleep(random.between(200, 1500))
    await system.redis.start({ empty: true })
    const backAt = load.lose()
    await load.stop()
    const lastAt = Math.max(...load.events.map((event) => (event.kind === 'error' ? event.at : 0)))
    const back = system.load()
    await untilAnswered(back)
    const wrongCodes = unexpected(load.events, 'UNAVAILABLE')
    return conclude(
      system,
      load,
      { [resumed]: answeredAfter(back, back, backAt), [noticed]: Math.max(0, lastAt - backAt) },
      { [`errors: ${wrongCodes}`]: wrongCodes.length === 0, ...bystanders(system) },
    )
  },
}

/** Redis answers nothing for a while, and its connections stay. */
export const pauseRedis: Scenario = {
  name: 'Redis is stopped for 5 s (SIGSTOP, SIGCONT)',
  promise: 'what comes meanwhile is refused with UNAVAILABLE once that is noticed, and work goes on by itself',
  goals: { [resumed]: 4000, [refused]: 2000 },
  async trial(system, random) {
    const load = system.load()
    await fill(system, load, random)
    load.lose()
    system.redis.pause()
    const { refusals, slowest } = await askMeanwhile(load, 5000)
    system.redis.resume()
    const backAt = load.lose()
    const back = system.load()
    await untilAnswered(back)
    await load.stop()
    const wrongCodes = unexpected(load.events, 'UNAVAILABLE')
    return conclude(
      system,
      load,
      { [resumed]: answeredAfter(load, back, backAt), [refused]: slowest },
      {
        [`errors: ${wrongCodes}`]: wrongCodes.length === 0,
        'nothing was refused meanwhile': refusals > 0,
        ...bystanders(system),
      },
    )
  },
}
