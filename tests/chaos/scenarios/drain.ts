import { setTimeout as sleep } from 'node:timers/promises'
import type { Child } from '../child.ts'
import type { Event } from '../history.ts'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

const ended = 'until its process has ended'

const replica: Scenario = {
  name: 'a replica is asked to stop under load (SIGTERM)',
  promise: 'it finishes what it has and ends with 0; no request fails and none runs twice',
  goals: { [ended]: 2000 },
  async trial(system, random) {
    const load = system.load()
    load.start(12, () => ({ parameters: { ms: random.between(20, 120) } }))
    await sleep(random.between(300, 1500))
    const leaving = random.pick(system.replicas)
    const asked = performance.now()
    leaving.signal('SIGTERM')
    const how = await within(20_000, leaving)
    const took = performance.now() - asked
    await sleep(500)
    await load.stop()
    await system.heal()
    return conclude(
      system,
      load,
      { [ended]: took },
      {
        [`errors: ${unexpected(load.events)}`]: unexpected(load.events).length === 0,
        [`it ended with ${how}`]: how === 0,
      },
    )
  },
}

const gateway: Scenario = {
  name: 'the gateway is asked to stop under load (SIGTERM)',
  promise: 'what it has accepted is answered, what comes later finds nobody, and it ends with 0',
  goals: { [ended]: 2000 },
  async trial(system, random) {
    const load = system.load()
    load.start(24, () => ({ parameters: { ms: random.between(20, 120) } }))
    // then it has accepted all of the client's connections
    while (load.events.filter(({ kind }) => kind === 'ok').length < 100) await sleep(20)
    await sleep(random.between(0, 1000))
    const asked = Date.now()
    system.gateway.signal('SIGTERM')
    const how = await within(20_000, system.gateway)
    const took = Date.now() - asked
    await load.stop()
    await system.heal()
    const [cut, other] = [failedOf(system.historyOf(load), asked - acceptedMs), unexpected(load.events, 'UNAVAILABLE')]
    return conclude(
      system,
      load,
      { [ended]: took },
      {
        [`requests failed that it had accepted: ${cut}`]: cut.length === 0,
        [`errors: ${other}`]: other.length === 0,
        [`it ended with ${how}`]: how === 0,
      },
    )
  },
}

const twice: Scenario = {
  name: 'a replica and the gateway are asked to stop twice while a long request runs',
  promise: 'they end at once, with 143',
  goals: { [ended]: 500 },
  async trial(system, random) {
    const load = system.load()
    // each replica has some
    const long = Array.from({ length: 24 }, () => load.send({ parameters: { ms: 6000 }, timeoutMs: 20_000 }))
    await sleep(random.between(500, 1000))
    const leaving = [random.pick(system.replicas), system.gateway]
    for (const child of leaving) child.signal('SIGTERM')
    await sleep(300)
    const stillThere = leaving.filter(({ alive }) => alive).length
    const asked = performance.now()
    load.lose()
    for (const child of leaving) child.signal('SIGTERM')
    const how = await Promise.all(leaving.map((child) => within(10_000, child)))
    const took = performance.now() - asked
    await Promise.all(long)
    await system.heal()
    return conclude(
      system,
      load,
      { [ended]: took },
      { [`they ended with ${how}`]: how.every((code) => code === 143), 'they did not wait': stillThere === 2 },
    )
  },
}

export const drain = { replica, gateway, twice }

/** How long ago a request must have been sent to have been accepted for sure. Unit: ms. */
const acceptedMs = 200

/** Requests that were sent before a moment, or were begun, and failed. */
function failedOf(history: readonly Event[], before: number): string[] {
  const accepted = new Set(
    history.flatMap((event) =>
      event.kind === 'start' || (event.kind === 'sent' && event.at < before) ? [event.id] : [],
    ),
  )
  return history.flatMap((event) =>
    event.kind === 'error' && accepted.has(event.id) ? [`${event.id}: ${event.reason}, ${event.at - before} ms`] : [],
  )
}

/** How it ended; it is killed where it does not. */
async function within(ms: number, child: Child): Promise<number | NodeJS.Signals> {
  const timer = setTimeout(() => child.signal('SIGKILL'), ms)
  const how = await child.ended
  clearTimeout(timer)
  return how
}
