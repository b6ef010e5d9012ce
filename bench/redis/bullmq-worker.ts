import { Worker } from 'bullmq'

// BullMQ alone: a worker that gives back what a job carries. Arguments: port, name of the queue, concurrency.

const [port, name = '', concurrency] = process.argv.slice(2)
const worker = new Worker(name, async (job) => job.data, {
  connection: { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null },
  concurrency: Number(concurrency),
  removeOnComplete: { age: 300 },
})
await worker.waitUntilReady()
process.send?.('ready')
process.once('disconnect', () => process.exit(0))
