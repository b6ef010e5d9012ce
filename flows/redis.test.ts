import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silent } from '../proto/index.ts'
import { hasRedis, type RedisServer, startRedis } from '../tests/redis.ts'
import { sluice } from '../tests/sluice.ts'
import { Flow } from './flow.ts'
import { loadFlow } from './load.ts'

const fixtures = new URL('../executors/workers/fixtures/', import.meta.url).pathname

describe.skipIf(!hasRedis)('a flow over Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  const flow = (options = {}) =>
    new Flow({ transport: 'redis', redis: redis.url, protocol: 'http', logger: silent, ...options }, fixtures)

  it('starts its executors behind queues, and answers', async () => {
    await using running = await flow().add({ name: 'sample', uses: './executors.ts#Sample' }).start()
    expect((await running.post('/upper', ['a', 'b'], { requestSize: 1 })).texts.toSorted()).toEqual(['A', 'B'])
    await expect(running.post('/fail', 'x')).rejects.toThrow(/boom/)
  })

  it('keeps the requests of several deployments apart', async () => {
    await using running = await flow({ redis: { url: redis.url, prefix: 'several' } })
      .add({ name: 'first', uses: './executors.ts#Sample' })
      .add({ name: 'second', uses: './executors.ts#Sample' })
      .start()
    const [response] = await running.post('/where', 'a', { returnResponses: true })
    expect(Object.keys(response?.parameters.__results__ ?? {})).toEqual(['first/rep-0', 'second/rep-0'])
  })

  it('has some executors behind queues and others in its process', async () => {
    await using running = await flow({ transport: 'inproc', redis: { url: redis.url, prefix: 'mixed' } })
      .add({ name: 'here' })
      .add({ name: 'there', uses: './executors.ts#Sample', transport: 'redis' })
      .start()
    expect((await running.post('/upper', 'a')).texts).toEqual(['A'])
  })

  it('has a queue for each shard, and several executors at each', async () => {
    await using running = await flow({ redis: { url: redis.url, prefix: 'shards' } })
      .add({ name: 'parts', uses: './executors.ts#Sample', shards: 2, replicas: 2, polling: { '/where': 'ALL' } })
      .start()
    const [response] = await running.post('/where', 'a', { returnResponses: true })
    const keys = Object.keys(response?.parameters.__results__ ?? {})
    expect(keys).toEqual([
      expect.stringMatching(/^parts\/shard-0\/rep-[01]$/),
      expect.stringMatching(/^parts\/shard-1\/rep-[01]$/),
    ])
    expect((await running.post('/upper', 'a')).texts).toEqual(['A'])
  })

  it('has shards that run elsewhere, each with its number', { timeout: 60_000 }, async () => {
    const place = { url: redis.url, prefix: 'numbered' }
    const shards = [0, 1].map((shard) => {
      const args = [
        '--uses',
        `${fixtures}executors.ts#Sample`,
        '--name',
        'parts',
        '--redis',
        place.url,
        '--prefix',
        place.prefix,
      ]
      return sluice(['executor', ...args, '--shard', `${shard}`])
    })
    await Promise.all(shards.map(({ until }) => until(/READY parts/)))
    const described = flow({ redis: place }).add({
      name: 'parts',
      uses: './executors.ts#Sample',
      shards: 2,
      polling: 'ALL',
    })
    await using gateway = await described.startGateway()
    const [response] = await gateway.post('/where', 'a', { returnResponses: true })
    expect(Object.keys(response?.parameters.__results__ ?? {})).toEqual(['parts/shard-0/rep-0', 'parts/shard-1/rep-0'])
    for (const { kill, ended } of shards) {
      kill('SIGTERM')
      expect(await ended).toBe(0)
    }
  })

  it('is answered by executors after shards that run elsewhere, and starts none that the flow does not name', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-parts-'))
    const file = join(folder, 'flow.yml')
    const at = `{url: "${redis.url}", prefix: after}`
    writeFileSync(
      file,
      `jtype: Flow
with: {protocol: http, port: 0, transport: redis, redis: ${at}}
executors:
  - {name: parts, uses: ${fixtures}executors.ts#Sample, uses_after: ${fixtures}executors.ts#Sample, shards: 2, polling: ALL}
`,
    )
    const start = (...which: string[]) =>
      sluice(['executor', '--flow', file, '--name', 'parts', '--redis', redis.url, '--prefix', 'after', ...which])
    const parts = [start('--shard', '0'), start('--shard', '1'), start('--part', 'uses_after')]
    await Promise.all(parts.map((part) => part.until(/READY/)))
    await using gateway = await (await loadFlow(file)).startGateway()
    const [response] = await gateway.post('/where', 'a', { returnResponses: true })
    expect(Object.keys(response?.parameters.__results__ ?? {}).toSorted()).toEqual([
      'parts/shard-0/rep-0',
      'parts/shard-1/rep-0',
      'parts/uses_after-0',
    ])
    for (const { kill, ended } of parts) {
      kill('SIGTERM')
      expect(await ended).toBe(0)
    }
    const nameless = start('--part', 'uses_before')
    expect(await nameless.ended).toBe(1)
    expect(nameless.out.stderr).toContain('--part: deployment "parts" has no uses_before')
    rmSync(folder, { recursive: true })
  })

  it('starts its gateway alone, and is answered by executors that run elsewhere', async () => {
    const described = flow({ redis: { url: redis.url, prefix: 'apart' } }).add({
      name: 'sample',
      uses: './executors.ts#Sample',
    })
    await using gateway = await described.startGateway()
    await expect(gateway.post('/upper', 'a')).rejects.toMatchObject({
      codeName: 'UNAVAILABLE',
      message: expect.stringMatching(/no executor is there.*sluice executor --name sample/),
    })
    await using _elsewhere = await flow({ redis: { url: redis.url, prefix: 'apart' } })
      .add({ name: 'sample', uses: './executors.ts#Sample' })
      .start()
    await expect
      .poll(() =>
        gateway.post('/upper', 'a').then(
          ({ texts }) => texts,
          () => [],
        ),
      )
      .toEqual(['A'])
  })

  it('is refused without a Redis, with a class, and for an address that is none', async () => {
    await expect(new Flow({ transport: 'redis' }).add().start()).rejects.toThrow(/it is not said where Redis is/)
    await expect(flow({ redis: 'http://x' }).add().start()).rejects.toThrow(/is no address of a Redis/)
    await expect(new Flow({ logger: silent }).add({ name: 'a' }).startGateway()).rejects.toThrow(
      /"a" runs in the process/,
    )
  })
})
