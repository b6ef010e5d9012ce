import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type ApiContext, api, bytes, Executor, FileData, FlowError, file, task } from '../../executors/index.ts'
import { Flow, type RunningFlow } from '../../flows/index.ts'
import { silent } from '../../proto/index.ts'
import { hasRedis, type RedisServer, startRedis } from '../../tests/redis.ts'

const stopped: string[] = []
let failures = 0

class Jobs extends Executor {
  @task({ input: { n: z.int() } })
  async double({ n }: { n: number }) {
    if (n < 0) throw new FlowError('INVALID_ARGUMENT', 'negative')
    return { n: 2 * n }
  }

  @task({ input: { name: z.string() }, output: z.string() })
  async wait({ name }: { name: string }, { signal }: ApiContext): Promise<string> {
    await sleep(60_000, undefined, { signal }).catch((error: Error) => {
      stopped.push(name)
      throw error
    })
    return 'too late'
  }

  @task({ input: { text: z.string() }, output: file() })
  async print({ text }: { text: string }, { response }: ApiContext) {
    response.status = 201
    return new FileData(text, { name: 'out.txt' })
  }

  @task({ input: { data: file() }, output: bytes() })
  async reverse({ data }: { data: FileData }) {
    return new Uint8Array(data.bytes).reverse()
  }

  @task({ input: { pages: z.int() } })
  async read({ pages }: { pages: number }, context: ApiContext) {
    for (let page = 1; page <= pages; page++) await context.progress({ page, of: pages })
    await sleep(500)
    return pages
  }

  @task({ timeoutMs: 150 })
  async slow(_: object, { signal }: ApiContext) {
    await sleep(60_000, undefined, { signal })
  }

  @task()
  async flaky() {
    if (failures++ < 2) throw new Error('out of order')
    return failures
  }

  @api({ task: true, route: '/v1/secret' })
  async secret() {
    throw new Error('hidden')
  }
}

let flow: RunningFlow

const ask = async (method: string, path: string, body?: BodyInit | object) => {
  const sent = body === undefined || body instanceof FormData || typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(`http://localhost:${flow.port}${path}`, {
    method,
    ...(sent && { body: sent }),
  } as RequestInit)
  const text = await response.text()
  return { status: response.status, text, headers: response.headers }
}
const submit = async (name: string, body?: object): Promise<string> => {
  const { status, text } = await ask('POST', `/${name}/submit`, body)
  expect(status, text).toBe(200)
  const { task_id: id, status: state } = JSON.parse(text)
  expect([id, state]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), 'in_progress'])
  return id
}
const statusOf = async (name: string, id: string) =>
  JSON.parse((await ask('GET', `/${name}/status?task_id=${id}`)).text)
const ended = async (name: string, id: string, state: string) => {
  await expect.poll(async () => (await statusOf(name, id)).status, { timeout: 15_000 }).toBe(state)
}
const get = (name: string, id: string) => ask('GET', `/${name}/get?task_id=${id}`)

describe.each([
  { store: 'in memory', kept: false },
  { store: 'in Redis', kept: true },
])('tasks kept $store', ({ kept }) => {
  let redis: RedisServer | undefined
  beforeAll(async () => {
    if (kept && !hasRedis) return
    redis = kept ? await startRedis() : undefined
    flow = await new Flow({
      protocol: 'http',
      logger: silent,
      ...(redis && { redis: redis.url }),
      tasks: { maxConcurrency: 5 },
    })
      .add({ uses: Jobs })
      .start()
  })
  afterAll(async () => {
    await flow?.close()
    await redis?.stop()
  })
  const test = kept && !hasRedis ? it.skip : it

  test('are taken, done, and give their result as often as it is asked for', async () => {
    const id = await submit('double', { n: 21 })
    await ended('double', id, 'completed')
    for (let i = 0; i < 2; i++) {
      const { status, text, headers } = await get('double', id)
      expect([status, JSON.parse(text), headers.get('content-type')]).toEqual([200, { n: 42 }, 'application/json'])
    }
  })

  test('say when they came and when they began, in times that have a zone', async () => {
    const before = Date.now()
    const id = await submit('double', { n: 1 })
    await ended('double', id, 'completed')
    const status = await statusOf('double', id)
    expect(Object.keys(status)).toEqual(['task_id', 'status', 'created_at', 'executed_at'])
    for (const time of [status.created_at, status.executed_at]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    const [created, executed] = [Date.parse(status.created_at), Date.parse(status.executed_at)]
    expect(created).toBeGreaterThanOrEqual(before - 1)
    expect(executed).toBeGreaterThanOrEqual(created)
  })

  test('are not taken where their arguments are refused', async () => {
    const { status, text } = await ask('POST', '/double/submit', { n: 'many' })
    expect([status, JSON.parse(text).detail]).toEqual([400, [expect.objectContaining({ loc: ['n'] })]])
  })

  test('that fail give what they failed with, as a call would', async () => {
    const id = await submit('double', { n: -1 })
    await ended('double', id, 'failed')
    const { status, text } = await get('double', id)
    expect([status, JSON.parse(text)]).toEqual([400, { error: 'negative' }])
    const { task_id: hidden } = JSON.parse((await ask('POST', '/v1/secret/submit')).text)
    await ended('v1/secret', hidden, 'failed')
    const masked = await get('v1/secret', hidden)
    expect([masked.status, masked.text]).toEqual([500, expect.stringContaining('check the server log')])
  })

  test('give files, with the status and headers that were set', async () => {
    const id = await submit('print', { text: 'hello' })
    await ended('print', id, 'completed')
    const { status, text, headers } = await get('print', id)
    expect([status, text, headers.get('content-disposition')]).toEqual([201, 'hello', 'attachment; filename=out.txt'])
  })

  test('take files', async () => {
    const form = new FormData()
    form.append('data', new Blob(['abc']), 'a.bin')
    const { text } = await ask('POST', '/reverse/submit', form)
    const { task_id: id } = JSON.parse(text)
    await ended('reverse', id, 'completed')
    expect((await get('reverse', id)).text).toBe('cba')
  })

  test('say how far they are, where they do', async () => {
    const id = await submit('read', { pages: 2 })
    await expect.poll(async () => (await statusOf('read', id)).progress).toEqual({ page: 2, of: 2 })
    await ended('read', id, 'completed')
    expect((await statusOf('read', id)).progress).toEqual({ page: 2, of: 2 })
  })

  test('that are canceled are told by their signal, and stay so', async () => {
    const id = await submit('wait', { name: `canceled ${kept}` })
    await expect.poll(async () => (await statusOf('wait', id)).executed_at).not.toBeNull()
    const early = await get('wait', id)
    expect([early.status, JSON.parse(early.text)]).toEqual([400, { error: `task ${id} is not completed yet` }])
    expect((await ask('POST', `/wait/retry?task_id=${id}`)).status).toBe(400)
    for (let i = 0; i < 2; i++) {
      const { status, text } = await ask('PUT', `/wait/cancel?task_id=${id}`)
      expect([status, JSON.parse(text)]).toEqual([200, { task_id: id, status: 'canceled' }])
    }
    await expect.poll(() => stopped).toContain(`canceled ${kept}`)
    expect((await statusOf('wait', id)).status).toBe('canceled')
    const { status, text } = await get('wait', id)
    expect([status, JSON.parse(text)]).toEqual([400, { error: `task ${id} was canceled` }])
  })

  test('that have ended stay as they were where they are canceled', async () => {
    const id = await submit('double', { n: 1 })
    await ended('double', id, 'completed')
    const { status, text } = await ask('PUT', `/double/cancel?task_id=${id}`)
    expect([status, JSON.parse(text)]).toEqual([200, { task_id: id, status: 'completed' }])
    expect((await get('double', id)).status).toBe(200)
  })

  test('are done once more as other tasks', async () => {
    failures = 2
    const id = await submit('flaky')
    await ended('flaky', id, 'completed')
    const { status, text } = await ask('POST', `/flaky/retry?task_id=${id}`)
    const again = JSON.parse(text)
    expect([status, again.status]).toEqual([200, 'in_progress'])
    expect(again.task_id).not.toBe(id)
    await ended('flaky', again.task_id, 'completed')
    expect([(await get('flaky', id)).text, (await get('flaky', again.task_id)).text]).toEqual(['3', '4'])
  })

  test('end at the limit that their endpoint sets', async () => {
    const id = await submit('slow')
    await ended('slow', id, 'failed')
    const { status, text } = await get('slow', id)
    expect([status, JSON.parse(text)]).toEqual([504, { error: 'Not able to process the request in 0.15 seconds' }])
  })

  test('wait for their turn where as many run as may', async () => {
    const ids: string[] = []
    for (let i = 0; i < 6; i++) ids.push(await submit('wait', { name: `${i} ${kept}` }))
    const last = ids.at(-1) as string
    await expect
      .poll(
        async () =>
          (await Promise.all(ids.map((id) => statusOf('wait', id)))).filter((task) => task.executed_at).length,
      )
      .toBe(5)
    expect(await statusOf('wait', last)).toMatchObject({ status: 'in_progress', executed_at: null })
    // one that waits is canceled too, and never begins
    expect((await ask('PUT', `/wait/cancel?task_id=${last}`)).status).toBe(200)
    for (const id of ids) expect((await ask('PUT', `/wait/cancel?task_id=${id}`)).status).toBe(200)
    await expect
      .poll(() => stopped.filter((name) => /^\d/.test(name) && name.endsWith(String(kept))).sort())
      .toEqual([0, 1, 2, 3, 4].map((i) => `${i} ${kept}`))
    const id = await submit('double', { n: 2 })
    await ended('double', id, 'completed')
  })

  test('want to be named, and are their endpoint’s alone', async () => {
    const noId = await ask('GET', '/double/status')
    expect([noId.status, JSON.parse(noId.text)]).toEqual([400, { error: 'task_id is required' }])
    const unknown = await ask('GET', '/double/get?task_id=abc')
    expect([unknown.status, JSON.parse(unknown.text)]).toEqual([404, { error: 'task_id not found' }])
    const id = await submit('double', { n: 1 })
    expect((await ask('GET', `/print/status?task_id=${id}`)).status).toBe(404)
    const methods = await Promise.all([
      ask('POST', `/double/cancel?task_id=${id}`),
      ask('PUT', `/double/retry?task_id=${id}`),
      ask('POST', `/double/status?task_id=${id}`),
      ask('GET', '/double/submit'),
    ])
    expect(methods.map(({ status, headers }) => [status, headers.get('allow')])).toEqual([
      [405, 'PUT'],
      [405, 'POST'],
      [405, 'HEAD, GET'],
      [405, 'POST'],
    ])
  })

  test('can be called at once as well', async () => {
    expect((await ask('POST', '/double', { n: 4 })).text).toBe('{"n":8}')
  })
})
