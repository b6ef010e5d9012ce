import { setTimeout as sleep } from 'node:timers/promises'
import { defineExecutor } from '../../executors/index.ts'
import { tuneHeap } from '../../flows/heap.ts'
import { Flow } from '../../flows/index.ts'

// A flow whose executor takes 5 ms a request, eight at once. Tells its ports and, when asked, its memory.

const Slow = defineExecutor({ name: 'Slow', requests: { '/index': () => sleep(5) } })

tuneHeap()
const flow = await new Flow({ protocol: ['grpc', 'http', 'websocket'], port: [0, 0, 0], host: '127.0.0.1' })
  .add({ uses: Slow, concurrency: 8 })
  .start()
process.send?.(flow.ports)
process.on('message', () => process.send?.(process.memoryUsage.rss()))
process.once('disconnect', () => flow.close())
