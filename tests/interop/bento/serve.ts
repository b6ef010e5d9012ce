import { parseArgs } from 'node:util'
import { Flow } from '../../../flows/index.ts'
import { Reference } from './reference.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '22000' }, redis: { type: 'string' } } })

const flow = new Flow({
  protocol: 'http',
  port: Number(values.port),
  timeoutMs: 10_000,
  compat: 'bento',
  redis: values.redis,
})
const running = await flow.add({ name: 'reference', uses: Reference }).start()
console.log('READY')
await running.block()
