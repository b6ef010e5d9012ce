import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import type { Handle } from '../executors/index.ts'
import { silent } from '../proto/index.ts'
import { type RedisServer, startRedis } from '../tests/redis.ts'
import type { Iris, Sums } from './fixtures/handles.ts'
import { Flow, type RunningFlow } from './flow.ts'
import type { DeploymentOptions, FlowOptions } from './options.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

const ways: [string, Partial<DeploymentOptions>, () => FlowOptions][] = [
  ['in one process', { runtime: 'inproc' }, () => ({})],
  ['each in a thread', { runtime: 'thread' }, () => ({})],
  ['behind Redis', {}, () => ({ transport: 'redis', redis: redis.url })],
]

describe.each(ways)('an executor that calls other deployments, %s', (_, deployment, options) => {
  let flow: RunningFlow
  beforeAll(async () => {
    const made = new Flow(
      { protocol: 'http', timeoutMs: 2000, logger: silent, ...options() },
      new URL('./fixtures', import.meta.url).pathname,
    )
    for (const name of ['front', 'iris', 'sums']) {
      made.add({
        name,
        uses: `./handles.ts#${name.charAt(0).toUpperCase()}${name.slice(1)}`,
        needs: 'gateway',
        ...deployment,
      })
    }
    flow = await made.start()
  })
  afterAll(() => flow?.close())
  const post = (path: string, body: BodyInit = '{}') =>
    fetch(`http://127.0.0.1:${flow.port}/${path}`, { method: 'POST', body, headers: { 'x-tenant': 't1' } })

  it('gets results, with the headers and the caller of the call it serves', async () => {
    const response = await post('ask', '{"length": 6}')
    expect(await response.json()).toEqual({ kind: 'VIRGINICA', tenant: 't1', known: true, sum: 42 })
  })

  it('gets items as they come', async () => {
    expect(await (await post('relay')).text()).toBe('PETAL 0PETAL 1PETAL 212')
  })

  it('gives and gets files', async () => {
    const form = new FormData()
    form.append('photo', new Blob(['x']), 'a.txt')
    const response = await post('twice', form)
    expect([await response.text(), response.headers.get('content-disposition')]).toEqual([
      '[[x]]',
      'attachment; filename=a.txt',
    ])
  })

  it('fails with what they failed with', async () => {
    const response = await post('ask', '{"length": -1}')
    expect([response.status, await response.json()]).toEqual([400, { error: 'a length is positive' }])
    expect((await post('nobody')).status).toBe(404)
  })

  it('stops with the call it serves', async () => {
    const response = await post('wait')
    expect([response.status, await response.json()]).toEqual([
      504,
      { error: 'Not able to process the request in 2 seconds' },
    ])
  })
})

it('knows the types of another deployment', () => {
  type OfIris = Handle<typeof Iris>
  expectTypeOf<ReturnType<OfIris['petals']>>().toEqualTypeOf<AsyncIterable<string>>()
  expectTypeOf<Parameters<OfIris['classify']>>().toEqualTypeOf<[args: { length: number }]>()
  expectTypeOf<keyof OfIris>().toEqualTypeOf<'classify' | 'petals' | 'frame' | 'slow'>()
  type OfSums = Handle<typeof Sums>
  expectTypeOf<Parameters<OfSums['add']>[0]>().toEqualTypeOf<{ a: number; b?: number | undefined }>()
  expectTypeOf<ReturnType<OfSums['add']>>().toEqualTypeOf<PromiseLike<number>>()
  expectTypeOf<ReturnType<OfSums['upTo']>>().toEqualTypeOf<AsyncIterable<number>>()
})
