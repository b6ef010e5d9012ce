import { afterAll, beforeAll } from 'vitest'
import { type RedisServer, startRedis } from '../../../tests/redis.ts'
import { testTransport } from '../transport.conformance.ts'
import { createRedis } from './index.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())

let count = 0

testTransport({
  name: 'redis',
  async create() {
    const transport = await createRedis({ url: server.url, prefix: `test${count++}` })
    return { transport, address: 'sample', close: () => transport.close() }
  },
})
