import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type DocumentArray, defineExecutor } from '../executors/index.ts'
import { type Logger, silent } from '../proto/index.ts'
import { Flow } from './flow.ts'
import { parseFlow } from './load.ts'
import type { FlowOptions } from './options.ts'

const options: FlowOptions = { host: '127.0.0.1', logger: silent, protocol: 'http' }
const modules = fileURLToPath(new URL('./fixtures/executors.ts', import.meta.url))

const trace = defineExecutor({
  name: 'Trace',
  requests: {
    '/default'(docs: DocumentArray) {
      for (const doc of docs) doc.text += `${this.name}/`
    },
  },
})

async function pass(flow: Flow): Promise<{ text: string; routes: string[] }> {
  await using running = await flow.start()
  const [response] = await running.post('/x', '/', { returnResponses: true })
  return { text: response?.docs.texts[0] ?? '', routes: response?.routes.map(({ executor }) => executor) ?? [] }
}

function heard(): { logger: Logger; told: string[] } {
  const told: string[] = []
  return { told, logger: { ...silent, warn: (_: object, message?: string) => void told.push(message ?? '') } }
}

describe('a flow in code', () => {
  it('joins by name, and all that nothing needs', async () => {
    const flow = new Flow(options)
      .add({ name: 'a', uses: trace })
      .add({ name: 'b', uses: trace, needs: 'a' })
      .add({ name: 'c', uses: trace, needs: 'a' })
      .add({ name: 'aside', needs: 'a', floating: true })
      .needsAll({ uses: trace })
    expect(await pass(flow)).toEqual({ text: '/a/b/joiner/', routes: ['gateway', 'a', 'b', 'joiner', 'c', 'aside'] })
    const one = new Flow(options).add({ name: 'a', uses: trace }).needsAll({ name: 'all', uses: trace })
    expect((await pass(one)).text).toBe('/a/all/')
  })

  it.each<[FlowOptions['inspect'], string[]]>([
    ['COLLECT', ['gateway', 'a', 'look', 'gather_inspect', '_aux_look', 'b']],
    ['HANG', ['gateway', 'a', 'look', '_aux_look', 'b']],
    ['REMOVE', ['gateway', 'a', 'b']],
  ])('looks at documents beside the way: %s', async (inspect, routes) => {
    const flow = new Flow({ ...options, inspect })
      .add({ name: 'a', uses: trace })
      .inspect({ name: 'look', uses: trace })
      .add({ name: 'b', uses: trace, needs: 'a' })
    expect(await pass(flow)).toEqual({ text: '/a/b/', routes })
  })

  it('warns of a leaf that nobody waits for and of a name given twice, or refuses them', async () => {
    const { logger, told } = heard()
    const flow = new Flow({ ...options, logger })
      .add({ name: 'a', uses: trace })
      .add({ name: 'leaf', uses: trace, needs: 'gateway' })
      .add({ name: 'a', uses: trace, needs: 'a' })
    expect((await pass(flow)).text).toBe('/a/a2/')
    expect(told).toEqual([
      'there are two deployments named "a": the later one is "a2"',
      'nobody takes the answer of "leaf", and nobody waits for it',
    ])
    const strict = new Flow({ ...options, strict: true }).add({ name: 'a' }).add({ name: 'b', needs: 'gateway' })
    expect(() => strict.build()).toThrow(/answer of "a"/)
  })

  it('refuses needs that are none or go in a circle before it starts anything', () => {
    expect(() => new Flow(options).add({ name: 'a' }).add({ name: 'b', needs: 'aa' }).build()).toThrow(/"b" needs "aa"/)
    expect(() => new Flow(options).add({ name: 'a', needs: 'b' }).add({ name: 'b', needs: 'a' }).build()).toThrow(
      /circle/,
    )
    expect(() => new Flow(options).add({ when: { text: 'x' } })).toThrow(/when: filter.text is an object of operators/)
  })

  it('ends what floats before it has stopped', async () => {
    const done: string[] = []
    const slow = defineExecutor({
      name: 'Slow',
      requests: {
        async '/default'() {
          await new Promise((resolve) => setTimeout(resolve, 30))
          done.push(`${this.name}`)
        },
      },
    })
    const flow = new Flow(options)
      .add({ name: 'a', uses: trace })
      .add({ name: 'first', uses: slow, floating: true })
      .add({ name: 'second', uses: slow, needs: 'first', floating: true })
    await pass(flow)
    expect(done).toEqual(['first', 'second'])
  })
})

describe('a deployment of several executors', () => {
  const results = async (flow: Flow, count: number, endpoint = '/x') => {
    await using running = await flow.start()
    const keys: string[] = []
    for (let i = 0; i < count; i++) {
      const [response] = await running.post(endpoint, 'hi', { returnResponses: true })
      keys.push(Object.keys(response?.parameters.__results__ ?? {}).join(' '))
    }
    return keys
  }
  const counts = defineExecutor({ name: 'Counts', requests: { '/default': (docs) => ({ count: docs.length }) } })

  it('has replicas that take turns, in this process', async () => {
    const flow = new Flow(options).add({ name: 'a', uses: counts, replicas: 2 })
    expect(await results(flow, 3)).toEqual(['a/rep-0', 'a/rep-1', 'a/rep-0'])
  })

  it('has shards with replicas, which polling chooses from', async () => {
    const flow = () => new Flow(options).add({ name: 'a', uses: counts, shards: 2, replicas: 2 })
    expect(await results(flow(), 3)).toEqual(['a/shard-0/rep-0', 'a/shard-1/rep-0', 'a/shard-0/rep-1'])
    expect(await results(flow(), 1, '/search')).toEqual(['a/shard-0/rep-0 a/shard-1/rep-0'])
  })

  it('may have each of them in a thread', { timeout: 30_000 }, async () => {
    const text = `
jtype: Flow
executors:
  - { name: a, needs: gateway }
  - { name: b, needs: gateway }
  - { name: parts, uses: Shard, runtime: thread, shards: 2, polling: ALL, needs: a }
  - { name: sizes, uses: Sizes, runtime: thread, needs: [parts, b], no_reduce: true }
`
    const flow = parseFlow(text, 'flow.yml', {}, { options: { ...options, modules } })
    expect((await pass(flow)).text).toBe('/0/parts=1 b=1/')
  })

  it('sends again to another replica what one did not answer in time', async () => {
    let calls = 0
    const stuck = defineExecutor({
      name: 'Stuck',
      requests: { '/x': (_docs, { signal }) => (calls++ === 0 ? untilAborted(signal) : { calls }) },
    })
    const flow = new Flow(options).add({ name: 'a', uses: stuck, replicas: 2, timeoutSend: 50, retries: 1 })
    expect(await results(flow, 1)).toEqual(['a/rep-1'])
  })

  it('stops those that started where one does not', async () => {
    const closed: number[] = []
    let made = 0
    const third = defineExecutor({
      name: 'Third',
      requests: {},
      init() {
        if (++made === 3) throw new Error('not me')
      },
      close() {
        closed.push(made)
      },
    })
    await expect(new Flow(options).add({ uses: third, shards: 2, replicas: 2 }).start()).rejects.toThrow(/not me/)
    expect(closed).toHaveLength(2)
  })
})

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
}
