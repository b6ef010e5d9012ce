import { afterAll, beforeAll } from 'vitest'
import { servedBy } from '../../flows/parts.ts'
import { silent } from '../../proto/index.ts'
import { type RedisServer, startRedis } from '../../tests/redis.ts'
import { endpointsOf } from '../endpoints.ts'
import { createExecutor } from '../executor.ts'
import { createRunner } from '../runner.ts'
import { createInproc, createRedis } from '../transports/index.ts'
import { createPorts } from '../transports/worker/index.ts'
import { SupervisedWorker } from '../workers/supervisor.ts'
import { testTypedCalls } from './api.conformance.ts'
import { apisOf } from './api.ts'
import { TypedSample } from './fixtures/sample.ts'

const spec = {
  ...{ name: 'sample', uses: './sample.ts#TypedSample', baseDir: new URL('./fixtures', import.meta.url).pathname },
  ...{ concurrency: 100, maxQueued: 100, exposeStacks: false },
}
const startWorker = () => SupervisedWorker.start({ spec, logger: silent })

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server?.stop())

for (const create of [createInproc, createPorts]) {
  testTypedCalls(create().scheme === 'inproc' ? 'inproc' : 'a port', async () => {
    const transport = create()
    const executor = await createExecutor(TypedSample, { name: 'sample' })
    const served = { handler: createRunner(executor), endpoints: endpointsOf(executor), apis: apisOf(executor) }
    const listener = await transport.listen('local://sample', served)
    const connection = await transport.dial('local://sample')
    return { connection, close: () => connection.close().then(() => listener.close()) }
  })
}

testTypedCalls('a worker thread', async () => {
  const connection = await startWorker()
  return { connection, close: () => connection.close() }
})

testTypedCalls('Redis', async () => {
  const transport = await createRedis({ url: server.url })
  const worker = await startWorker()
  const listener = await transport.listen('sample', servedBy(worker, { name: 'sample', concurrency: 100 }))
  const connection = await transport.dial('sample', { maxQueued: 100, waitForExecutors: true })
  return {
    connection,
    async close() {
      await connection.close()
      await listener.close()
      await worker.close()
      await transport.close()
    },
  }
})
