import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { conclude, type Scenario, unexpected } from '../scenario.ts'

export const cut = {
  inbox: cutting('the connection that a gateway reads answers from', 'sluice:inbox:', 'and nothing runs twice'),
  all: cutting('every connection', 'sluice:', 'and no request is refused'),
}

function cutting(what: string, names: string, also: string): Scenario {
  return {
    name: `${what} is cut under load (CLIENT KILL), ten times`,
    promise: `no answer is lost, ${also}`,
    async trial(system, random) {
      const load = system.load()
      load.start(24, () => ({ parameters: { ms: random.between(1, 20) } }))
      let count = 0
      await system.ask(async (redis) => {
        for (let i = 0; i < 10; i++) {
          await sleep(random.between(20, 300))
          if (names === 'sluice:') load.lose()
          count += await killClients(redis, names)
        }
      })
      await load.stop()
      const failed = unexpected(load.events)
      return conclude(
        system,
        load,
        {},
        { [`errors: ${failed}`]: failed.length === 0, [`${count} connections were cut`]: count >= 5 },
      )
    },
  }
}

/** Cuts connections whose names begin so. */
async function killClients(redis: Redis, names: string): Promise<number> {
  const list = (await redis.client('LIST')) as string
  const ids = list.split('\n').flatMap((line) => {
    const [, id, name] = /^id=(\d+) .* name=(\S*) /.exec(line) ?? []
    return id && name?.startsWith(names) ? [id] : []
  })
  for (const id of ids) await redis.client('KILL', 'ID', id)
  return ids.length
}
