import { setTimeout as sleep } from 'node:timers/promises'
import { conclude, type Scenario } from '../scenario.ts'

const stopped = 'until both have ended'

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
