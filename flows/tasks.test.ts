import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, type RedisServer, startRedis } from '../tests/redis.ts'
import { type Command, sluice } from '../tests/sluice.ts'

// Real processes: what becomes of tasks, and of work in the background, when they are killed and when they are told to stop.

const timeout = 90_000
const eventually = { timeout: 30_000 }
const uses = fileURLToPath(new URL('fixtures/tasks.ts', import.meta.url))

function setUp(ways = '', executor = '') {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tasks-'))
  const flow = join(folder, 'flow.yml')
  writeFileSync(
    flow,
    `jtype: Flow
with: {protocol: http, port: 0${ways}}
executors: [{name: tasks, uses: ${uses}, uses_with: {folder: ${folder}}${executor}}]`,
  )
  const log = join(folder, 'log')
  return {
    flow,
    folder,
    log: () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []),
    go: () => writeFileSync(join(folder, 'go'), ''),
  }
}

const urlOf = async (serving: Command) => (await serving.until(/(http:\/\/\S+)\nREADY/))[1] as string

async function ask(method: string, url: string, body?: object) {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const text = await response.text()
  return { status: response.status, text, ...(text.startsWith('{"task_id"') && JSON.parse(text)) }
}

const submit = async (url: string, name: string, body: object): Promise<string> =>
  (await ask('POST', `${url}/${name}/submit`, body)).task_id
const stateOf = async (url: string, name: string, id: string) => {
  const { status } = await ask('GET', `${url}/${name}/status?task_id=${id}`)
  return status
}

describe.skipIf(!hasRedis)('tasks of a flow with Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true })
  })
  afterAll(() => redis.stop())
  const prefixed = (prefix: string, more = '') => `, redis: {url: "${redis.url}", prefix: ${prefix}}${more}`

  it('outlive a gateway that is killed: the next one does them again, and gives results that were there', {
    timeout,
  }, async () => {
    const { flow, log, go } = setUp(prefixed('kill', ', tasks: {maxConcurrency: 2}'))
    const first = sluice(['flow', flow])
    let url = await urlOf(first)
    const [a, b] = [await submit(url, 'hold', { name: 'a' }), await submit(url, 'hold', { name: 'b' })]
    await expect.poll(log, eventually).toHaveLength(2)
    const waits = await submit(url, 'hold', { name: 'c' })
    const canceled = await submit(url, 'hold', { name: 'd' })
    expect((await ask('PUT', `${url}/hold/cancel?task_id=${canceled}`)).status).toBe('canceled')
    first.kill('SIGKILL')
    await first.ended

    const second = sluice(['flow', flow])
    url = await urlOf(second)
    // two at once, as before
    await expect.poll(log, eventually).toHaveLength(4)
    go()
    for (const [id, name] of [
      [a, 'a'],
      [b, 'b'],
      [waits, 'c'],
    ] as const) {
      await expect.poll(() => stateOf(url, 'hold', id), eventually).toBe('completed')
      expect((await ask('GET', `${url}/hold/get?task_id=${id}`)).text).toBe(`done ${name}`)
    }
    expect(await stateOf(url, 'hold', canceled)).toBe('canceled')
    for (const name of ['a', 'b', 'c']) expect(log()).toContain(`done ${name} by ${second.pid}`)
    expect(log().join()).not.toContain(' d ')
    second.kill('SIGKILL')
    await second.ended

    const third = sluice(['flow', flow])
    url = await urlOf(third)
    expect((await ask('GET', `${url}/hold/get?task_id=${a}`)).text).toBe('done a')
    third.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })

  it('are not done again where that may do harm: they fail, as nobody knows whether they took effect', {
    timeout,
  }, async () => {
    const { flow, log } = setUp(prefixed('once'))
    const first = sluice(['flow', flow])
    let url = await urlOf(first)
    const id = await submit(url, 'once', { name: 'a' })
    await expect.poll(log, eventually).toHaveLength(1)
    first.kill('SIGKILL')
    await first.ended
    const second = sluice(['flow', flow])
    url = await urlOf(second)
    await expect.poll(() => stateOf(url, 'once', id), eventually).toBe('failed')
    const { status, text } = await ask('GET', `${url}/once/get?task_id=${id}`)
    expect([status, text]).toEqual([409, expect.stringContaining('its effect is unknown')])
    expect(log()).toHaveLength(1)
    second.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  it('that a gateway cannot finish in its grace are left to the next one', { timeout }, async () => {
    const { flow, log, go } = setUp(prefixed('grace', ', graceMs: 300'))
    const first = sluice(['flow', flow])
    let url = await urlOf(first)
    const id = await submit(url, 'hold', { name: 'a' })
    await expect.poll(log, eventually).toHaveLength(1)
    first.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    go()
    const second = sluice(['flow', flow])
    url = await urlOf(second)
    await expect.poll(() => stateOf(url, 'hold', id), eventually).toBe('completed')
    second.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  it('are seen, got and canceled through any of its gateways', { timeout }, async () => {
    const { flow, folder, log, go } = setUp(prefixed('several', ', transport: redis'))
    const where = ['--redis', redis.url, '--prefix', 'several', '--uses-with', JSON.stringify({ folder })]
    const behind = sluice(['executor', '--uses', uses, '--name', 'tasks', ...where])
    await behind.until(/READY tasks/)
    const gateways = [sluice(['gateway', flow]), sluice(['gateway', flow])]
    const [one = '', other = ''] = await Promise.all(gateways.map(urlOf))
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => submit(one, 'hold', { name })))
    await expect.poll(log, eventually).toHaveLength(4)
    await expect
      .poll(async () => (await ask('GET', `${other}/hold/status?task_id=${ids[0]}`)).progress, eventually)
      .toBe('begun')
    expect((await ask('PUT', `${other}/hold/cancel?task_id=${ids[0]}`)).status).toBe('canceled')
    expect((await ask('PUT', `${one}/hold/cancel?task_id=${ids[1]}`)).status).toBe('canceled')
    go()
    for (const id of ids.slice(2)) await expect.poll(() => stateOf(other, 'hold', id), eventually).toBe('completed')
    expect(
      log()
        .filter((line) => line.startsWith('done'))
        .sort(),
    ).toEqual([`done c by ${behind.pid}`, `done d by ${behind.pid}`])
    for (const each of [...gateways, behind]) each.kill('SIGTERM')
    for (const each of [...gateways, behind]) expect(await each.ended).toBe(0)
  })
})

describe.each([
  { place: 'in its process', executor: '', redis: false },
  { place: 'in a thread', executor: ', runtime: thread', redis: false },
  { place: 'behind Redis', executor: '', redis: true },
])('work in the background of an executor $place', ({ executor, redis: queued }) => {
  it.skipIf(queued && !hasRedis)('is finished, in its order, before the flow ends', { timeout }, async () => {
    const redis = queued ? await startRedis() : undefined
    const { flow, log, go } = setUp(redis ? `, transport: redis, redis: "${redis.url}"` : '', executor)
    const serving = sluice(['flow', flow])
    const url = await urlOf(serving)
    expect((await ask('POST', `${url}/answer`)).text).toBe('answered')
    const documents = { data: [{ text: 'x' }], execEndpoint: '/background' }
    const posted = await fetch(`${url}/post`, {
      method: 'POST',
      body: JSON.stringify(documents),
      headers: { 'content-type': 'application/json' },
    })
    expect(posted.status).toBe(200)
    await expect.poll(log, eventually).toHaveLength(2)
    serving.kill('SIGTERM')
    await expect.poll(() => fetch(url).then(Boolean, () => false), eventually).toBe(false)
    expect(log().sort()).toEqual(['begun documents', 'begun first'])
    go()
    expect(await serving.ended, serving.out.stderr).toBe(0)
    const lines = log()
    expect(lines.filter((line) => !line.includes('documents'))).toEqual([
      ...['begun first', 'done first'],
      ...['begun second', 'done second'],
    ])
    expect(lines).toContain('done documents')
    await redis?.stop()
  })
})
