import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CallContext, DataRequest, Document, DocumentArray, silent } from '../../../proto/index.ts'
import { hasRedis, type RedisServer, startRedis } from '../../../tests/redis.ts'
import { SupervisedWorker } from '../../workers/supervisor.ts'
import { createRedis } from './index.ts'

const fixtures = new URL('../../workers/fixtures/', import.meta.url).pathname

describe.skipIf(!hasRedis)('a deployment behind Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  it('tells what waits, who is there, and what was done again', async () => {
    const transport = await createRedis({ url: redis.url })
    const connection = await transport.dial('sample', { waitForExecutors: true })
    const send = (execEndpoint: string) => {
      const docs = new DocumentArray([new Document('a')])
      const call = new CallContext({ deadline: performance.now() + 20_000 })
      return connection.send(new DataRequest({ header: { execEndpoint }, docs }), call)
    }
    const answers = Promise.allSettled([send('/crash'), send('/upper')])
    await expect.poll(() => connection.stats.oldestMs).toBeGreaterThan(0)
    expect(connection.stats).toMatchObject({ queued: 2, openJobs: 0, consumers: 0, redelivered: 0, lateReplies: 0 })

    const spec = { name: 'sample', uses: './executors.ts#Sample', baseDir: fixtures, concurrency: 10, maxQueued: 10 }
    const worker = await SupervisedWorker.start({
      spec: { ...spec, exposeStacks: false },
      logger: silent,
      backoffMs: 1,
    })
    const { send: handler, endpoints = [] } = worker
    const served = { handler, relay: worker, endpoints, concurrency: 10, ready: () => worker.ready }
    const listener = await transport.listen('sample', served)
    const [crashed, upper] = await answers
    expect(crashed).toMatchObject({ reason: { codeName: 'ABORTED' } })
    expect(upper).toMatchObject({ status: 'fulfilled' })
    expect(connection.stats).toMatchObject({ queued: 0, oldestMs: 0, openJobs: 0, consumers: 1 })
    // the one that ended the thread, and the one that was with it if it had not been answered before
    expect(connection.stats.redelivered).toBeGreaterThan(0)
    await listener.close()
    await worker.close()
    await connection.close()
    await transport.close()
  })
})
