import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRedis, SupervisedWorker } from '../executors/index.ts'
import { silent } from '../proto/index.ts'
import { type RedisServer, startRedis } from '../tests/redis.ts'
import { Flow } from './flow.ts'
import { parseFlow } from './load.ts'
import { servedBy } from './parts.ts'

let redis: RedisServer
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())

const fixtures = new URL('./fixtures', import.meta.url).pathname

it('serves typed endpoints of executors that come later, and says when they have gone', async () => {
  await using gateway = await new Flow({ protocol: 'http', transport: 'redis', redis: redis.url, logger: silent })
    .add({ name: 'sums', uses: './handles.ts#Sums' })
    .startGateway()
  const add = () => fetch(`http://127.0.0.1:${gateway.port}/add`, { method: 'POST', body: '{"a": 1}' })
  expect((await add()).status).toBe(404)

  const transport = await createRedis({ url: redis.url })
  const spec = { ...{ name: 'sums', uses: './handles.ts#Sums', baseDir: fixtures }, concurrency: 10, maxQueued: 10 }
  const worker = await SupervisedWorker.start({ spec: { ...spec, exposeStacks: false }, logger: silent })
  const listener = await transport.listen('sums', servedBy(worker, { name: 'sums', concurrency: 10 }))
  await expect.poll(async () => (await add()).status).toBe(200)
  expect(await (await add()).json()).toBe(2)

  await listener.drain()
  await listener.close()
  await worker.close()
  await transport.close()
  await expect.poll(async () => (await add()).status, { timeout: 15_000 }).toBe(503)
  expect(await (await add()).json()).toEqual({ error: 'no executor is there' })
})

it('takes its options from YAML', async () => {
  const text = `
jtype: Flow
with: { protocol: http, port: 0, compat: bento, path_prefix: /v2, file_urls: { origins: ['https://example.org'] } }
executors: [{ name: sums, uses: ./handles.ts#Sums }]
`
  await using flow = await parseFlow(text, `${fixtures}/flow.yml`).start()
  const response = await fetch(`http://127.0.0.1:${flow.port}/v2/add`, { method: 'POST', body: '{"a": 1}' })
  expect([response.status, response.headers.get('server')]).toEqual([200, 'BentoML Service/sums'])
})
