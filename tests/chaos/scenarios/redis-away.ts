import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { unpackFrames } from '../../../executors/transports/redis/frames.ts'
import type { Event } from '../history.ts'
import type { Load } from '../load.ts'
import type { Random } from '../random.ts'
import { conclude, type Scenario, unexpected } from '../scenario.ts'
import type { System } from '../system.ts'

const resumed = 'from its return to the first answer'
const refused = 'until requests are refused that come meanwhile'
const noticed = 'until lost requests have failed'
const stopped = 'until both have ended'

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

/** Nobody can be told that they leave. */
export const stopWithoutRedis: Scenario = {
  name: 'Redis is killed, and then an idle replica and the idle gateway are asked to stop (SIGTERM)',
  promise: 'they do not wait for it, and end with 0',
  goals: { [stopped]: 5000 },
  async trial(system, random) {
    const load = system.load()
    await load.send({ parameters: { ms: 1 } })
    await system.redis.kill()
    await sleep(random.between(0, 1500))
    const leaving = [random.pick(system.replicas), system.gateway]
    const asked = performance.now()
    for (const child of leaving) child.signal('SIGTERM')
    const timer = setTimeout(() => leaving.forEach((child) => void child.signal('SIGKILL')), 20_000)
    const how = await Promise.all(leaving.map(({ ended }) => ended))
    const took = performance.now() - asked
    clearTimeout(timer)
    await system.redis.start()
    await system.heal()
    return conclude(system, load, { [stopped]: took }, { [`they ended with ${how}`]: how.every((code) => code === 0) })
  },
}

/** What those have to say that Redis went away from: no process may end for it, or write what is no log line. */
function bystanders(system: System): Record<string, boolean> {
  const children = [...system.replicas, system.gateway]
  const noise = children.flatMap(({ output }) =>
    output.split('\n').filter((line) => !/^(\{.*\}|READY.*|http:.*|)$/.test(line)),
  )
  return { 'a process ended': children.every(({ alive }) => alive), [`noise: ${noise}`]: noise.length === 0 }
}

/** Requests that run or wait in Redis, all of them written there. */
async function fill(system: System, load: Load, random: Random): Promise<Set<string>> {
  const count = 20
  for (let i = 0; i < count; i++) load.send({ parameters: { ms: random.between(800, 1500) }, timeoutMs: 60_000 })
  const until = Date.now() + 10_000
  while (Date.now() < until && (await system.ask((redis) => writtenTo(redis, system.prefix))) < count) await sleep(20)
  await sleep(random.between(50, 300))
  return new Set(load.events.flatMap((event) => (event.kind === 'sent' ? [event.id] : [])))
}

/** Requests of all jobs in Redis. */
async function writtenTo(redis: Redis, prefix: string): Promise<number> {
  const jobs = await Promise.all((await redis.keys(`${prefix}:payload:*`)).map((key) => redis.getBuffer(key)))
  return jobs.reduce((sum, packed) => sum + (packed ? unpackFrames(packed).length : 0), 0)
}

/** Sends one request after the other while Redis is away. Gives back how long the slowest took to be refused. */
async function askMeanwhile(load: Load, ms: number): Promise<{ refusals: number; slowest: number }> {
  const until = Date.now() + ms
  let [refusals, slowest] = [0, 0]
  while (Date.now() < until) {
    const sentAt = Date.now()
    const leaving = new AbortController()
    const sent = load.send({ parameters: { ms: 1 }, timeoutMs: 60_000 }).then(() => true)
    const ended = await Promise.race([sent, sleep(until - sentAt, false, { signal: leaving.signal })])
    leaving.abort()
    slowest = Math.max(slowest, Date.now() - sentAt)
    if (ended) refusals++
    await sleep(100)
  }
  return { refusals, slowest }
}

async function untilAnswered(load: Load): Promise<void> {
  const until = Date.now() + 60_000
  while (Date.now() < until && !load.events.some(({ kind }) => kind === 'ok')) {
    await load.send({ parameters: { ms: 1 }, timeoutMs: 10_000 })
    await sleep(20)
  }
}

function answeredAfter(load: Load, back: Load, backAt: number): number {
  const isAnswer = (event: Event) => event.kind === 'ok' && event.at >= backAt
  return Math.min(...[...load.events, ...back.events].filter(isAnswer).map(({ at }) => at)) - backAt
}
