import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { unpackFrames } from '../../../executors/transports/redis/frames.ts'
import type { Event } from '../history.ts'
import type { Load } from '../load.ts'
import type { Random } from '../random.ts'
import type { System } from '../system.ts'

// What the scenarios in which Redis goes away have in common.

/** What those have to say that Redis went away from: no process may end for it, or write what is no log line. */
export function bystanders(system: System): Record<string, boolean> {
  const children = [...system.replicas, system.gateway]
  const noise = children.flatMap(({ output }) =>
    output.split('\n').filter((line) => !/^(\{.*\}|READY.*|http:.*|)$/.test(line)),
  )
  return { 'a process ended': children.every(({ alive }) => alive), [`noise: ${noise}`]: noise.length === 0 }
}

/** Requests that run or wait in Redis, all of them written there. */
export async function fill(system: System, load: Load, random: Random): Promise<Set<string>> {
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
export async function askMeanwhile(load: Load, ms: number): Promise<{ refusals: number; slowest: number }> {
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

export async function untilAnswered(load: Load): Promise<void> {
  const until = Date.now() + 60_000
  while (Date.now() < until && !load.events.some(({ kind }) => kind === 'ok')) {
    await load.send({ parameters: { ms: 1 }, timeoutMs: 10_000 })
    await sleep(20)
  }
}

export function answeredAfter(load: Load, back: Load, backAt: number): number {
  const isAnswer = (event: Event) => event.kind === 'ok' && event.at >= backAt
  return Math.min(...[...load.events, ...back.events].filter(isAnswer).map(({ at }) => at)) - backAt
}
