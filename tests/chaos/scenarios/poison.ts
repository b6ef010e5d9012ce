import type { Child } from '../child.ts'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

const outcome = 'until it is answered'

export const poison = { process: poisoning('/kill', 'process'), thread: poisoning('/exit', 'thread') }

function poisoning(on: string, what: string): Scenario {
  return {
    name: `a request ends its ${what}, and others came with it`,
    promise:
      'it is tried once more and then answered with ABORTED; the others are answered as if it had not been there',
    goals: { [outcome]: what === 'process' ? 7000 : 2000 },
    async trial(system, random) {
      const load = system.load()
      const neighbours = () => load.send({ parameters: { ms: random.between(1, 60) } })
      const place = Math.floor(random.between(0, 30))
      const sentAt = Date.now()
      const before = Array.from({ length: place }, neighbours)
      const poisoned = load.send({ on })
      const after = Array.from({ length: 30 - place }, neighbours)
      const id = await poisoned
      const answeredAt = Date.now()
      await Promise.all([...before, ...after])
      const taken = system.work().flatMap((event) => (event.kind === 'start' && event.id === id ? [event] : []))
      for (const { at } of taken) load.lose(at)
      // threads that end again and again are started ever more slowly: the next trial is not to wait for this one
      await Promise.all(system.replicas.filter(({ pid }) => taken.some((event) => event.pid === pid)).map(kill))
      await system.heal()
      const end = load.events.find((event) => event.kind === 'error' && event.id === id)
      const others = unexpected(load.events.filter((event) => 'id' in event && event.id !== id))
      return conclude(
        system,
        load,
        { [outcome]: answeredAt - sentAt },
        {
          'it was not answered with ABORTED': end?.kind === 'error' && end.code === 'ABORTED',
          [`its neighbours failed: ${others}`]: others.length === 0,
        },
      )
    },
  }
}

async function kill(child: Child): Promise<void> {
  child.signal('SIGKILL')
  await child.ended
}
