import { conclude, type Scenario, unexpected } from '../scenario.ts'

const requests = 100
const workMs = 50
const factor = 'of the ideal time, in percent'

export const spread: Scenario = {
  name: `${requests} requests of ${workMs} ms wait for three replicas that run one at a time`,
  promise: 'the work spreads: it is done in 1.3 times the ideal time',
  goals: { [factor]: 130 },
  alone: true,
  async trial(system) {
    const load = system.load()
    const begun = performance.now()
    await Promise.all(Array.from({ length: requests }, () => load.send({ parameters: { ms: workMs } })))
    const took = performance.now() - begun
    const ideal = Math.ceil(requests / system.replicas.length) * workMs
    const [failed, each] = [unexpected(load.events), shares(system.historyOf(load))]
    return conclude(
      system,
      load,
      { [factor]: (took / ideal) * 100 },
      { [`errors: ${failed}`]: failed.length === 0, [`replicas ran ${each}`]: Math.min(...each) >= requests / 5 },
    )
  },
}

function shares(history: readonly { readonly kind: string; readonly pid?: number }[]): number[] {
  const counts = new Map<number, number>()
  for (const { kind, pid } of history)
    if (kind === 'start' && pid !== undefined) counts.set(pid, (counts.get(pid) ?? 0) + 1)
  return [...counts.values(), 0, 0].slice(0, 3)
}
