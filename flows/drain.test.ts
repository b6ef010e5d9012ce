import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRedis } from '../executors/index.ts'
import { hasRedis, type RedisServer, startRedis } from '../tests/redis.ts'
import { type Command, sluice } from '../tests/sluice.ts'

// Real processes, each with a request that is held until it is let go. They start slowly where others want the processor too.
const timeout = 90_000
const eventually = { timeout: 30_000 }

const held = fileURLToPath(new URL('fixtures/held.ts', import.meta.url))

/** A flow with one executor, and a folder by which its requests are held. */
function setUp(ways: { with?: string; executor?: string } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-drain-'))
  const flow = join(folder, 'flow.yml')
  writeFileSync(
    flow,
    `jtype: Flow
with: {protocol: http, port: 0${ways.with ?? ''}}
executors: [{name: held, uses: ${held}, uses_with: {folder: ${folder}}${ways.executor ?? ''}}]`,
  )
  return {
    folder,
    flow,
    /** The process that runs the request. */
    begun: async () => {
      await expect.poll(() => existsSync(join(folder, 'begun')), eventually).toBe(true)
      return Number(readFileSync(join(folder, 'begun'), 'utf8'))
    },
    go: () => writeFileSync(join(folder, 'go'), ''),
  }
}

const urlOf = async (serving: Command) => (await serving.until(/(http:\/\/\S+)\nREADY/))[1] as string

async function post(url: string): Promise<unknown> {
  const body = JSON.stringify({ data: [{ text: 'x' }], execEndpoint: '/held' })
  const response = await fetch(`${url}/post`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const { data, header } = (await response.json()) as { data: { text: string }[]; header: { status: object | null } }
  return header.status ?? data[0]?.text
}

const refused = (url: string) =>
  expect
    .poll(
      () =>
        fetch(url).then(
          () => 'taken',
          () => 'refused',
        ),
      eventually,
    )
    .toBe('refused')

async function endedWell(...commands: readonly Command[]): Promise<void> {
  for (const { ended, out } of commands) expect(await ended, out.stderr).toBe(0)
  for (const command of commands) await expect.poll(() => command.gone, eventually).toBe(true)
}

describe.each([
  ['in its own process', {}],
  ['in threads', { executor: ', runtime: thread' }],
])('sluice flow, with executors %s', (_, ways) => {
  it('asked to stop, takes nothing new, answers what it has, and ends with 0', { timeout }, async () => {
    const { flow, begun, go } = setUp(ways)
    const running = sluice(['flow', flow])
    const url = await urlOf(running)
    const answer = post(url)
    const pid = await begun()
    running.kill('SIGTERM')
    await refused(url)
    go()
    expect(await answer).toBe(`held by ${pid}`)
    await endedWell(running)
  })

  it('asked again, ends at once', { timeout }, async () => {
    const { flow, begun } = setUp(ways)
    const running = sluice(['flow', flow])
    const url = await urlOf(running)
    const answer = post(url)
    await begun()
    running.kill('SIGTERM')
    await refused(url)
    running.kill('SIGTERM')
    await expect(answer).rejects.toThrow()
    expect(await running.ended).toBe(143)
  })

  it('leaves nothing behind at Ctrl-C, nor waits longer than its grace for what never ends', { timeout }, async () => {
    const { flow, begun } = setUp({ ...ways, with: ', grace_ms: 100' })
    const running = sluice(['flow', flow])
    const answer = post(await urlOf(running))
    await begun()
    running.interrupt()
    await expect(answer).rejects.toThrow()
    await endedWell(running)
  })
})

describe.skipIf(!hasRedis)('over Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis({ appendOnly: true })
  })
  afterAll(() => redis.stop())

  const prefixed = (prefix: string) => `redis: {url: "${redis.url}", prefix: ${prefix}}`
  const gateway = (flow: string) => sluice(['gateway', flow])
  const executor = (folder: string, prefix: string, ...more: string[]) => {
    const options = ['--uses', held, '--name', 'held', '--uses-with', JSON.stringify({ folder }), '--prefix', prefix]
    return sluice(['executor', ...options, ...more], { env: { REDIS_URL: redis.url } })
  }
  const live = async (prefix: string) => (await createRedis({ url: redis.url, prefix })).executors('held')
  /** The URL of a gateway that has seen its executor. */
  const readyAt = async (front: Command) => {
    const url = await urlOf(front)
    const status = () => fetch(`${url}/dry_run`).then((response) => response.json())
    await expect.poll(status, eventually).toMatchObject({ code: 0 })
    return url
  }

  it('sluice flow answers what it has, and leaves its queue', { timeout }, async () => {
    const { flow, begun, go } = setUp({ with: `, transport: redis, ${prefixed('flow')}` })
    const running = sluice(['flow', flow])
    const url = await urlOf(running)
    const answer = post(url)
    const pid = await begun()
    running.kill('SIGTERM')
    await refused(url)
    go()
    expect(await answer).toBe(`held by ${pid}`)
    await endedWell(running)
    expect(await live('flow')).toEqual([])
  })

  it('sluice gateway answers what executors elsewhere still do', { timeout }, async () => {
    const { flow, folder, begun, go } = setUp({ with: `, transport: redis, ${prefixed('gateway')}` })
    const [front, behind] = [gateway(flow), executor(folder, 'gateway')]
    await behind.until(/READY held/)
    const url = await readyAt(front)
    const answer = post(url)
    await begun()
    front.kill('SIGTERM')
    await refused(url)
    go()
    expect(await answer).toBe(`held by ${behind.pid}`)
    await endedWell(front)
    behind.interrupt()
    await endedWell(behind)
  })

  it('sluice executor leaves its queue, answers what it has, and ends with 0', { timeout }, async () => {
    const { flow, folder, begun, go } = setUp({ with: `, transport: redis, ${prefixed('executor')}` })
    const [front, behind] = [gateway(flow), executor(folder, 'executor')]
    await behind.until(/READY held/)
    const answer = post(await readyAt(front))
    await begun()
    expect(await live('executor')).toHaveLength(1)
    behind.kill('SIGTERM')
    await expect.poll(() => live('executor'), eventually).toEqual([])
    go()
    expect(await answer).toBe(`held by ${behind.pid}`)
    await endedWell(behind)
    front.kill('SIGTERM')
    await endedWell(front)
  })

  it('sluice executor, asked again, leaves what it has to others', { timeout }, async () => {
    const { flow, folder, begun, go } = setUp({ with: `, transport: redis, ${prefixed('others')}` })
    const [front, first] = [gateway(flow), executor(folder, 'others')]
    await first.until(/READY held/)
    const answer = post(await readyAt(front))
    expect(await begun()).toBe(first.pid)
    const second = executor(folder, 'others')
    await second.until(/READY held/)
    first.kill('SIGTERM')
    await expect.poll(() => live('others'), eventually).toHaveLength(1)
    first.kill('SIGTERM')
    expect(await first.ended).toBe(143)
    await expect.poll(begun, eventually).toBe(second.pid)
    go()
    expect(await answer).toBe(`held by ${second.pid}`)
    for (const each of [second, front]) each.kill('SIGTERM')
    await endedWell(second, front)
  })

  it('where Redis is away, gateway and executor end with 0 too', { timeout }, async () => {
    const { flow, folder } = setUp({ with: `, transport: redis, ${prefixed('away')}` })
    const [front, behind] = [gateway(flow), executor(folder, 'away')]
    await behind.until(/READY held/)
    await urlOf(front)
    await redis.kill()
    for (const each of [front, behind]) each.kill('SIGTERM')
    await endedWell(front, behind)
  })
})
