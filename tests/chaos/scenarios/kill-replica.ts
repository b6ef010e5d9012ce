import { setTimeout as sleep } from 'node:timers/promises'
import type { Event } from '../history.ts'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

const rerun = 'until what it ran runs again'

export const killReplica: Scenario = {
  name: 'one of three replicas is killed under load',
  promise:
    'what it ran begins again on another one when its lease is over, and is answered; what must not run twice ends with ABORTED; nothing else fails',
  goals: { [rerun]: 3000 },
  async trial(system, random) {
    const load = system.load()
    load.start(12, () => ({
      on: random.pick(['/work', '/work', '/once']),
      parameters: { ms: random.between(20, 120) },
    }))
    await sleep(random.between(300, 1500))
    const victim = random.pick(system.replicas)
    const killedAt = load.lose()
    victim.signal('SIGKILL')
    await victim.ended
    await sleep(4500)
    await load.stop()
    await system.heal()
    const failed = [...unexpected(load.events, 'ABORTED'), ...unexpected(withoutOnceOnly(load.events))]
    const again = rerunsOf(system.work(), victim.pid, killedAt)
    return conclude(system, load, again.length > 0 ? { [rerun]: Math.max(...again) - killedAt } : {}, {
      [`errors: ${failed}`]: failed.length === 0,
    })
  },
}

function withoutOnceOnly(events: readonly Event[]): Event[] {
  const once = new Set(events.flatMap((event) => (event.kind === 'sent' && event.onceOnly ? [event.id] : [])))
  return events.filter((event) => !('id' in event && once.has(event.id)))
}

/** When the requests that a process had begun, and not finished when it was lost, began again. */
export function rerunsOf(work: readonly Event[], pid: number, lostAt: number): number[] {
  const mine = work.flatMap((event) => ('pid' in event && event.pid === pid ? [event] : []))
  const finished = new Set(mine.filter(({ kind }) => kind === 'finish').map(({ id }) => id))
  const held = new Set(mine.filter(({ kind, id }) => kind === 'start' && !finished.has(id)).map(({ id }) => id))
  return work.flatMap((event) =>
    event.kind === 'start' && held.has(event.id) && event.pid !== pid && event.at > lostAt ? [event.at] : [],
  )
}
