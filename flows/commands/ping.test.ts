import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { defineExecutor } from '../../executors/index.ts'
import { silent } from '../../proto/index.ts'
import { hasRedis, type RedisServer, startRedis } from '../../tests/redis.ts'
import { sluice } from '../../tests/sluice.ts'
import { Flow } from '../flow.ts'
import { pingCommand } from './ping.ts'

vi.spyOn(console, 'log').mockImplementation(() => {})

const ping = (...args: string[]) => pingCommand().parseAsync(args, { from: 'user' })

const Ready = defineExecutor({ name: 'Ready', requests: {} })

describe('sluice ping URL', () => {
  it('is well where a gateway and all executors behind it answer, on each protocol', async () => {
    const options = { protocol: ['http', 'grpc', 'websocket'], port: [0, 0, 0], logger: silent } as const
    await using flow = await new Flow({ ...options, protocol: [...options.protocol], port: [...options.port] })
      .add({ uses: Ready })
      .start()
    expect(flow.urls).toHaveLength(3)
    for (const url of flow.urls) await ping(url)
  })

  it('shows a token where one is asked for', async () => {
    const options = { protocol: ['http', 'grpc', 'websocket'], port: [0, 0, 0], logger: silent } as const
    const flow = new Flow({
      ...options,
      protocol: [...options.protocol],
      port: [...options.port],
      auth: { token: 'secret' },
    })
    await using running = await flow.add({ uses: Ready }).start()
    for (const url of running.urls) {
      await ping(url, '--token', 'secret')
      await expect(ping(url), url).rejects.toMatchObject({ codeName: 'UNAUTHENTICATED' })
    }
  })

  it('is not where nobody listens', async () => {
    await expect(ping('http://localhost:1')).rejects.toMatchObject({ codeName: 'UNAVAILABLE' })
  })

  it('ends with 0 or 1, and says why', { timeout: 60_000 }, async () => {
    await using flow = await new Flow({ protocol: 'http', logger: silent }).add().start()
    const [well, not] = [sluice(['ping', flow.urls[0] as string]), sluice(['ping', 'grpc://localhost:1'])]
    expect(await well.ended, well.out.stderr).toBe(0)
    expect(await not.ended).toBe(1)
    expect(not.out.stderr).toMatch(/localhost:1/)
  })

  it('wants either a gateway or an executor', async () => {
    await expect(ping()).rejects.toThrow(/URL of a gateway, or --name/)
    await expect(ping('http://localhost:1', '--name', 'x')).rejects.toThrow(/URL of a gateway, or --name/)
    await expect(ping('--name', 'x')).rejects.toThrow(/--redis, or REDIS_URL/)
  })
})

describe.skipIf(!hasRedis)('over Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  it('a gateway is not well while an executor is missing, and says which', async () => {
    const options = { protocol: 'http', transport: 'redis', redis: redis.url, logger: silent } as const
    await using gateway = await new Flow(options).add({ name: 'absent' }).startGateway()
    await expect(ping(gateway.urls[0] as string)).rejects.toThrow(/is not ready: .*no executor is there.*"absent"/)
  })

  it('an executor is well while it is at its queue, and not when it has left or died', {
    timeout: 60_000,
  }, async () => {
    const uses = `${fileURLToPath(new URL('../../executors/workers/fixtures/executors.ts', import.meta.url))}#Sample`
    const start = () => sluice(['executor', '--name', 'sample', '--uses', uses, '--redis', redis.url])
    const asked = () => ping('--name', 'sample', '--redis', redis.url)
    await expect(asked()).rejects.toThrow(/no executor "sample" of .* is at its queue \(0 elsewhere\)/)
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const executor = start()
      await executor.until(/READY sample/)
      await asked()
      executor.kill(signal)
      await executor.ended
      await expect
        .poll(() => asked().catch((error: Error) => error.message), { timeout: 10_000 })
        .toMatch(/no executor/)
    }
  })
})
