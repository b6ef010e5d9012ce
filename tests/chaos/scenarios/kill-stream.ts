import { setTimeout as sleep } from 'node:timers/promises'
import { Document, type FlowError } from '../../../client/index.ts'
import type { Load } from '../load.ts'
import { conclude, type Scenario, unexpected } from '../scenario.ts'
import type { System } from '../system.ts'

const to = 30

export const killStream: Scenario = {
  name: 'one of three replicas is killed while each gives answers in parts',
  promise:
    'every part comes once and in order; a stream that has begun and lost its executor ends with ABORTED, others do not notice',
  async trial(system, random) {
    const load = system.load()
    const streams = Array.from({ length: 9 }, (_, i) =>
      follow(system, load, `stream${random.seed}-${i}`, random.between(5, 60)),
    )
    await sleep(random.between(300, 900))
    load.lose()
    random.pick(system.replicas).signal('SIGKILL')
    const told = await Promise.all(streams)
    await system.heal()
    const disordered = told.filter((texts) => texts.some((text, i) => text !== String(i)))
    const failed = unexpected(load.events, 'ABORTED')
    return conclude(
      system,
      load,
      {},
      {
        [`parts came twice, or out of order: ${disordered.join('; ')}`]: disordered.length === 0,
        [`errors: ${failed}`]: failed.length === 0,
      },
    )
  },
}

/** Reads a stream to its end. Gives back what it told. */
async function follow({ client }: System, { events }: Load, id: string, ms: number): Promise<string[]> {
  const texts: string[] = []
  events.push({ kind: 'sent', id, at: Date.now() })
  try {
    for await (const { docs } of client.stream('/count', new Document({ id }), { parts: true, parameters: { to, ms } }))
      texts.push(...docs.texts)
    events.push({ kind: 'ok', id, at: Date.now() })
  } catch (error) {
    const { codeName, reason } = error as FlowError
    events.push({ kind: 'error', id, at: Date.now(), code: codeName, reason })
  }
  return texts
}
