import { describe, expect, it } from 'vitest'
import { defineExecutor } from '../executors/index.ts'
import { Flow } from './flow.ts'
import type { StartEvent } from './seating.ts'

const quick = defineExecutor({ name: 'Quick', requests: { '/x': () => {} } })
const broken = defineExecutor({
  name: 'Broken',
  init() {
    throw new Error('no model')
  },
})
const never = defineExecutor({ name: 'Never', init: () => new Promise<void>(() => {}) })

function watched() {
  const events: string[] = []
  return { events, onStart: ({ name, state }: StartEvent) => void events.push(`${name} ${state}`) }
}

describe('a flow', () => {
  it('starts each executor when those it needs are ready, those that need not one another together', async () => {
    const { events, onStart } = watched()
    const flow = new Flow({ protocol: 'http' })
      .add({ name: 'a', uses: quick })
      .add({ name: 'b', uses: quick, needs: 'a' })
      .add({ name: 'c', uses: quick, needs: 'a' })
      .add({ name: 'd', uses: quick, needs: ['b', 'c'] })
    const running = await flow.start({}, onStart)
    const at = (event: string) => events.indexOf(event)
    expect(at('b starting')).toBeGreaterThan(at('a ready'))
    expect(at('c starting')).toBeLessThan(at('b ready'))
    expect(at('d starting')).toBeGreaterThan(Math.max(at('b ready'), at('c ready')))

    events.splice(0)
    await running.close()
    const stopped = events.filter((event) => event.endsWith('stopped')).map(([name]) => name)
    expect([stopped[0], stopped.at(-1)]).toEqual(['d', 'a'])
    expect(stopped).toHaveLength(4)
  })

  it('stops those that started where one does not, and says which and why', async () => {
    const { events, onStart } = watched()
    const flow = new Flow({ protocol: 'http' }).add({ name: 'a', uses: quick }).add({ name: 'b', uses: broken })
    await expect(flow.start({}, onStart)).rejects.toThrow(/Broken did not start: no model/)
    expect(events).toEqual(['a starting', 'a ready', 'b starting', 'b failed', 'a stopping', 'a stopped'])
  })

  it('names those that are not ready in time, and what each waits for', async () => {
    const flow = new Flow({ protocol: 'http', readyTimeoutMs: 200 })
      .add({ name: 'a', uses: quick })
      .add({ name: 'b', uses: never })
      .add({ name: 'c', uses: quick })
    await expect(flow.start()).rejects.toMatchObject({
      codeName: 'DEADLINE_EXCEEDED',
      reason: 'not ready within 200 ms: b is starting, c waits for b',
      details: { executor: 'b' },
    })
  })
})
