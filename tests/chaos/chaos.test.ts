import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis } from '../redis.ts'
import { Random } from './random.ts'
import { type Group, groups, longer } from './scenarios/index.ts'
import { System } from './system.ts'

// Each bad thing once, at a random moment, against processes as users start them. `npm run chaos` does it often, and takes the time.

const all = Boolean(process.env.CHAOS || process.env.CI_FULL)
const seed = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)

describe.skipIf(!hasRedis)(`executors behind Redis (CHAOS_SEED=${seed})`, () => {
  for (const group of groups) describe(group.name, () => tryAll(group))

  const title = all ? 'what takes long' : 'LEFT OUT, SET CHAOS=1 TO RUN IT: what takes long'
  describe.skipIf(!all)(title, () => {
    for (const group of longer) describe(group.name, () => tryAll(group))
  })
})

function tryAll({ system: options, scenarios }: Group): void {
  let system: System
  beforeAll(async () => {
    system = await System.start(options)
  })
  afterAll(() => system?.stop())

  for (const scenario of scenarios)
    it(`when ${scenario.name}: ${scenario.promise}`, { timeout: 120_000 }, async () => {
      expect((await scenario.trial(system, new Random(seed))).wrong).toEqual([])
    })
}
