import { built } from '../built.ts'

// An executor that passes documents through, behind Redis as `sluice executor` runs it. Arguments: URL, name of the deployment.

const { createRedis, SupervisedWorker } = await built<typeof import('../../executors/index.ts')>('executors/index.js')
const { silent } = await built<typeof import('../../proto/index.ts')>('proto/index.js')
const { tuneHeap } = await built<typeof import('../../flows/heap.ts')>('flows/heap.js')
const [url = '', name = ''] = process.argv.slice(2)
tuneHeap()
const spec = { name, uses: 'PassThrough', baseDir: '.', concurrency: 1000, maxQueued: 10_000, exposeStacks: false }
const worker = await SupervisedWorker.start({ spec, logger: silent })
const redis = await createRedis({ url })
await redis.listen(name, { handler: worker.send, relay: worker, endpoints: ['/default'], concurrency: 1000 })
process.send?.('ready')
process.once('disconnect', () => process.exit(0))
