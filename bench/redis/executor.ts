import { createRedis, SupervisedWorker } from '../../executors/index.ts'
import { tuneHeap } from '../../flows/heap.ts'
import { silent } from '../../proto/index.ts'

// An executor that passes documents through, behind Redis as `sluice executor` runs it. Arguments: URL, name of the deployment.

const [url = '', name = ''] = process.argv.slice(2)
tuneHeap()
const spec = { name, uses: 'PassThrough', baseDir: '.', concurrency: 1000, maxQueued: 10_000, exposeStacks: false }
const worker = await SupervisedWorker.start({ spec, logger: silent })
const redis = await createRedis({ url })
await redis.listen(name, { handler: worker.send, endpoints: ['/default'], concurrency: 1000 })
process.send?.('ready')
process.once('disconnect', () => process.exit(0))
