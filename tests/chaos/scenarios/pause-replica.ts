import { setTimeout as sleep } from 'node:timers/promises'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

function pausing(than: 'shorter' | 'longer', [from, to]: [number, number], { promise }: { promise: string }): Scenario {
  return {
    name: `a replica is stopped for ${than} than its lease (SIGSTOP, SIGCONT)`,
    promise,
    async trial(system, random) {
      const load = system.load()
      load.start(12, () => ({ parameters: { ms: random.between(20, 120) } }))
      await sleep(random.between(300, 1500))
      const victim = random.pick(system.replicas)
      if (than === 'longer') load.lose()
      victim.signal('SIGSTOP')
      await sleep(random.between(from, to))
      // it may begin what it had taken and not begun
      if (than === 'longer') load.lose()
      victim.signal('SIGCONT')
      await sleep(1500)
      await load.stop()
      return conclude(
        system,
        load,
        {},
        {
          [`errors: ${unexpected(load.events)}`]: unexpected(load.events).length === 0,
          'the replica ended': victim.alive,
        },
      )
    },
  }
}

const shorter: Scenario = pausing('shorter', [200, 800], {
  promise: 'it goes on where it was: nothing runs twice',
})
const longer: Scenario = pausing('longer', [2800, 4000], {
  promise: 'what it held runs again elsewhere, and what it answers late does not count: each request has one answer',
})

export const pauseReplica = { shorter, longer }
