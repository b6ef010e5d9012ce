import { setTimeout as sleep } from 'node:timers/promises'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

export const block: Scenario = {
  name: 'an executor keeps its thread busy for 5 s',
  promise: 'it is not taken for lost: its request begins once',
  async trial(system, random) {
    const load = system.load()
    const blocked = Array.from({ length: 2 }, () => load.send({ on: '/block', parameters: { ms: 5000 } }))
    await sleep(random.between(0, 500))
    await Promise.all(blocked)
    return conclude(
      system,
      load,
      {},
      {
        [`errors: ${unexpected(load.events)}`]: unexpected(load.events).length === 0,
      },
    )
  },
}
