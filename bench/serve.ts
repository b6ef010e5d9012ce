import { parseArgs } from 'node:util'
import { tuneHeap } from '../flows/heap.ts'
import { Flow } from '../flows/index.ts'
import { Noop, Touch } from './executors.ts'

const { values } = parseArgs({
  options: {
    protocol: { type: 'string', default: 'grpc' },
    port: { type: 'string', default: '0' },
    executors: { type: 'string', default: '1' },
    touch: { type: 'boolean', default: false },
  },
})

// as the CLI does
tuneHeap()
const flow = new Flow({ protocol: values.protocol as 'grpc', port: Number(values.port), host: '127.0.0.1' })
for (let i = 0; i < Number(values.executors); i++) flow.add({ name: `exec${i}`, uses: values.touch ? Touch : Noop })
const running = await flow.start()
console.log('READY', process.pid)
await running.block()
